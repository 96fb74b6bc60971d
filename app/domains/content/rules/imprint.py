"""Who stands behind a shop, as the law wants it told on every storefront.

Germany: § 5 DDG (name with the legal form, who represents it, address, e-mail, register and number,
VAT id), Art. 246a § 1 Abs. 1 EGBGB (telephone besides, in any sale at a distance). In mails: § 37a
HGB, § 35a GmbHG. Austria: § 5 ECG, § 14 UGB. France: art. 19 LCEN (loi n° 2004-575: name, address,
e-mail, telephone, register and number, capital, VAT id), art. L. 221-5 Code de la consommation, and
on business letters art. R. 123-237 Code de commerce. All of them follow article 5 of directive
2000/31/EC and article 6 of directive 2011/83/EU as changed by 2019/2161.
"""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from functools import lru_cache
from typing import Any

from flask_babel import lazy_gettext

from app.domains.accounts.addresses.rules import address_lines, check_address, is_country
from app.domains.accounts.people.errors import EmailInvalidError
from app.domains.accounts.people.rules import check_email

LONGEST_LINE = 200
LONGEST_FURTHER = 4000
_PHONE = re.compile(r"\+?[0-9 ()/.\-\u2011]{5,40}")
_FEWEST_DIGITS = 6
_VAT_ID = re.compile(r"[A-Z]{2}[A-Z0-9+*]{2,12}")
_VAT_IDS = {
    "AT": re.compile(r"ATU[0-9]{8}"), "BE": re.compile(r"BE[01][0-9]{9}"),
    "DE": re.compile(r"DE[0-9]{9}"), "FR": re.compile(r"FR[0-9A-Z]{2}[0-9]{9}"),
    "IT": re.compile(r"IT[0-9]{11}"), "NL": re.compile(r"NL[0-9]{9}B[0-9]{2}"),
    "PL": re.compile(r"PL[0-9]{10}"), "ES": re.compile(r"ES[0-9A-Z][0-9]{7}[0-9A-Z]"),
}  # fmt: skip
"""Forms of the countries whose shops we expect first; others are only looked at in general."""
_ADDRESS_FIELDS = {"street": "street_address", "postal_code": "postal_code", "city": "city"}


@dataclass(frozen=True, slots=True)
class Imprint:
    """Who stands behind a shop; published, because the law wants it so."""

    legal_name: str = ""
    """The person's full name, or the company's with its legal form."""
    represented_by: str = ""
    """Who may sign for a company."""
    street: str = ""
    postal_code: str = ""
    city: str = ""
    country: str = ""
    """ISO 3166."""
    email: str = ""
    phone: str = ""
    register: str = ""
    """Which register, and the number there."""
    vat_id: str = ""
    further: str = ""
    """Whatever else a trade or a country asks for, line by line."""

    @property
    def address(self) -> list[str]:
        """The address line by line, as its country writes it, without the country."""
        return _address(self.street, self.postal_code, self.city, self.country)

    @property
    def phone_target(self) -> str:
        """The number as a link dials it."""
        return "".join(sign for sign in self.phone if sign in "+0123456789")

    @property
    def is_empty(self) -> bool:
        """Whether nothing is told yet; a country and an e-mail address alone tell nothing."""
        return not any(v for name, v in asdict(self).items() if name not in {"country", "email"})


@lru_cache(maxsize=256)
def _address(street: str, postal_code: str, city: str, country: str) -> list[str]:
    """Return an address's lines; every page of a shop asks for the same ones."""
    if not country or not (street or city):
        return [line for line in (street, f"{postal_code} {city}".strip()) if line]
    *lines, _ = address_lines(
        {"street_address": street, "postal_code": postal_code, "city": city,
         "country_code": country}
    )  # fmt: skip
    return [line.replace(city.upper(), city) for line in lines]  # no need to shout


NAMES = tuple(each.name for each in fields(Imprint))
NEEDED = ("legal_name", "street", "city", "country", "email", "phone")
"""Without these an imprint is not one, in any country of the Union."""


def read_imprint(kept: Mapping[str, Any], *, email: str) -> Imprint:
    """Return the imprint that a row holds."""
    known = {name: str(value) for name, value in kept.items() if name in NAMES}
    return Imprint(**{**known, "email": email})


def list_missing(imprint: Imprint) -> list[str]:
    """Return the names of the fields that the law wants and that are not told."""
    return [name for name in NEEDED if not getattr(imprint, name)]


def clean_imprint(told: Mapping[str, str]) -> Imprint:
    """Return what was typed, each field on one line, a VAT id without blanks."""
    lines = {name: _line(told.get(name, "")) for name in NAMES if name != "further"}
    further = "\n".join(_line(line) for line in told.get("further", "").splitlines()).strip()
    lines["vat_id"] = re.sub(r"[\s.\-]", "", lines["vat_id"]).upper()
    return Imprint(**lines, further=re.sub(r"\n{3,}", "\n\n", further))


def _line(text: str) -> str:
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def check_imprint(imprint: Imprint) -> tuple[Imprint, dict[str, Any]]:
    """Return the imprint in its country's form, and what is wrong by field.

    Fields may be missing, because nobody writes it all at once; what is there must be right.
    """
    problems: dict[str, Any] = {
        name: lazy_gettext("At most 200 characters.")
        for name in NAMES
        if name != "further" and len(getattr(imprint, name)) > LONGEST_LINE
    }
    if len(imprint.further) > LONGEST_FURTHER:
        problems["further"] = lazy_gettext("At most 4,000 characters.")
    if problems:
        return imprint, problems
    if imprint.phone and not _is_phone(imprint.phone):
        problems["phone"] = lazy_gettext(
            "Write a number with its country, such as +49 3731 123456."
        )
    if imprint.vat_id and not _is_vat_id(imprint.vat_id):
        problems["vat_id"] = lazy_gettext(
            "A VAT number begins with its country, such as DE123456789. Leave it empty if you have none."
        )
    problems |= _problem_of_email(imprint.email)
    imprint, of_address = _check_address(imprint)
    return imprint, problems | of_address


def _is_phone(text: str) -> bool:
    return bool(_PHONE.fullmatch(text)) and sum(s.isdigit() for s in text) >= _FEWEST_DIGITS


def _is_vat_id(text: str) -> bool:
    return bool(_VAT_IDS.get(text[:2], _VAT_ID).fullmatch(text))


def _problem_of_email(email: str) -> dict[str, Any]:
    try:
        if email:
            check_email(email)
    except EmailInvalidError as error:
        return {"email": error.message}
    return {}


def _check_address(imprint: Imprint) -> tuple[Imprint, dict[str, Any]]:
    """Look at the address by its country's rules, as soon as there is enough of it."""
    if imprint.country and not is_country(imprint.country):
        return imprint, {"country": lazy_gettext("Choose a country.")}
    if not (imprint.street and imprint.city and imprint.country):
        return imprint, {}
    written = {ours: getattr(imprint, name) for name, ours in _ADDRESS_FIELDS.items()}
    normal, found = check_address({**written, "name": "-", "country_code": imprint.country})
    problems = {name: found[ours] for name, ours in _ADDRESS_FIELDS.items() if ours in found}
    if found:  # what our form has no field for, such as a region, is nobody's mistake
        return imprint, problems
    return replace(imprint, **{name: normal[ours] for name, ours in _ADDRESS_FIELDS.items()}), {}
