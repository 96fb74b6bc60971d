"""Pure: who gets what of a captured amount."""

from dataclasses import dataclass

from app.domains.ledger.errors import NotEnoughInBooksError
from app.foundation.money import Money

WHOLE = 10_000
"""Basis points in one."""


@dataclass(frozen=True, slots=True)
class Allocation:
    """The parts of a captured amount; they always add up to it."""

    seller: Money
    commission: Money
    tax: Money

    @property
    def total(self) -> Money:
        """The amount that was split."""
        return self.seller + self.commission + self.tax


def allocate(*, total: Money, tax: Money, commission_basis_points: int) -> Allocation:
    """Split what a buyer paid: tax for the state, a commission of the rest, the rest to the seller.

    The commission is rounded by largest remainder, so that nothing is lost (money.md, section 5).
    """
    net = total - tax
    commission, seller = net.split([commission_basis_points, WHOLE - commission_basis_points])
    return Allocation(seller=seller, commission=commission, tax=tax)


def allocate_refund(*, refund: Money, left: Allocation) -> Allocation:
    """Split a refund in the proportion of what is left of the capture; all of it at the end.

    Raises NotEnoughInBooksError where it is more than what is left.
    """
    if not refund <= left.total:
        raise NotEnoughInBooksError
    parts = (left.seller, left.commission, left.tax)
    seller, commission, tax = refund.split([part.amount for part in parts])
    return Allocation(seller=seller, commission=commission, tax=tax)
