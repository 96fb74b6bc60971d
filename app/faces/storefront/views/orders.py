"""Paying for an order, and its page by link: confirmation first, status afterwards."""

from typing import Any

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)

from app.domains.accounts.addresses.rules import address_lines
from app.domains.checkout.confirmation.beginning import begin_payment
from app.domains.checkout.confirmation.confirming import confirm_payment
from app.domains.orders.queries import (
    OrderRecord,
    find_order_by_token,
    get_contact,
    list_happenings,
    list_lines,
)
from app.domains.orders.rules import PaymentStanding
from app.domains.payments.errors import PaymentUnavailableError
from app.domains.payments.queries import PaymentRecord, find_payment_of
from app.domains.payments.rules import WAITING_FOR_BUYER, PaymentState
from app.faces.shared.access import public
from app.faces.shared.shops import current_scope
from app.faces.storefront.shop import load_frame
from app.foundation.configuration import Configuration
from app.foundation.unit_of_work import UnitOfWork, unit_of_work

orders = Blueprint("orders", __name__)
_FINAL = frozenset({PaymentStanding.CONFIRMED, PaymentStanding.CANCELLED, PaymentStanding.REFUNDED})


def _find(unit: UnitOfWork, token: str) -> tuple[OrderRecord, PaymentRecord]:
    order = find_order_by_token(unit, token=token)
    payment = find_payment_of(unit, subject_id=order.id) if order else None
    if order is None or payment is None:
        abort(404)
    return order, payment


@orders.get("/orders/<token>/pay")
@public
def pay(token: str) -> Any:
    """Show the payment field, which is Stripe's own, in its frame: card data never touches us."""
    with unit_of_work(current_scope()) as unit:
        order, payment = _find(unit, token)
        load_frame(unit)
        lines = list_lines(unit, order.id)
        contact = get_contact(unit, order.id)
    if payment.state not in WAITING_FOR_BUYER:
        return redirect(url_for("orders.show", token=token), 303)
    problem = ""
    try:
        payment = begin_payment(current_scope(), payment_id=payment.id)
    except PaymentUnavailableError as error:
        problem = error.tell()
    configuration: Configuration = current_app.config["GALLERIA"]
    response = make_response(
        render_template(
            "pay.html", order=order, lines=lines, payment=payment, problem=problem, token=token,
            address=address_lines(contact.address), email=contact.email,
            publishable_key=configuration.stripe_publishable_key,
            js_url=configuration.stripe_js_url,
            return_url=url_for("orders.returned", token=token, _external=True),
        ),
        503 if problem else 200,
    )  # fmt: skip
    response.headers["X-Galleria-Pays"] = "1"
    return response


@orders.get("/orders/<token>/return")
@public
def returned(token: str) -> Any:
    """Come back from the payment: look at it, then show the order, whatever it says."""
    with unit_of_work(current_scope()) as unit:
        _, payment = _find(unit, token)
    try:
        state = confirm_payment(current_scope(), payment_id=payment.id)
    except PaymentUnavailableError:
        return redirect(url_for("orders.show", token=token), 303)
    if state is PaymentState.FAILED:
        return redirect(url_for("orders.pay", token=token), 303)
    return redirect(url_for("orders.show", token=token), 303)


@orders.get("/orders/<token>")
@public
def show(token: str) -> Any:
    """Show an order by its link: being checked, confirmed, or come to nothing."""
    with unit_of_work(current_scope()) as unit:
        order, payment = _find(unit, token)
        load_frame(unit)
        lines = list_lines(unit, order.id)
        contact = get_contact(unit, order.id)
        happenings = list_happenings(unit, order.id)
    if order.payment_state is PaymentStanding.AWAITING and payment.state is PaymentState.FAILED:
        return redirect(url_for("orders.pay", token=token), 303)
    page = render_template(
        "order.html", order=order, payment=payment, lines=lines, happenings=happenings,
        address=address_lines(contact.address), email=contact.email, token=token,
        is_checking=order.payment_state not in _FINAL, is_new="new" in request.args,
    )  # fmt: skip
    response: Response = make_response(page)
    response.headers["X-Robots-Tag"] = "noindex"
    return response
