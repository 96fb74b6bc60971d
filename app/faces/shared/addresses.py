"""What a form for an address needs: the country's own fields, and the countries by name."""

from collections.abc import Iterable
from dataclasses import dataclass

from babel import Locale

from app.domains.accounts.addresses.rules import (
    AddressField,
    address_fields,
    known_countries,
)
from app.faces.shared.languages import current_language


@dataclass(frozen=True, slots=True)
class AddressForm:
    """A form for one address: the chosen country, its fields, and what is written in them."""

    country: str
    countries: list[tuple[str, str]]
    fields: tuple[AddressField, ...]
    values: dict[str, str]


def address_form(values: dict[str, str], *, fallback: str) -> AddressForm:
    """Return the form for the country that `values` name, else for `fallback`."""
    wanted = values.get("country_code", "")
    country = wanted if wanted in known_countries() else fallback
    return AddressForm(country, named_countries(known_countries()), address_fields(country), values)


def named_countries(codes: Iterable[str]) -> list[tuple[str, str]]:
    """Return countries named and sorted in the page's language."""
    names: dict[str, str] = dict(Locale.parse(current_language()).territories)
    return sorted(((code, names.get(code, code)) for code in codes), key=lambda pair: pair[1])
