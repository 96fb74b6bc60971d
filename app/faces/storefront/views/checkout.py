"""The checkout: where it goes, how it travels, what it costs, then the payment."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext

from app.domains.accounts.addresses.queries import AddressRecord, list_addresses
from app.domains.accounts.addresses.rules import (
    AddressField,
    address_fields,
    known_countries,
)
from app.domains.accounts.challenges.errors import ChallengeNeededError
from app.domains.cart.queries import CartRecord, CartView, view_cart
from app.domains.checkout.errors import (
    AddressInvalidError,
    CartEmptyError,
    DetailsMissingError,
    QuoteChangedError,
    ShippingUnavailableError,
    TotalNotPayableError,
)
from app.domains.checkout.operations import choose_shipping, place_checkout, save_details
from app.domains.checkout.queries import CheckoutRecord, Quotation, find_checkout, quote_checkout
from app.domains.fulfilment.queries import ELSEWHERE, list_destinations
from app.domains.inventory.errors import NotEnoughStockError
from app.domains.payments.card_testing.errors import TooManyPaymentsError
from app.domains.payments.errors import PaymentUnavailableError
from app.domains.payments.queries import get_payment
from app.faces.shared.access import public
from app.faces.shared.addresses import named_countries
from app.faces.shared.formatting import write_address
from app.faces.shared.languages import current_language
from app.faces.shared.paying import find_due, start_payment
from app.faces.shared.sessions import current_visitor
from app.faces.shared.shops import current_shop
from app.faces.storefront.carts import find_current_cart, forget_left_basket
from app.faces.storefront.shop import load_frame
from app.foundation.database import directory_scope
from app.foundation.errors import GalleriaError
from app.foundation.identifiers import parse_id
from app.foundation.unit_of_work import UnitOfWork, unit_of_work

checkout = Blueprint("checkout", __name__)
checkout.before_request(forget_left_basket)
REFUSALS = (
    QuoteChangedError, NotEnoughStockError, ShippingUnavailableError, TotalNotPayableError,
)  # fmt: skip
"""What keeps an order from being placed, and is told on the review page."""


def _current_cart(unit: UnitOfWork) -> CartRecord:
    cart = find_current_cart(unit)
    if cart is None or not cart.entries:
        raise CartEmptyError
    return cart


def _view(unit: UnitOfWork, cart: CartRecord) -> CartView:
    load_frame(unit)
    return view_cart(unit, cart, language=current_language())


@checkout.errorhandler(CartEmptyError)
def to_the_basket(_: CartEmptyError) -> Any:
    """Show the empty basket, which says what to do."""
    return redirect(url_for("basket.show"), 303)


@checkout.get("/checkout")
@public
def ask_address() -> Any:
    """Ask who orders and where it goes; `country` decides which fields there are."""
    known = _known()
    with unit_of_work(current_shop().scope) as unit:
        cart = _current_cart(unit)
        told = find_checkout(unit, cart_id=cart.id).details
        destinations = list_destinations(unit)
        view = _view(unit, cart)
    values = {"email": told.email, **told.address}
    if "address" in request.args or not told.address:
        values |= known.chosen(destinations)
    values |= {name: text for name, text in request.args.items() if name != "address"}
    return _address_page(view, destinations, values, {}, 200, known=known)


@dataclass(frozen=True, slots=True)
class Known:
    """What we know of a signed-in buyer; nothing of a guest."""

    email: str = ""
    name: str = ""
    addresses: Sequence[AddressRecord] = ()

    def chosen(self, destinations: list[str]) -> dict[str, str]:
        """Return what the form begins with: the address that was asked for, else the first."""
        if not self.email:
            return {}
        wanted = parse_id(request.args.get("address", ""))
        kept = [each for each in self.addresses if _is_reached(each, destinations)]
        first = next((each for each in kept if each.id == wanted), next(iter(kept), None))
        return {"email": self.email, "name": self.name, **(first.fields if first else {})}


def _is_reached(address: AddressRecord, destinations: list[str]) -> bool:
    country = address.fields.get("country_code", "")
    return ELSEWHERE in destinations or country in destinations


def _known() -> Known:
    visitor = current_visitor()
    if visitor is None:
        return Known()
    with unit_of_work(directory_scope()) as unit:
        kept = list_addresses(unit, person_id=visitor.person_id)
    return Known(visitor.email, visitor.name, kept)


@checkout.post("/checkout")
@public
def take_address() -> Any:
    """Keep contact and address; a wrong one is refused with the field named."""
    values = {name: value.replace("\x00", "") for name, value in request.form.items()}
    is_known = current_visitor() is not None
    try:
        with unit_of_work(current_shop().scope) as unit:
            cart = _current_cart(unit)
            save_details(
                unit, cart_id=cart.id, email=values.get("email", ""), address=values,
                wants_news=is_known and "wants_news" in values,
            )  # fmt: skip
    except AddressInvalidError as error:
        with unit_of_work(current_shop().scope) as unit:
            destinations = list_destinations(unit)
            view = _view(unit, _current_cart(unit))
        return _address_page(view, destinations, values, error.fields, error.status, known=_known())
    return redirect(url_for("checkout.ask_shipping"), 303)


def _address_page(
    view: CartView,
    destinations: list[str],
    values: dict[str, str],
    errors: dict[str, Any],
    status: int,
    *,
    known: Known,
) -> Any:
    country = values.get("country_code", "") or current_shop().country
    page = render_template(
        "checkout_address.html",
        cart=view,
        country=country,
        countries=_countries(destinations),
        fields=_fields(country),
        values=values,
        errors=errors,
        known=known,
    )
    return page, status


def _countries(destinations: list[str]) -> list[tuple[str, str]]:
    """Return the countries we ship to, named and sorted in the page's language."""
    return named_countries(known_countries() if ELSEWHERE in destinations else destinations)


def _fields(country: str) -> tuple[AddressField, ...]:
    try:
        return address_fields(country)
    except ValueError:
        return address_fields(current_shop().country)


@checkout.get("/checkout/shipping")
@public
def ask_shipping() -> Any:
    """Offer the ways to ship to the address."""
    with unit_of_work(current_shop().scope) as unit:
        cart = _current_cart(unit)
        told, quotation = _quotation(unit, cart)
        view = _view(unit, cart)
    if not told.has_address:
        return redirect(url_for("checkout.ask_address"), 303)
    return render_template(
        "checkout_shipping.html", cart=view, quotation=quotation,
        address=write_address(told.details.address), email=told.details.email,
    )  # fmt: skip


def _quotation(unit: UnitOfWork, cart: CartRecord) -> tuple[CheckoutRecord, Quotation]:
    told = find_checkout(unit, cart_id=cart.id)
    shop = current_shop()
    return told, quote_checkout(
        unit, cart=cart, checkout=told, currency=shop.currency, language=current_language()
    )


@checkout.post("/checkout/shipping")
@public
def take_shipping() -> Any:
    """Keep the way to ship."""
    option_id = parse_id(request.form.get("option", ""))
    with unit_of_work(current_shop().scope) as unit:
        cart = _current_cart(unit)
        _, quotation = _quotation(unit, cart)
        if option_id not in {choice.id for choice in quotation.choices}:
            raise ShippingUnavailableError
        choose_shipping(unit, cart_id=cart.id, option_id=option_id or UUID(int=0))
    return redirect(url_for("checkout.review"), 303)


@checkout.get("/checkout/review")
@public
def review() -> Any:
    """Show everything once more before the payment."""
    return _review("", 200)


def _review(problem: str, status: int) -> Any:
    with unit_of_work(current_shop().scope) as unit:
        cart = _current_cart(unit)
        told, quotation = _quotation(unit, cart)
        view = _view(unit, cart)
    if not told.has_address:
        return redirect(url_for("checkout.ask_address"), 303)
    if quotation.chosen is None:
        return redirect(url_for("checkout.ask_shipping"), 303)
    page = render_template(
        "checkout_review.html", cart=view, quotation=quotation, email=told.details.email,
        address=write_address(told.details.address), problem=problem,
    )  # fmt: skip
    return page, status


@checkout.post("/checkout/place")
@public
def place() -> Any:
    """Hold the pieces and write the order down, then go and pay. Twice is the same as once."""
    shop, visitor = current_shop(), current_visitor()
    try:
        with unit_of_work(shop.scope) as unit:
            placed = place_checkout(
                unit, cart=_current_cart(unit), currency=shop.currency,
                language=current_language(), seen=request.form.get("seen", ""), origin="storefront",
                person_id=visitor.person_id if visitor else None,
            )  # fmt: skip
    except DetailsMissingError:
        return redirect(url_for("checkout.ask_address"), 303)
    except REFUSALS as error:
        return _review(_tell(error), error.status)
    with unit_of_work(shop.scope) as unit:
        due = find_due(unit, get_payment(unit, placed.payment_id))
    try:
        start_payment(shop.scope, due)
    except ChallengeNeededError:
        return redirect(url_for("orders.pay", token=placed.token), 303)
    except (PaymentUnavailableError, TooManyPaymentsError) as error:
        return _review(error.tell(), error.status)
    return redirect(url_for("orders.pay", token=placed.token), 303)


def _tell(error: GalleriaError) -> str:
    return error.tell() if error.message else gettext("Something went wrong. Try again.")
