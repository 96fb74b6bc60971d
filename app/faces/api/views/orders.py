"""Paying for an order, and seeing how it stands."""

from flask import Response, current_app
from flask_openapi3 import APIBlueprint, Tag

from app.domains.checkout.confirmation.confirming import confirm
from app.domains.checkout.confirmation.sight import open_payment
from app.domains.orders.queries import OrderRecord, find_order_by_token, list_lines
from app.domains.payments.errors import PaymentStepError
from app.domains.payments.queries import PaymentRecord, find_payment_of
from app.domains.payments.rules import WAITING_FOR_BUYER, PaymentState
from app.faces.api.answers import answer
from app.faces.api.application import PREFIX
from app.faces.api.once import read_key
from app.faces.api.problems import Problem
from app.faces.api.schemas.common import Amount
from app.faces.api.schemas.orders import ChallengeAnswer, Order, OrderPath, Payment
from app.faces.shared.access import public
from app.faces.shared.links import Links
from app.faces.shared.paying import find_due, start_payment
from app.faces.shared.shops import current_scope, current_shop
from app.foundation.configuration import Configuration
from app.foundation.errors import NotFoundError
from app.foundation.unit_of_work import UnitOfWork, unit_of_work

orders = APIBlueprint(
    "orders", __name__, url_prefix=f"{PREFIX}/orders", abp_tags=[Tag(name="Order")]
)


def _find(unit: UnitOfWork, token: str) -> tuple[OrderRecord, PaymentRecord]:
    order = find_order_by_token(unit, token=token)
    payment = find_payment_of(unit, subject_id=order.id) if order else None
    if order is None or payment is None:
        raise NotFoundError
    return order, payment


def _show(token: str) -> Response:
    links: Links = current_app.config["LINKS"]
    with unit_of_work(current_scope()) as unit:
        order, payment = _find(unit, token)
        lines = list_lines(unit, order.id)
    return answer(
        Order.of(
            order, lines,
            is_failed=payment.state is PaymentState.FAILED or payment.needs_challenge,
            needs_challenge=payment.needs_challenge,
            page_url=links.shop(current_shop().slug, f"/orders/{token}", language=order.language),
        )
    )  # fmt: skip


@orders.get("/<order>", operation_id="getOrder", responses={200: Order})
@public
def show(path: OrderPath) -> Response:
    """Read how an order stands."""
    return _show(path.order)


@orders.post(
    "/<order>/payment", operation_id="beginPayment", responses={200: Payment, 403: Problem}
)
@public
def pay(path: OrderPath, header: ChallengeAnswer) -> Response:
    """Get what the provider's payment field needs. An order has one payment, however often asked.

    After declined cards it answers 403 `challenge_needed` with a challenge: send the answer to it in
    `Challenge-Answer`. Two declined cards end a client secret; ask here for the next one.
    """
    read_key()
    with unit_of_work(current_scope()) as unit:
        _, payment = _find(unit, path.order)
        due = find_due(unit, payment)
    payment = start_payment(current_scope(), due, answer=header.answer or None)
    if payment.state not in WAITING_FOR_BUYER:
        raise PaymentStepError
    configuration: Configuration = current_app.config["GALLERIA"]
    return answer(
        Payment(
            client_secret=payment.client_secret,
            publishable_key=configuration.stripe_publishable_key,
            amount=Amount.of(payment.amount),
        )
    )


@orders.post("/<order>/payment/check", operation_id="checkPayment", responses={200: Order})
@public
def check(path: OrderPath) -> Response:
    """Look at the payment now, as when the buyer comes back from it; answers with the order.

    Nothing depends on this call: the provider's messages and our own looking do the same.
    """
    read_key()
    with unit_of_work(current_scope()) as unit:
        _, payment = _find(unit, path.order)
        opened = open_payment(unit, payment)
    confirm(current_scope(), opened)
    return _show(path.order)
