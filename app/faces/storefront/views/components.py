"""Every component with its states, in each theme: for development, the demo and the tests.

The samples are data and not interface, hence not translated.
"""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, render_template

from app.faces.shared.access import public
from app.faces.shared.shops import current_shop
from app.foundation.configuration import Configuration
from app.foundation.money import Money

components = Blueprint("components", __name__)
THEMES = ("maker", "box", "house", "console")
LONG_NAME = "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichenring"


@dataclass(frozen=True, slots=True)
class Sample:
    """A product as a card shows it."""

    handle: str
    title: str
    price: Money
    compare_at: Money | None = None
    has_price_range: bool = False
    is_available: bool = True
    picture: dict[str, Any] | None = None


CARDS = (
    Sample("a", "Elder ring", Money(24800, "EUR"), has_price_range=True),
    Sample("b", "Plum-kernel face oil", Money(2200, "EUR"), Money(2600, "EUR")),
    Sample("c", LONG_NAME, Money(3_850_000, "EUR")),
    Sample("d", "Sold out piece", Money(890, "EUR"), is_available=False),
)


def is_shown(configuration: Configuration) -> bool:
    """Whether the page exists: never where visitors come over TLS, nor in production."""
    return configuration.environment != "production" and not configuration.is_secure


@components.get("/_components")
@components.get("/_components/<theme>")
@public
def index(theme: str = "") -> str:
    """Show all components; in the shop's own theme, or in the one that is named."""
    chosen = theme or current_shop().kind
    if chosen not in THEMES:
        abort(404)
    return render_template(
        "components.html", theme=chosen, themes=THEMES, cards=CARDS, long_name=LONG_NAME,
        amounts=[Money(amount, "EUR") for amount in (12345, 590, 2065, 12935)],
    )  # fmt: skip
