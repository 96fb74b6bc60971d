"""Making a quote. Prices include tax; the destination decides how much of them is tax (FR-006)."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from app.domains.pricing.tax_rates import tax_percent
from app.foundation.money import Money, total


@dataclass(frozen=True, slots=True)
class QuoteLine:
    """What is bought: so many of a variant at a price that includes tax."""

    variant_id: UUID
    quantity: int
    unit_price: Money
    is_taxable: bool

    @property
    def total(self) -> Money:
        """Price times quantity."""
        return self.unit_price * self.quantity


@dataclass(frozen=True, slots=True)
class TaxLine:
    """The tax at one rate inside the total; `percent` is exact, such as 25.5."""

    percent: Decimal
    amount: Money


@dataclass(frozen=True, slots=True)
class Quote:
    """Everything the buyer pays; `total` is always `subtotal` plus `shipping`."""

    lines: tuple[QuoteLine, ...]
    subtotal: Money
    shipping: Money
    tax_lines: tuple[TaxLine, ...]
    total: Money
    line_taxes: tuple[Money, ...]

    @property
    def tax(self) -> Money:
        """The tax inside the total."""
        return total((line.amount for line in self.tax_lines), self.total.currency)

    def fingerprint(self) -> str:
        """Return a hash of what was promised, to notice that it changed (states.md, section 6)."""
        facts = [
            [str(line.variant_id), line.quantity, line.unit_price.amount] for line in self.lines
        ]
        parts = [
            facts,
            self.shipping.amount,
            self.tax.amount,
            self.total.amount,
            self.total.currency,
        ]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def make_quote(
    *, lines: Sequence[QuoteLine], shipping: Money, country: str, postcode: str
) -> Quote:
    """Quote `lines` with `shipping` to a destination. All in the currency of `shipping`.

    Tax on shipping follows the goods: it is taxed where any of them is.
    """
    percent = tax_percent(country, postcode)
    rate = percent / 100
    nothing = Money(0, shipping.currency)
    line_taxes = tuple(line.total.included(rate) if line.is_taxable else nothing for line in lines)
    subtotal = total((line.total for line in lines), shipping.currency)
    is_taxed = any(line.is_taxable for line in lines)
    tax = total(line_taxes, shipping.currency) + (shipping.included(rate) if is_taxed else nothing)
    return Quote(
        lines=tuple(lines),
        subtotal=subtotal,
        shipping=shipping,
        tax_lines=(TaxLine(percent, tax),) if tax else (),
        total=subtotal + shipping,
        line_taxes=line_taxes,
    )
