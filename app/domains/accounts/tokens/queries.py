"""Reading keys for programs, and who a key speaks for."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select

from app.domains.accounts.memberships.queries import find_rights, list_names
from app.domains.accounts.permissions import Permission
from app.domains.accounts.tokens.models import ApiToken
from app.domains.accounts.tokens.operations import is_open
from app.domains.accounts.tokens.rules import OwnScope, Scope, is_key
from app.foundation.tokens import hash_token
from app.foundation.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class TokenRecord:
    """A key as its maker or the shop's people see it; the key itself is kept nowhere."""

    id: UUID
    person_id: UUID
    maker: str
    name: str
    scopes: tuple[Scope, ...]
    ending: str
    made_at: datetime
    ends_at: datetime
    last_used_on: date | None


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who a key speaks for, and what it opens now: its scopes, as far as its maker still may."""

    token_id: UUID
    person_id: UUID
    shop_id: UUID | None
    scopes: frozenset[Scope]
    needs_note: bool


def list_own_tokens(unit: UnitOfWork, *, person_id: UUID) -> list[TokenRecord]:
    """Return a person's keys for the own account that still open something, newest first."""
    return _list(unit, and_(ApiToken.person_id == person_id, ApiToken.shop_id.is_(None)))


def list_shop_tokens(unit: UnitOfWork, *, shop_id: UUID) -> list[TokenRecord]:
    """Return the keys for a shop that still open something, whoever made them, newest first."""
    return _list(unit, ApiToken.shop_id == shop_id)


def find_token(unit: UnitOfWork, token_id: UUID) -> TokenRecord | None:
    """Return a key that still opens something."""
    return next(iter(_list(unit, ApiToken.id == token_id)), None)


def _list(unit: UnitOfWork, which: ColumnElement[bool]) -> list[TokenRecord]:
    rows = unit.session.execute(
        select(ApiToken.id, ApiToken.person_id, ApiToken.name, ApiToken.scopes, ApiToken.ending,
               ApiToken.made_at, ApiToken.ends_at, ApiToken.last_used_on)
        .where(which, is_open(unit))
        .order_by(ApiToken.made_at.desc(), ApiToken.id)
    ).all()  # fmt: skip
    makers = list_names(unit, {row.person_id for row in rows})
    return [
        TokenRecord(
            row.id, row.person_id, makers.get(row.person_id, ""), row.name or "",
            _scopes(row.scopes), row.ending, row.made_at, row.ends_at, row.last_used_on,
        )
        for row in rows
    ]  # fmt: skip


def find_bearer(unit: UnitOfWork, *, secret: str) -> Bearer | None:
    """Return who a key speaks for, or None where it opens nothing (any more)."""
    if not is_key(secret):
        return None
    row = unit.session.execute(
        select(ApiToken.id, ApiToken.person_id, ApiToken.shop_id, ApiToken.scopes,
               ApiToken.last_used_on)
        .where(ApiToken.token_hash == hash_token(secret), is_open(unit))
    ).first()  # fmt: skip
    if row is None:
        return None
    rights = row.shop_id and find_rights(unit, person_id=row.person_id, shop_id=row.shop_id)
    permitted = rights.permissions if rights else frozenset()
    opened = (s for s in _scopes(row.scopes) if isinstance(s, OwnScope) or s in permitted)
    return Bearer(
        row.id, row.person_id, row.shop_id, frozenset(opened),
        needs_note=row.last_used_on != unit.now.date(),
    )  # fmt: skip


def _scopes(names: list[str]) -> tuple[Scope, ...]:
    """Return the scopes that still exist; one that was taken out of the code opens nothing."""
    known: dict[str, Scope] = {scope.value: scope for scope in (*OwnScope, *Permission)}
    return tuple(known[name] for name in names if name in known)
