"""A person's own addresses, by each country's rules; the first is used first at every checkout."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from app.domains.accounts.addresses.errors import AddressNotKeptError, TooManyAddressesError
from app.domains.accounts.addresses.operations import (
    add_address,
    change_address,
    remove_address,
    use_first,
)
from app.domains.accounts.addresses.queries import get_address, list_addresses
from app.faces.shared.access import signed_in
from app.faces.shared.addresses import address_form
from app.faces.shared.sessions import signed_in_visitor
from app.foundation.database import directory_scope
from app.foundation.identifiers import new_id, parse_id
from app.foundation.unit_of_work import unit_of_work

addresses = Blueprint("addresses", __name__)
FALLBACK_COUNTRY = "DE"


@addresses.get("/account/addresses")
@signed_in
def index() -> str:
    """Show the person's addresses."""
    with unit_of_work(directory_scope()) as unit:
        kept = list_addresses(unit, person_id=signed_in_visitor().person_id)
    return render_template("addresses.html", addresses=kept)


@addresses.get("/account/addresses/new")
@signed_in
def ask() -> str:
    """Ask for one more address; `country_code` decides which fields there are."""
    values = {"name": signed_in_visitor().name, **request.args.to_dict()}
    return _form(values, {}, action=url_for("addresses.add"))


@addresses.post("/account/addresses/new")
@signed_in
def add() -> Any:
    """Keep one more address."""
    values = _values()
    try:
        with unit_of_work(directory_scope()) as unit:
            add_address(
                unit, person_id=signed_in_visitor().person_id, address=values,
                address_id=parse_id(values.get("address_id", "")),
            )  # fmt: skip
    except AddressNotKeptError as error:
        return _form(values, error.problems, action=url_for("addresses.add")), error.status
    except TooManyAddressesError as error:
        page = _form(values, {}, action=url_for("addresses.add"), problem=error.tell())
        return page, error.status
    return _saved()


@addresses.get("/account/addresses/<uuid:address_id>")
@signed_in
def edit(address_id: UUID) -> str:
    """Show an address to be changed."""
    with unit_of_work(directory_scope()) as unit:
        kept = get_address(unit, person_id=signed_in_visitor().person_id, address_id=address_id)
    values = {**kept.fields, **request.args.to_dict()}
    return _form(values, {}, action=url_for("addresses.change", address_id=address_id))


@addresses.post("/account/addresses/<uuid:address_id>")
@signed_in
def change(address_id: UUID) -> Any:
    """Write an address anew."""
    values = _values()
    try:
        with unit_of_work(directory_scope()) as unit:
            change_address(
                unit, person_id=signed_in_visitor().person_id, address_id=address_id,
                address=values,
            )  # fmt: skip
    except AddressNotKeptError as error:
        action = url_for("addresses.change", address_id=address_id)
        return _form(values, error.problems, action=action), error.status
    return _saved()


@addresses.post("/account/addresses/<uuid:address_id>/first")
@signed_in
def put_first(address_id: UUID) -> Response:
    """Use an address before the others."""
    with unit_of_work(directory_scope()) as unit:
        use_first(unit, person_id=signed_in_visitor().person_id, address_id=address_id)
    return _saved()


@addresses.post("/account/addresses/<uuid:address_id>/remove")
@signed_in
def remove(address_id: UUID) -> Response:
    """Remove an address; orders that went there keep what was written on them."""
    with unit_of_work(directory_scope()) as unit:
        remove_address(unit, person_id=signed_in_visitor().person_id, address_id=address_id)
    flash(gettext("The address is removed. Orders that went there are not changed."))
    return redirect(url_for("addresses.index"), 303)


def _values() -> dict[str, str]:
    return {name: value.replace("\x00", "") for name, value in request.form.items()}


def _form(
    values: dict[str, str], problems: dict[str, Any], *, action: str, problem: str = ""
) -> str:
    form = address_form(values, fallback=FALLBACK_COUNTRY)
    return render_template(
        "address.html",
        form=form,
        errors=problems,
        action=action,
        problem=problem,
        address_id=parse_id(values.get("address_id", "")) or new_id(),
    )


def _saved() -> Response:
    flash(gettext("Your addresses are up to date."))
    return redirect(url_for("addresses.index"), 303)
