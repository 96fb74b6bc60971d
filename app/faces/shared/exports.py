"""The page of a person's export: every table a section, every row read out in their language."""

from datetime import datetime
from pathlib import Path
from typing import Any

from flask import current_app, render_template
from flask_babel import force_locale, gettext, lazy_gettext

from app.domains.privacy.exporting import PersonExport, Section
from app.faces.shared.formatting import moment, money, write_address
from app.foundation.money import Money

STYLE = Path(__file__).parent / "templates" / "exports" / "person.css"
AMOUNTS = frozenset(
    {"subtotal", "shipping", "tax", "total", "unit_price", "amount", "captured", "refunded"}
)
LABELS: dict[str, Any] = {
    "action": lazy_gettext("What was done"),
    "address": lazy_gettext("Address"),
    "amount": lazy_gettext("Amount"),
    "captured": lazy_gettext("Taken"),
    "carrier": lazy_gettext("Carrier"),
    "changed_at": lazy_gettext("Changed"),
    "confirmed_at": lazy_gettext("Confirmed"),
    "country": lazy_gettext("Country"),
    "created_at": lazy_gettext("Made"),
    "currency": lazy_gettext("Currency"),
    "details": lazy_gettext("What you wrote"),
    "email": lazy_gettext("E-mail"),
    "event": lazy_gettext("What happened"),
    "happened_at": lazy_gettext("When"),
    "host": lazy_gettext("Where"),
    "is_default": lazy_gettext("Used first"),
    "is_given": lazy_gettext("Agreed"),
    "kind": lazy_gettext("Kind"),
    "language": lazy_gettext("Language"),
    "made_at": lazy_gettext("Made"),
    "name": lazy_gettext("Name"),
    "network": lazy_gettext("From which network"),
    "number": lazy_gettext("Number"),
    "place": lazy_gettext("Where"),
    "placed_at": lazy_gettext("Placed"),
    "purpose": lazy_gettext("What for"),
    "quantity": lazy_gettext("Quantity"),
    "reason": lazy_gettext("Reason"),
    "recorded_at": lazy_gettext("When"),
    "refunded": lazy_gettext("Given back"),
    "role": lazy_gettext("Role"),
    "sent_at": lazy_gettext("Sent"),
    "shipping": lazy_gettext("Shipping"),
    "shipping_name": lazy_gettext("Travels by"),
    "since": lazy_gettext("Since"),
    "state": lazy_gettext("State"),
    "subtotal": lazy_gettext("Pieces"),
    "tax": lazy_gettext("Tax"),
    "title": lazy_gettext("Piece"),
    "total": lazy_gettext("Total"),
    "tracking_number": lazy_gettext("Tracking number"),
    "unit_price": lazy_gettext("Price"),
    "used_at": lazy_gettext("Used"),
    "variant_title": lazy_gettext("Choice"),
}
"""What the columns are called that people read most; others keep their technical name."""


class PageOfExport:
    """Answers for ExportWriter with a Jinja template; needs an application, not a request."""

    def __init__(self, language: str) -> None:
        self._language = language

    def page(self, export: PersonExport) -> str:
        """Return the document."""
        with (
            current_app.app_context(),  # else the language of the page before would be kept
            current_app.test_request_context(
                environ_overrides={"galleria.language": self._language}
            ),
            force_locale(self._language),
        ):
            return render_template(
                "exports/person.html", made_at=moment(export.made_at), language=self._language,
                platform=[_readable(section) for section in export.platform],
                shops=[
                    (shop.name, [_readable(section) for section in found])
                    for shop, found in export.shops
                ],
            )  # fmt: skip

    def style(self) -> str:
        """Return the style sheet."""
        return STYLE.read_text()


def _readable(section: Section) -> dict[str, Any]:
    """Return a section with its columns named and its values written out."""
    names = list(section.rows[0])
    return {
        "title": section.title,
        "columns": [str(LABELS.get(name, name)) for name in names],
        "rows": [[_write(name, row) for name in names] for row in section.rows],
    }


def _write(name: str, row: dict[str, Any]) -> str:
    value = row[name]
    if value is None:
        return "–"
    if isinstance(value, bool):
        return str(gettext("yes") if value else gettext("no"))
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, dict):
        return _write_fields(value)
    if name in AMOUNTS and isinstance(value, int) and row.get("currency"):
        return money(Money(value, row["currency"]))
    return str(value)


def _write_fields(fields: dict[str, Any]) -> str:
    if "country_code" in fields:
        return ", ".join(write_address(fields))
    parts = [_write(name, fields) for name, value in fields.items() if value]
    return ", ".join(parts) if all(parts) else "–"
