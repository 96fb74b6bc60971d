"""Posting a correction: the row that says who and why, and the one journal of its kind."""

from uuid import UUID

from sqlalchemy import func, insert, select

from app.domains.ledger.corrections.models import Correction
from app.domains.ledger.corrections.rules import CorrectionWish
from app.domains.ledger.operations import call_posting
from app.foundation.audit.rules import AuditKind
from app.foundation.money import Money
from app.foundation.unit_of_work import UnitOfWork


def lock_corrections(unit: UnitOfWork, *, shop: str) -> None:
    """Let nobody else correct this shop's books until the commit; taken before any order's lock."""
    key = func.hashtextextended(f"correction {shop}", 0)
    unit.session.execute(select(func.pg_advisory_xact_lock(key)))


def post_correction(
    unit: UnitOfWork,
    *,
    correction_id: UUID,
    wish: CorrectionWish,
    posted_by: UUID,
    approved_by: UUID | None,
    alone_up_to: Money,
) -> None:
    """Write a correction down and post its journal; who may, the caller has found out.

    Raises PostingRefusedError, or one of its kinds.
    """
    unit.session.execute(
        insert(Correction).values(
            id=correction_id, kind=wish.kind.value, order_id=wish.order_id,
            currency=wish.amount.currency, amount=wish.amount.amount, reason=wish.reason.value,
            reference=wish.reference, reverses=wish.reverses, posted_by=posted_by,
            approved_by=approved_by, alone_up_to=alone_up_to.amount, posted_at=unit.now,
        )
    )  # fmt: skip
    unit.audit(
        actor=str(posted_by),
        action="post_correction" if wish.reverses is None else "reverse_correction",
        object_kind="correction", object_id=correction_id, kind=AuditKind.MONEY,
        correction=wish.kind.value, reason=wish.reason.value, order=wish.order_id,
        approved_by=approved_by, amount=wish.amount.amount, currency=wish.amount.currency,
    )  # fmt: skip
    call_posting(unit, "post_correction", correction_id, unit.now)
