"""Going from host to host: a code of the marketplace becomes a session of another host."""

from uuid import UUID

from sqlalchemy import delete, insert, select

from app.domains.accounts.sessions.errors import HandOverSpentError
from app.domains.accounts.sessions.models import HandOver, SessionRow
from app.domains.accounts.sessions.rules import HAND_OVER_LIFE
from app.foundation.identifiers import new_id, new_token
from app.foundation.tokens import hash_token
from app.foundation.unit_of_work import UnitOfWork


def make_hand_over(unit: UnitOfWork, *, parent_id: UUID, host: str, nonce: str) -> str:
    """Return a code that begins a session of this sign-in on another host, in one browser."""
    code = new_token()
    unit.session.execute(
        insert(HandOver).values(
            code_hash=hash_token(code), parent_id=parent_id, host=host,
            nonce_hash=hash_token(nonce), made_at=unit.now,
        )
    )  # fmt: skip
    return code


def take_over(unit: UnitOfWork, *, code: str, host: str, nonce: str) -> str:
    """Begin the session that a code stands for; return its secret. Raises HandOverSpentError."""
    parent_id = unit.session.execute(
        delete(HandOver)
        .where(
            HandOver.code_hash == hash_token(code), HandOver.host == host,
            HandOver.nonce_hash == hash_token(nonce),
            HandOver.made_at > unit.now - HAND_OVER_LIFE,
        )
        .returning(HandOver.parent_id)
    ).scalar_one_or_none()  # fmt: skip
    parent = unit.session.execute(
        select(SessionRow).where(SessionRow.id == parent_id, SessionRow.ended_at.is_(None))
    ).scalar_one_or_none()
    if parent is None:
        raise HandOverSpentError
    token = new_token()
    unit.session.execute(
        insert(SessionRow).values(
            id=new_id(), parent_id=parent.id, person_id=parent.person_id,
            device_id=parent.device_id, token_hash=hash_token(token), host=host,
            created_at=parent.created_at, seen_at=unit.now, proved_at=parent.proved_at,
        )
    )  # fmt: skip
    return token
