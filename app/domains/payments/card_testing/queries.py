"""Whether a payment that is about to begin has to answer a challenge first."""

from functools import lru_cache
from uuid import UUID

from sqlalchemy import ColumnElement, Select, bindparam, func, select, true

from app.domains.accounts.factors.operations.failures import Source
from app.domains.payments.card_testing.models import PaymentStart
from app.domains.payments.card_testing.rules import FREE_DECLINES, WINDOW, FreeDeclines
from app.foundation.unit_of_work import UnitOfWork


def is_payment_challenged(
    unit: UnitOfWork, *, basket_id: UUID, source: Source, free: FreeDeclines
) -> bool:
    """Whether cards were declined for this basket or from here, or very many everywhere.

    Counts the last hour in one statement. It asks for work and locks nobody out: an address is
    shared by many.
    """
    found = unit.connection.execute(
        _declines(),
        {"basket": basket_id, "address": source.address_hash, "network": source.network_hash,
         "since": unit.now - WINDOW},
    ).one()  # fmt: skip
    limits = (FREE_DECLINES, free.address, free.network, free.everyone)
    return any(number >= limit for number, limit in zip(found, limits, strict=True))


@lru_cache(maxsize=1)
def _declines() -> Select[int, int, int, int]:
    """Return the statement, built once: every payment that begins sends it."""

    def declined(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return (
            select(func.coalesce(func.sum(PaymentStart.declines), 0))
            .where(
                condition, PaymentStart.declines > 0, PaymentStart.changed_at > bindparam("since")
            )
            .scalar_subquery()
        )

    return select(
        declined(PaymentStart.basket_id == bindparam("basket")),
        declined(PaymentStart.address_hash == bindparam("address")),
        declined(PaymentStart.network_hash == bindparam("network")),
        declined(true()),
    )
