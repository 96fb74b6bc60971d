"""New secrets for sessions whose person's rights have changed."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import update

from app.domains.accounts.sessions.models import SessionRow
from app.domains.accounts.sessions.rules import OLD_TOKEN_LIFE
from app.foundation.identifiers import new_token
from app.foundation.tokens import hash_token
from app.foundation.unit_of_work import UnitOfWork


def ask_for_new_tokens(unit: UnitOfWork, *, person_ids: Sequence[UUID]) -> None:
    """Give every session of these people a new secret at its next request: their rights changed."""
    unit.session.execute(
        update(SessionRow)
        .where(
            SessionRow.person_id.in_(person_ids), SessionRow.ended_at.is_(None),
            SessionRow.token_hash.is_not(None),
        )
        .values(wants_token_at=unit.now)
    )  # fmt: skip


def renew_token(unit: UnitOfWork, *, session_id: UUID) -> str | None:
    """Give a session a new secret; None where another request has just done so."""
    token = new_token()
    renewed = unit.session.execute(
        update(SessionRow)
        .where(SessionRow.id == session_id, SessionRow.wants_token_at.is_not(None))
        .values(
            old_token_hash=SessionRow.token_hash, old_token_until=unit.now + OLD_TOKEN_LIFE,
            token_hash=hash_token(token), wants_token_at=None,
        )
        .returning(SessionRow.id)
    ).first()  # fmt: skip
    return token if renewed else None
