"""The checkout: where the order goes, how, what it costs; then the order itself."""

from flask import Response
from flask_openapi3 import APIBlueprint, Tag

from app.domains.accounts.addresses.rules import address_fields, is_country, known_countries
from app.domains.cart.queries import CartRecord
from app.domains.checkout.errors import CartEmptyError, ShippingUnavailableError
from app.domains.checkout.operations import choose_shipping, place_checkout, save_details
from app.domains.checkout.queries import CheckoutRecord, find_checkout, quote_checkout
from app.domains.fulfilment.queries import ELSEWHERE, list_destinations
from app.faces.api.answers import answer
from app.faces.api.application import PREFIX
from app.faces.api.once import once
from app.faces.api.schemas.carts import CartPath
from app.faces.api.schemas.checkouts import (
    Checkout,
    Country,
    CountryList,
    CountryPath,
    DetailsWanted,
    FieldOfAddress,
    OrderWanted,
    ShippingWanted,
)
from app.faces.api.schemas.common import Amount
from app.faces.api.schemas.orders import PlacedOrder
from app.faces.api.views.carts import get_cart
from app.faces.shared.access import public
from app.faces.shared.languages import current_language
from app.faces.shared.shops import current_scope
from app.foundation.errors import NotFoundError
from app.foundation.unit_of_work import UnitOfWork, unit_of_work

checkouts = APIBlueprint("checkouts", __name__, url_prefix=PREFIX, abp_tags=[Tag(name="Checkout")])


def _show(unit: UnitOfWork, cart: CartRecord, told: CheckoutRecord) -> Checkout:
    if not cart.entries:
        raise CartEmptyError
    quotation = quote_checkout(
        unit, cart=cart, checkout=told, currency=unit.currency, language=current_language()
    )
    return Checkout.of(told, quotation)


@checkouts.get("/carts/<cart>/checkout", operation_id="getCheckout", responses={200: Checkout})
@public
def show(path: CartPath) -> Response:
    """Read what has been told so far, what is offered and what it costs."""
    with unit_of_work(current_scope()) as unit:
        cart = get_cart(unit, path.cart)
        return answer(_show(unit, cart, find_checkout(unit, cart_id=cart.id)))


@checkouts.put(
    "/carts/<cart>/checkout/details", operation_id="setDetails", responses={200: Checkout}
)
@public
def set_details(path: CartPath, body: DetailsWanted) -> Response:
    """Say who orders and where it goes; answers with the ways to ship there."""

    def work(unit: UnitOfWork) -> Checkout:
        cart = get_cart(unit, path.cart)
        told = save_details(
            unit, cart_id=cart.id, email=body.email, address=body.address.model_dump()
        )
        return _show(unit, cart, told)

    return once(work)


@checkouts.put(
    "/carts/<cart>/checkout/shipping", operation_id="setShipping", responses={200: Checkout}
)
@public
def set_shipping(path: CartPath, body: ShippingWanted) -> Response:
    """Choose the way to ship."""

    def work(unit: UnitOfWork) -> Checkout:
        cart = get_cart(unit, path.cart)
        choose_shipping(unit, cart_id=cart.id, option_id=body.shipping_option_id)
        checkout = _show(unit, cart, find_checkout(unit, cart_id=cart.id))
        if checkout.shipping_option_id != body.shipping_option_id:
            raise ShippingUnavailableError
        return checkout

    return once(work)


@checkouts.post("/carts/<cart>/order", operation_id="placeOrder", responses={201: PlacedOrder})
@public
def place(path: CartPath, body: OrderWanted) -> Response:
    """Hold the pieces for 15 minutes and write the order down; it is paid for next."""

    def work(unit: UnitOfWork) -> PlacedOrder:
        placed = place_checkout(
            unit, cart=get_cart(unit, path.cart), currency=unit.currency,
            language=current_language(), seen=body.fingerprint, origin="api",
        )  # fmt: skip
        return PlacedOrder(token=placed.token, number=placed.number, total=Amount.of(placed.total))

    return once(work, status=201)


@checkouts.get("/countries", operation_id="listCountries", responses={200: CountryList})
@public
def list_countries() -> Response:
    """List the countries that the shop ships to."""
    with unit_of_work(current_scope()) as unit:
        destinations = list_destinations(unit)
    if ELSEWHERE in destinations:
        destinations = list(known_countries())
    return answer(CountryList(countries=sorted(destinations)))


@checkouts.get("/countries/<country>", operation_id="getCountry", responses={200: Country})
@public
def get_country(path: CountryPath) -> Response:
    """Read how a country's addresses are written."""
    if not is_country(path.country):
        raise NotFoundError
    fields = [FieldOfAddress.of(field) for field in address_fields(path.country)]
    return answer(Country(country_code=path.country, fields=fields))
