"""Counting an answered challenge, once."""

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from app.domains.accounts.challenges.errors import ChallengeRefusedError
from app.domains.accounts.challenges.models import SpentChallenge
from app.domains.accounts.challenges.ports import SolvedChallenge
from app.foundation.unit_of_work import UnitOfWork

_MOST_FORGOTTEN = 100


def spend_challenge(unit: UnitOfWork, *, solved: SolvedChallenge) -> None:
    """Let an answer count. Raises ChallengeRefusedError where it has counted before.

    Removes some that ended: what is too late is refused without being known.
    """
    if solved.expires_at <= unit.now:
        raise ChallengeRefusedError
    ended = (
        select(SpentChallenge.id)
        .where(SpentChallenge.expires_at <= unit.now)
        .limit(_MOST_FORGOTTEN)
        .with_for_update(skip_locked=True)
    )
    unit.session.execute(delete(SpentChallenge).where(SpentChallenge.id.in_(ended)))
    spent = unit.session.execute(
        insert(SpentChallenge)
        .values(id=solved.id, expires_at=solved.expires_at)
        .on_conflict_do_nothing()
        .returning(SpentChallenge.id)
    ).first()
    if spent is None:
        raise ChallengeRefusedError
