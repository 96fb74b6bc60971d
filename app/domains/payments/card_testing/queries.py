"""Whether a payment that is about to begin has to answer a challenge first."""

from uuid import UUID

from sqlalchemy import ColumnElement, func, select, true

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

    def declined(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return (
            select(func.coalesce(func.sum(PaymentStart.declines), 0))
            .where(
                condition, PaymentStart.declines > 0, PaymentStart.changed_at > unit.now - WINDOW
            )
            .scalar_subquery()
        )

    found = unit.session.execute(
        select(
            declined(PaymentStart.basket_id == basket_id),
            declined(PaymentStart.address_hash == source.address_hash),
            declined(PaymentStart.network_hash == source.network_hash),
            declined(true()),
        )
    ).one()
    limits = (FREE_DECLINES, free.address, free.network, free.everyone)
    return any(number >= limit for number, limit in zip(found, limits, strict=True))
