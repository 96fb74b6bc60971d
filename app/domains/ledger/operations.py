"""Posting: each operation states business facts; the database chooses accounts and checks sums.

All may be repeated: the same facts under the same source change nothing. Amounts are Money of one
currency, never negative. Posting is the last thing before the commit (docs/architecture.md,
"Locks"). Each raises PostingRefusedError, or one of its kinds, where the books do not take it; the
transaction is then lost.
"""

from collections.abc import Iterable
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import TextClause, text
from sqlalchemy.exc import DBAPIError

from app.domains.ledger.errors import explain_refusal
from app.domains.ledger.invariants import Finding
from app.domains.ledger.rules import Allocation
from app.foundation.audit.rules import AuditKind
from app.foundation.flags import STOP_MONEY, list_stopped, set_flag
from app.foundation.money import Money, total
from app.foundation.unit_of_work import UnitOfWork


def call_posting(unit: UnitOfWork, function: str, *facts: Any) -> None:
    """Call one of the database's posting functions by its name; the ledger's own operations do.

    Raises PostingRefusedError, or one of its kinds, where the books do not take it.
    """
    try:
        unit.connection.execute(
            _calling(function, len(facts)), {f"fact_{n}": fact for n, fact in enumerate(facts)}
        )
    except DBAPIError as error:
        refusal = explain_refusal(error)
        if refusal is None:
            raise
        raise refusal from error


@cache
def _calling(function: str, count: int) -> TextClause:
    """Return the statement, built once, that calls a posting function with so many facts."""
    facts = ", ".join(f":fact_{n}" for n in range(count))
    return text(f"SELECT platform.{function}({facts})")


def post_authorise(unit: UnitOfWork, *, payment_id: UUID, order_id: UUID, amount: Money) -> None:
    """Remember that the provider holds `amount` for us."""
    call_posting(
        unit, "post_authorise", payment_id, order_id, amount.currency, amount.amount,
        unit.now,
    )  # fmt: skip


def post_void(unit: UnitOfWork, *, payment_id: UUID, order_id: UUID, amount: Money) -> None:
    """Remember that the provider no longer holds it."""
    call_posting(
        unit, "post_void", payment_id, order_id, amount.currency, amount.amount,
        unit.now,
    )  # fmt: skip


def post_capture(
    unit: UnitOfWork,
    *,
    payment_id: UUID,
    order_id: UUID,
    amount: Money,
    authorised: Money,
    allocation: Allocation,
    charge: str = "",
    jurisdiction: str = "",
) -> None:
    """Remember that `amount` was taken, and whose it is; what was authorised beyond it is voided.

    `charge` is the provider's id of it (I4); `jurisdiction` is whose tax it is: a country's code.
    """
    currency = total((amount, authorised, allocation.total), amount.currency).currency
    call_posting(
        unit, "post_capture", payment_id, order_id, currency, amount.amount,
        authorised.amount, allocation.seller.amount, allocation.commission.amount,
        allocation.tax.amount, unit.now, charge, jurisdiction,
    )  # fmt: skip


def post_fee(unit: UnitOfWork, *, transaction: str, order_id: UUID, amount: Money) -> None:
    """Remember the provider's fee, by its balance transaction."""
    call_posting(
        unit, "post_fee", transaction, order_id, amount.currency, amount.amount,
        unit.now,
    )  # fmt: skip


def post_funds_available(
    unit: UnitOfWork, *, transaction: str, order_id: UUID, amount: Money
) -> None:
    """Remember that a charge's money, less the fee, may be used now; by its balance transaction."""
    call_posting(
        unit, "post_funds_available", transaction, order_id, amount.currency,
        amount.amount, unit.now,
    )  # fmt: skip


def post_refund(
    unit: UnitOfWork, *, refund_id: UUID, order_id: UUID, allocation: Allocation
) -> None:
    """Remember that money is to be given back, and out of whose share.

    Where the seller's part is taken from (held, released, or owed where it was transferred) follows
    from the order's own books. Raises NotEnoughInBooksError for more than is left of the capture.
    """
    call_posting(
        unit, "post_refund", refund_id, order_id, allocation.total.currency,
        allocation.seller.amount, allocation.commission.amount, allocation.tax.amount, unit.now,
    )  # fmt: skip


def post_refund_succeeded(
    unit: UnitOfWork, *, transaction: str, order_id: UUID, amount: Money
) -> None:
    """Remember that the refund has left, by its balance transaction."""
    call_posting(
        unit, "post_refund_succeeded", transaction, order_id, amount.currency,
        amount.amount, unit.now,
    )  # fmt: skip


def post_refund_failed(
    unit: UnitOfWork, *, transaction: str, order_id: UUID, amount: Money
) -> None:
    """Remember that a refund came back to us: we owe it to the buyer; by its balance transaction."""
    call_posting(
        unit, "post_refund_failed", transaction, order_id, amount.currency,
        amount.amount, unit.now,
    )  # fmt: skip


def post_release(unit: UnitOfWork, *, order_id: UUID, seller: Money, commission: Money) -> None:
    """Remember that the seller's share may be paid out: delivered, and the time for returns over."""
    currency = total((seller, commission), seller.currency).currency
    call_posting(
        unit, "post_release", order_id, currency, seller.amount, commission.amount,
        unit.now,
    )  # fmt: skip


def post_netting(unit: UnitOfWork, *, netting_id: UUID, order_id: UUID, amount: Money) -> None:
    """Take what the seller owes from what was released for an order, before it is transferred."""
    call_posting(
        unit, "post_netting", netting_id, order_id, amount.currency, amount.amount,
        unit.now,
    )  # fmt: skip


def post_transfer(
    unit: UnitOfWork, *, transfer_id: UUID, order_id: UUID, amount: Money, reference: str = ""
) -> None:
    """Remember that released money moved to the seller's own account at the provider."""
    call_posting(
        unit, "post_transfer", transfer_id, order_id, amount.currency, amount.amount,
        unit.now, reference,
    )  # fmt: skip


def post_transfer_reversed(
    unit: UnitOfWork, *, reversal_id: UUID, order_id: UUID, amount: Money, reference: str = ""
) -> None:
    """Remember that the provider brought transferred money back, which the seller owed."""
    call_posting(
        unit, "post_transfer_reversed", reversal_id, order_id, amount.currency,
        amount.amount, unit.now, reference,
    )  # fmt: skip


def stop_money(unit: UnitOfWork, *, findings: Iterable[Finding]) -> list[str]:
    """Halt the money of every shop whose books break a rule; return the roles newly halted.

    In the scope of platform_jobs. Being down beats being wrong (docs/money.md, section 6); a person
    lets the money go on, when the books are right.
    """
    reasons: dict[str, list[str]] = {}
    for finding in findings:
        for shop in finding.shops:
            reasons.setdefault(shop, []).append(finding.name)
    new = sorted(reasons.keys() - {each.shop for each in list_stopped(unit)})
    for shop in new:
        reason = ", ".join(reasons[shop])
        set_flag(unit, shop=shop, name=STOP_MONEY, is_on=True, reason=reason)
        unit.audit(
            action="stop_money", object_kind="shop", object_id=shop, kind=AuditKind.MONEY,
            reason=reason,
        )  # fmt: skip
    return new


def resume_money(unit: UnitOfWork, *, shop: str, actor: str, reason: str) -> None:
    """Let a shop's money go on, because a person found the books right; as platform_operator."""
    set_flag(unit, shop=shop, name=STOP_MONEY, is_on=False, reason=reason)
    unit.audit(
        actor=actor, action="resume_money", object_kind="shop", object_id=shop,
        kind=AuditKind.MONEY, before={"state": "stopped"}, after={"state": "running"},
        reason=reason,
    )  # fmt: skip
