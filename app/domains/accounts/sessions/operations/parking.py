"""What somebody had written when their session ended, kept for an hour."""

import json
from dataclasses import asdict, dataclass

from sqlalchemy import delete, insert, select

from app.domains.accounts.sessions.models import ParkedForm, SessionRow
from app.foundation.identifiers import new_token
from app.foundation.tokens import hash_token
from app.foundation.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class WrittenForm:
    """What somebody had written: where it was to go, the page it stood on, its fields in order."""

    action: str
    page: str
    fields: list[tuple[str, str]]


def park_form(unit: UnitOfWork, *, host: str, form: WrittenForm, session_token: str) -> str:
    """Keep what somebody had written for an hour; return the secret that finds it again.

    `session_token` is what the browser held, '' for nothing: where a session was known by it, the
    form is its person's, and nobody else on the same computer is shown it.
    """
    token = new_token()
    whose = select(SessionRow.person_id).where(
        SessionRow.token_hash == hash_token(session_token), SessionRow.host == host
    )
    unit.session.execute(
        insert(ParkedForm).values(
            token_hash=hash_token(token), host=host,
            person_id=whose.scalar_subquery(), form=json.dumps(asdict(form)),
            parked_at=unit.now,
        )
    )  # fmt: skip
    return token


def drop_parked_form(unit: UnitOfWork, *, token: str) -> None:
    """Forget what had been written: it has been sent."""
    unit.session.execute(delete(ParkedForm).where(ParkedForm.token_hash == hash_token(token)))
