"""What somebody had written when their session ended, kept for an hour."""

import json
from dataclasses import asdict, dataclass

from sqlalchemy import delete, insert

from app.domains.accounts.sessions.models import ParkedForm
from app.foundation.identifiers import new_token
from app.foundation.tokens import hash_token
from app.foundation.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class WrittenForm:
    """What somebody had written: where it was to go, the page it stood on, its fields in order."""

    action: str
    page: str
    fields: list[tuple[str, str]]


def park_form(unit: UnitOfWork, *, host: str, form: WrittenForm) -> str:
    """Keep what somebody had written for an hour; return the secret that finds it again."""
    token = new_token()
    unit.session.execute(
        insert(ParkedForm).values(
            token_hash=hash_token(token), host=host, form=json.dumps(asdict(form)),
            parked_at=unit.now,
        )
    )  # fmt: skip
    return token


def drop_parked_form(unit: UnitOfWork, *, token: str) -> None:
    """Forget what had been written: it has been sent."""
    unit.session.execute(delete(ParkedForm).where(ParkedForm.token_hash == hash_token(token)))
