"""When a sign-in asks for a challenge."""

from sqlalchemy import ColumnElement, func, select

from app.domains.accounts.challenges.rules import FREE_FAILURES, MANY_FAILURES
from app.domains.accounts.factors.models import SignInAttempt
from app.domains.accounts.factors.operations.failures import Source
from app.domains.accounts.factors.rules import FAILURE_WINDOW
from app.foundation.unit_of_work import UnitOfWork


def is_challenge_due(
    unit: UnitOfWork, *, source: Source, account_indexes: tuple[bytes, ...] | None
) -> bool:
    """Whether a sign-in has to answer a challenge; one statement.

    After two failures in 15 minutes for the account (whether it exists or not) or from the address,
    and for everybody while there are very many. A device that signed in before is not asked more:
    a challenge locks nobody out.
    """

    def count(condition: ColumnElement[bool] | None, most: int) -> ColumnElement[int]:
        tries = select(SignInAttempt.id).where(SignInAttempt.tried_at > unit.now - FAILURE_WINDOW)
        if condition is not None:
            tries = tries.where(condition)
        counted = tries.limit(most).subquery()
        return select(func.count()).select_from(counted).scalar_subquery()

    of_address = SignInAttempt.address_hash == source.address_hash
    counts = [
        (count(of_address, FREE_FAILURES), FREE_FAILURES),
        (count(None, MANY_FAILURES), MANY_FAILURES),
    ]
    if account_indexes is not None:
        of_account = SignInAttempt.account_index.in_(account_indexes)
        counts.append((count(of_account, FREE_FAILURES), FREE_FAILURES))
    found = unit.session.execute(select(*(counted for counted, _ in counts))).one()
    return any(number >= most for number, (_, most) in zip(found, counts, strict=True))
