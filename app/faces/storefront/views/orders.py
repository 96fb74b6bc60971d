"""Paying for an order, and its page by link: confirmation first, status afterwards."""

from dataclasses import dataclass
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

from app.domains.accounts.challenges.errors import (
    ChallengeNeededError,
    ChallengeRefusedError,
    ChallengeUnavailableError,
)
from app.domains.accounts.challenges.rules import Purpose
from app.domains.checkout.confirmation.confirming import confirm
from app.domains.checkout.confirmation.sight import open_payment
from app.domains.orders.queries import (
    LineRecord,
    OrderRecord,
    find_order_by_token,
    get_contact,
    list_happenings,
    list_lines,
)
from app.domains.orders.rules import PaymentStanding
from app.domains.payments.card_testing.errors import TooManyPaymentsError
from app.domains.payments.errors import PaymentUnavailableError
from app.domains.payments.queries import PaymentRecord, find_payment_of, get_payment
from app.domains.payments.rules import WAITING_FOR_BUYER, PaymentState
from app.faces.shared.access import public
from app.faces.shared.challenges import OfferedChallenge, answer_in_form, offer_challenge
from app.faces.shared.formatting import write_address
from app.faces.shared.paying import find_due, start_payment
from app.faces.shared.shops import current_scope
from app.faces.storefront.shop import load_frame
from app.foundation.configuration import Configuration
from app.foundation.errors import GalleriaError
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
    """Show the payment field, which is Stripe's own, in its frame: card data never touches us.

    Where cards were declined, a challenge stands there first.
    """
    with unit_of_work(current_scope()) as unit:
        order, payment = _find(unit, token)
        load_frame(unit)
        lines = list_lines(unit, order.id)
        due = find_due(unit, payment)
    if payment.state not in WAITING_FOR_BUYER:
        return redirect(url_for("orders.show", token=token), 303)
    page = PayPage(token, order, lines)
    try:
        return page.ready(start_payment(current_scope(), due))
    except ChallengeNeededError:
        return page.asking(payment)
    except (PaymentUnavailableError, TooManyPaymentsError) as error:
        return page.refused(payment, error)


@orders.post("/orders/<token>/pay")
@public
def begin(token: str) -> Any:
    """Take the answer to the challenge that stands before a payment, then go and pay."""
    with unit_of_work(current_scope()) as unit:
        order, payment = _find(unit, token)
        load_frame(unit)
        lines = list_lines(unit, order.id)
        due = find_due(unit, payment)
    page = PayPage(token, order, lines)
    try:
        start_payment(current_scope(), due, answer=answer_in_form())
    except (ChallengeRefusedError, ChallengeUnavailableError) as error:
        return page.asking(payment, error)
    except (PaymentUnavailableError, TooManyPaymentsError) as error:
        return page.refused(payment, error)
    return redirect(url_for("orders.pay", token=token), 303)


@dataclass(frozen=True, slots=True)
class PayPage:
    """The page of a payment: its field, the challenge before it, or why there is neither."""

    token: str
    order: OrderRecord
    lines: list[LineRecord]

    def ready(self, payment: PaymentRecord) -> Response:
        """Show the provider's field."""
        response = make_response(self._render(payment))
        response.headers["X-Galleria-Pays"] = "1"
        return response

    def asking(self, payment: PaymentRecord, error: GalleriaError | None = None) -> Response:
        """Show the challenge, and what was wrong with the last answer."""
        offered = offer_challenge(Purpose.PAYMENT)
        page = self._render(payment, problem=error.tell() if error else "", offered=offered)
        return make_response(page, error.status if error else 200)

    def refused(self, payment: PaymentRecord, error: GalleriaError) -> Response:
        """Say why there is no payment now."""
        return make_response(self._render(payment, problem=error.tell()), error.status)

    def _render(
        self, payment: PaymentRecord, *, problem: str = "", offered: OfferedChallenge | None = None
    ) -> str:
        configuration: Configuration = current_app.config["GALLERIA"]
        return render_template(
            "pay.html", order=self.order, lines=self.lines, payment=payment, token=self.token,
            problem=problem, offered=offered,
            publishable_key=configuration.stripe_publishable_key,
            js_url=configuration.stripe_js_url,
            return_url=url_for("orders.returned", token=self.token, _external=True),
            check_url=f"/api/v1/orders/{self.token}/payment/check",
        )  # fmt: skip


@orders.get("/orders/<token>/return")
@public
def returned(token: str) -> Any:
    """Come back from the payment: look at it, then show the order, whatever it says."""
    with unit_of_work(current_scope()) as unit:
        _, payment = _find(unit, token)
        opened = open_payment(unit, payment)
    try:
        confirm(current_scope(), opened)
    except PaymentUnavailableError:
        return redirect(url_for("orders.show", token=token), 303)
    with unit_of_work(current_scope()) as unit:
        payment = get_payment(unit, payment.id)
    if payment.state is PaymentState.FAILED:
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
    is_declined = payment.state is PaymentState.FAILED or payment.needs_challenge
    if order.payment_state is PaymentStanding.AWAITING and is_declined:
        return redirect(url_for("orders.pay", token=token), 303)
    page = render_template(
        "order.html", order=order, payment=payment, lines=lines, happenings=happenings,
        address=write_address(contact.address), email=contact.email, token=token,
        is_checking=order.payment_state not in _FINAL, is_new="new" in request.args,
    )  # fmt: skip
    response: Response = make_response(page)
    response.headers["X-Robots-Tag"] = "noindex"
    return response
