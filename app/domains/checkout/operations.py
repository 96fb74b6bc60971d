"""The story of a checkout: details, shipping, order. One transaction places the order."""

import json
from dataclasses import asdict, dataclass
from functools import cache, lru_cache
from typing import Any
from uuid import UUID

from email_validator import EmailNotValidError, validate_email
from flask_babel import lazy_gettext
from sqlalchemy import Update, bindparam, update
from sqlalchemy.dialects.postgresql import insert as upsert

from app.domains.accounts.addresses.rules import check_address
from app.domains.cart.queries import CartRecord
from app.domains.cart.rules import KEPT_FOR
from app.domains.catalog.offers.queries import Offer
from app.domains.checkout.errors import (
    AddressInvalidError,
    DetailsMissingError,
    QuoteChangedError,
    ShippingUnavailableError,
    TotalNotPayableError,
)
from app.domains.checkout.models import Checkout
from app.domains.checkout.queries import (
    BESIDE,
    CheckoutRecord,
    Details,
    Quotation,
    find_checkout,
    quote_checkout,
)
from app.domains.customers.operations import Buyer, answer_question, ensure_customer
from app.domains.customers.rules import ShopPurpose
from app.domains.inventory.operations import hold_stock, release_holds
from app.domains.inventory.queries import count_live_holds
from app.domains.orders.operations import (
    Contact,
    SoldLine,
    cancel_order,
    make_order_link,
    place_order,
)
from app.domains.orders.queries import OrderRecord, get_order
from app.domains.orders.rules import PaymentStanding
from app.domains.payments.operations import create_payment, step
from app.domains.payments.queries import PaymentRecord, find_payment_of
from app.domains.payments.rules import WAITING_FOR_BUYER, PaymentState, can_be_charged
from app.foundation.money import Money
from app.foundation.sealing import key_for_address
from app.foundation.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Placed:
    """An order that waits for its payment."""

    order_id: UUID
    number: str
    total: Money
    payment_id: UUID
    token: str


def save_details(
    unit: UnitOfWork,
    *,
    cart_id: UUID,
    email: str,
    address: dict[str, str],
    wants_news: bool = False,
) -> CheckoutRecord:
    """Keep contact and address, and whether the buyer ticked the shop's news; return all that is told.

    Raises AddressInvalidError, naming the fields (FR-007).
    """
    normal, problems = check_address(address)
    try:
        email = validate_email(email.strip(), check_deliverability=False).normalized
    except EmailNotValidError:
        problems["email"] = lazy_gettext("Write an e-mail address such as name@example.com.")
    if problems:
        raise AddressInvalidError(problems)
    told = Details(email, normal, wants_news)
    key = key_for_address(unit, email=email)
    details = key.seal(json.dumps(asdict(told), ensure_ascii=False))
    beside = _save(unit, cart_id, key_id=key.id, details=details)
    return CheckoutRecord(cart_id, told, *beside)


def choose_shipping(unit: UnitOfWork, *, cart_id: UUID, option_id: UUID) -> None:
    """Keep the way to ship; whether it is offered is checked with the quote."""
    _save(unit, cart_id, shipping_option_id=option_id)


def _save(unit: UnitOfWork, cart_id: UUID, **values: Any) -> Any:
    """Keep values of a checkout; return what stands beside the details."""
    facts = {"cart_id": cart_id, "fingerprint": "", "changed_at": unit.now, **values}
    return unit.connection.execute(_saving(*values), facts).one()


@cache
def _saving(*names: str) -> Any:
    """Return the statement that keeps these columns, built once."""
    written = upsert(Checkout)
    kept = {name: written.excluded[name] for name in ("changed_at", *names)}
    saving = written.on_conflict_do_update(index_elements=["cart_id"], set_=kept)
    return saving.returning(*BESIDE)


def place_checkout(
    unit: UnitOfWork,
    *,
    cart: CartRecord,
    currency: str,
    language: str,
    seen: str,
    origin: str,
    person_id: UUID | None = None,
) -> Placed:
    """Hold the pieces, write the order down, ask for its payment: all in this transaction.

    Sending it again, from two tabs or after the back button, returns the same order. `seen` is the
    fingerprint of the quote that the buyer saw; `person_id` is who is signed in, and becomes the
    shop's customer. Raises CartEmptyError, DetailsMissingError,
    ShippingUnavailableError, QuoteChangedError, TotalNotPayableError, NotEnoughStockError.
    """
    checkout = find_checkout(unit, cart_id=cart.id, for_update=True)
    if not checkout.has_address:
        raise DetailsMissingError
    quotation = quote_checkout(
        unit, cart=cart, checkout=checkout, currency=currency, language=language
    )
    if quotation.chosen is None:
        raise ShippingUnavailableError if checkout.shipping_option_id else DetailsMissingError
    if len(quotation.offers) < len(cart.entries) or seen != quotation.quote.fingerprint():
        raise QuoteChangedError
    if not can_be_charged(quotation.quote.total):
        raise TotalNotPayableError
    before = _placed_before(unit, checkout, seen)
    if before is not None:
        return before
    return _place(unit, cart, checkout, quotation, language, origin, person_id)


def _placed_before(unit: UnitOfWork, checkout: CheckoutRecord, seen: str) -> Placed | None:
    """Return the order that this checkout has placed already; undo it where it no longer fits."""
    if checkout.order_id is None:
        return None
    order = get_order(unit, checkout.order_id, for_update=True)
    payment = find_payment_of(unit, subject_id=order.id)
    if payment is None or order.payment_state is PaymentStanding.CANCELLED:
        return None
    is_waiting = order.payment_state is PaymentStanding.AWAITING
    still_fits = checkout.fingerprint == seen and count_live_holds(unit, subject_id=order.id) > 0
    if is_waiting and not still_fits and payment.state in WAITING_FOR_BUYER:
        withdraw(unit, order=order, payment=payment, reason="replaced")
        return None
    token = make_order_link(unit, order_id=order.id)
    return Placed(order.id, order.number, order.total, payment.id, token)


def withdraw(unit: UnitOfWork, *, order: OrderRecord, payment: PaymentRecord, reason: str) -> None:
    """Give an unpaid order up: pieces go back, and the intent is cancelled by a job."""
    release_holds(unit, subject_id=order.id)
    step(unit, payment=payment, to=PaymentState.VOIDING, look_at=unit.now)
    cancel_order(unit, order_id=order.id, state=order.payment_state, reason=reason)


def _place(
    unit: UnitOfWork,
    cart: CartRecord,
    checkout: CheckoutRecord,
    quotation: Quotation,
    language: str,
    origin: str,
    person_id: UUID | None,
) -> Placed:
    quote, chosen = quotation.quote, quotation.chosen
    assert chosen is not None  # noqa: S101 - checked by place_checkout
    order = place_order(
        unit,
        quote=quote,
        sold=[_sold(quotation.offers[line.variant_id]) for line in quote.lines],
        contact=Contact(checkout.details.email, checkout.details.address),
        shipping_name=chosen.name,
        language=language,
        origin=origin,
        customer_id=_note_customer(unit, person_id, checkout.details, language),
    )
    hold_stock(unit, subject_id=order.id, wanted=cart.quantities)
    payment_id = create_payment(unit, subject_kind="order", subject_id=order.id, amount=quote.total)
    unit.connection.execute(
        _noting_order(),
        {"asked": cart.id, "order_id": order.id, "fingerprint": quote.fingerprint(),
         "changed_at": unit.now},
    )  # fmt: skip
    token = make_order_link(unit, order_id=order.id)
    return Placed(order.id, order.number, quote.total, payment_id, token)


@lru_cache(maxsize=1)
def _noting_order() -> Update:
    return update(Checkout).where(Checkout.cart_id == bindparam("asked"))


def _note_customer(
    unit: UnitOfWork, person_id: UUID | None, details: Details, language: str
) -> UUID | None:
    """Make or bring up to date the shop's customer; a guest is none."""
    if person_id is None:
        return None
    name = details.address.get("name", "")
    customer_id = ensure_customer(
        unit, buyer=Buyer(person_id=person_id, name=name, email=details.email, language=language)
    )
    if details.wants_news:
        answer_question(
            unit, customer_id=customer_id, purpose=ShopPurpose.SHOP_NEWS, is_given=True,
            place="checkout", actor=str(person_id),
        )  # fmt: skip
    return customer_id


def _sold(offer: Offer) -> SoldLine:
    return SoldLine(offer.variant_id, offer.title, offer.variant_title, offer.sku, offer.picture)


def forget_old_details(unit: UnitOfWork) -> int:
    """Empty what was typed at checkouts that nobody touched for a month; return how many."""
    emptied = unit.session.execute(
        update(Checkout)
        .where(Checkout.details.is_not(None), Checkout.changed_at < unit.now - KEPT_FOR)
        .values(details=None)
        .returning(Checkout.cart_id)
    )
    return len(emptied.all())
