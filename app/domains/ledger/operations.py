"""Posting: each operation states business facts; the database chooses accounts and checks sums.

All may be repeated: the same facts under the same source change nothing. Amounts are Money of one
currency. Posting is the last thing before the commit (docs/architecture.md, "Locks").
"""

from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from app.domains.ledger.rules import Allocation
from app.foundation.money import Money
from app.foundation.unit_of_work import UnitOfWork


def _post(unit: UnitOfWork, function: Any, *facts: Any) -> None:
    unit.session.execute(select(function(*facts, unit.now)))


def post_authorise(unit: UnitOfWork, *, payment_id: UUID, order_id: UUID, amount: Money) -> None:
    """Remember that the provider holds `amount` for us."""
    _post(unit, func.platform.post_authorise, payment_id, order_id, amount.currency, amount.amount)


def post_void(unit: UnitOfWork, *, payment_id: UUID, order_id: UUID, amount: Money) -> None:
    """Remember that the provider no longer holds it."""
    _post(unit, func.platform.post_void, payment_id, order_id, amount.currency, amount.amount)


def post_capture(
    unit: UnitOfWork,
    *,
    payment_id: UUID,
    order_id: UUID,
    amount: Money,
    authorised: Money,
    allocation: Allocation,
) -> None:
    """Remember that `amount` was taken, and whose it is; what was authorised beyond it is voided."""
    _post(
        unit, func.platform.post_capture, payment_id, order_id, amount.currency, amount.amount,
        authorised.amount, allocation.seller.amount, allocation.commission.amount,
        allocation.tax.amount,
    )  # fmt: skip


def post_fee(unit: UnitOfWork, *, transaction: str, order_id: UUID, amount: Money) -> None:
    """Remember the provider's fee, by its balance transaction."""
    _post(unit, func.platform.post_fee, transaction, order_id, amount.currency, amount.amount)


def post_refund(
    unit: UnitOfWork,
    *,
    refund_id: UUID,
    order_id: UUID,
    allocation: Allocation,
    is_released: bool = False,
) -> None:
    """Remember that money is to be given back, and out of whose share."""
    _post(
        unit, func.platform.post_refund, refund_id, order_id, allocation.total.currency,
        allocation.seller.amount, allocation.commission.amount, allocation.tax.amount, is_released,
    )  # fmt: skip


def post_refund_succeeded(
    unit: UnitOfWork, *, transaction: str, order_id: UUID, amount: Money
) -> None:
    """Remember that the refund has left, by its balance transaction."""
    _post(
        unit, func.platform.post_refund_succeeded, transaction, order_id, amount.currency,
        amount.amount,
    )  # fmt: skip


def post_release(unit: UnitOfWork, *, order_id: UUID, seller: Money, commission: Money) -> None:
    """Remember that the seller's share may be paid out: delivered, and the time for returns over."""
    _post(
        unit, func.platform.post_release, order_id, seller.currency, seller.amount,
        commission.amount,
    )  # fmt: skip


def post_transfer(unit: UnitOfWork, *, transfer_id: UUID, order_id: UUID, amount: Money) -> None:
    """Remember that released money moved to the seller's own account at the provider."""
    _post(unit, func.platform.post_transfer, transfer_id, order_id, amount.currency, amount.amount)
