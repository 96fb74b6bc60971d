"""Making, using and withdrawing keys for programs. All in the directory."""

import secrets
from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext
from sqlalchemy import ColumnElement, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from app.domains.accounts.tokens.errors import TokenNotMadeError, TooManyTokensError
from app.domains.accounts.tokens.events import ApiTokenMade
from app.domains.accounts.tokens.models import ApiToken
from app.domains.accounts.tokens.rules import (
    ALPHABET,
    LIVES,
    LONGEST_NAME,
    MOST_TOKENS,
    RANDOM_LETTERS,
    life,
    write_secret,
)
from app.foundation.audit.rules import AuditKind
from app.foundation.errors import NotFoundError
from app.foundation.sealing import key_for
from app.foundation.tokens import hash_token
from app.foundation.unit_of_work import UnitOfWork

KEPT_AFTER_END = timedelta(days=30)
_ENDING_LETTERS = 4


def make_token(
    unit: UnitOfWork, *, token_id: UUID, person_id: UUID, shop_id: UUID | None, name: str,
    scopes: Iterable[str], days: int, allowed: Iterable[str],
) -> str | None:  # fmt: skip
    """Make a key and return it: it is kept nowhere. None where this one was made before.

    `allowed` is what the maker may do now; `days` one of LIVES. The maker is told by mail.
    Raises TokenNotMadeError, TooManyTokensError.
    """
    chosen, name = sorted(set(scopes)), " ".join(name.split())
    _check(name=name, chosen=chosen, days=days, allowed=frozenset(allowed))
    if _count_others(unit, person_id, token_id) >= MOST_TOKENS:
        raise TooManyTokensError(most=MOST_TOKENS)
    secret = write_secret("".join(secrets.choice(ALPHABET) for _ in range(RANDOM_LETTERS)))
    key = key_for(unit, owner=person_id.bytes)
    made = unit.session.execute(
        insert(ApiToken)
        .values(
            id=token_id, person_id=person_id, shop_id=shop_id, key_id=key.id, name=key.seal(name),
            scopes=chosen, token_hash=hash_token(secret), ending=secret[-_ENDING_LETTERS:],
            made_at=unit.now, ends_at=unit.now + life(days),
        )
        .on_conflict_do_nothing(index_elements=["id"])
        .returning(ApiToken.id)
    ).first()  # fmt: skip
    if made is None:
        return None
    unit.record(ApiTokenMade(token_id=token_id))
    until = (unit.now + life(days)).date().isoformat()
    _audit(unit, "make_token", person_id, token_id, shop_id, scopes=" ".join(chosen), until=until)
    return secret


def _check(*, name: str, chosen: list[str], days: int, allowed: frozenset[str]) -> None:
    problems = {}
    if not name or len(name) > LONGEST_NAME:
        problems["name"] = lazy_gettext("Give the key a name, so that you know it again.")
    if not chosen or not set(chosen) <= allowed:
        problems["scopes"] = lazy_gettext("Choose what the key may do.")
    if days not in LIVES:
        problems["days"] = lazy_gettext("Choose when the key ends.")
    if problems:
        raise TokenNotMadeError(problems)


def _count_others(unit: UnitOfWork, person_id: UUID, token_id: UUID) -> int:
    return unit.session.execute(
        select(func.count())
        .select_from(ApiToken)
        .where(ApiToken.person_id == person_id, ApiToken.id != token_id, is_open(unit))
    ).scalar_one()


def is_open(unit: UnitOfWork) -> ColumnElement[bool]:
    """Return the condition that a key still opens something."""
    return ApiToken.withdrawn_at.is_(None) & (ApiToken.ends_at > unit.now)


def withdraw_token(unit: UnitOfWork, *, token_id: UUID, person_id: UUID) -> None:
    """Withdraw one of a person's own keys, of the account or of a shop. Raises NotFoundError."""
    _withdraw(unit, ApiToken.person_id == person_id, token_id=token_id, actor=person_id)


def withdraw_shop_token(unit: UnitOfWork, *, token_id: UUID, shop_id: UUID, actor: UUID) -> None:
    """Withdraw a key of a shop, whoever made it. Raises NotFoundError."""
    _withdraw(unit, ApiToken.shop_id == shop_id, token_id=token_id, actor=actor)


def _withdraw(unit: UnitOfWork, which: ColumnElement[bool], *, token_id: UUID, actor: UUID) -> None:
    row = unit.session.execute(
        update(ApiToken)
        .where(ApiToken.id == token_id, which)
        .values(withdrawn_at=func.coalesce(ApiToken.withdrawn_at, unit.now))
        .returning(ApiToken.shop_id)
    ).first()
    if row is None:
        raise NotFoundError
    _audit(unit, "withdraw_token", actor, token_id, row.shop_id)


def note_token_use(unit: UnitOfWork, *, token_id: UUID) -> None:
    """Note the day on which a key was used: one write a day, and no finer trail of a person."""
    today = unit.now.date()
    unit.session.execute(
        update(ApiToken)
        .where(ApiToken.id == token_id, ApiToken.last_used_on.is_distinct_from(today))
        .values(last_used_on=today)
    )


def forget_old_tokens(unit: UnitOfWork) -> None:
    """Remove keys that ended or were withdrawn a month ago."""
    over = unit.now - KEPT_AFTER_END
    unit.session.execute(
        delete(ApiToken).where(or_(ApiToken.ends_at < over, ApiToken.withdrawn_at < over))
    )


def _audit(
    unit: UnitOfWork, action: str, actor: UUID, token_id: UUID, shop_id: UUID | None, **fields: Any
) -> None:
    unit.audit(
        actor=str(actor), action=action, object_kind="api_token", object_id=token_id,
        kind=AuditKind.MONEY if shop_id else AuditKind.ACTION, shop=str(shop_id or ""), **fields,
    )  # fmt: skip
