"""Reading who is signed in, where, and since when."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, Select, and_, bindparam, func, or_, select
from sqlalchemy.orm import aliased

from app.domains.accounts.factors.queries import is_protected
from app.domains.accounts.memberships.models import CustomRole, Membership
from app.domains.accounts.memberships.rules import permissions_of
from app.domains.accounts.people.models import Person
from app.domains.accounts.permissions import ROLE_NAMES, Permission
from app.domains.accounts.rules import PLATFORM, Role
from app.domains.accounts.sessions.models import ParkedForm, SessionRow, SignInRecordRow
from app.domains.accounts.sessions.operations.parking import WrittenForm
from app.domains.accounts.sessions.rules import (
    PARKED_LIFE,
    PROOF_LIFE,
    SEEN_STEP,
    SESSION_LIFE,
    SessionLimits,
)
from app.foundation.tokens import hash_token
from app.foundation.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Looking:
    """An owner sees a shop as a role does, and changes nothing; never more than they may."""

    shop_id: UUID
    role: Role
    custom_name: str
    permissions: frozenset[Permission]

    @property
    def role_name(self) -> str:
        """The role in the reader's language, or as the shop called it."""
        return self.custom_name or str(ROLE_NAMES[self.role])


@dataclass(frozen=True, slots=True)
class Visitor:
    """A signed-in person on one host, with their roles by shop."""

    session_id: UUID
    parent_id: UUID
    person_id: UUID
    name: str
    email: str
    language: str
    currency: str
    is_protected: bool
    roles: Mapping[UUID, Role]
    permissions: Mapping[UUID, frozenset[Permission]]
    looking: Looking | None
    is_locked: bool
    has_fresh_proof: bool
    needs_touch: bool
    wants_token: bool

    @property
    def shop_ids(self) -> list[UUID]:
        """The shops that the person works for."""
        return [shop_id for shop_id in self.roles if shop_id != PLATFORM]

    @property
    def is_of_platform(self) -> bool:
        """Whether the person works for the platform itself."""
        return PLATFORM in self.roles

    def permissions_on(self, shop_id: UUID) -> frozenset[Permission]:
        """What the person may do on a shop (or on PLATFORM): of the role that they look as, if any."""
        if self.looking and self.looking.shop_id == shop_id:
            return self.looking.permissions
        return self.permissions.get(shop_id, frozenset())

    def may(self, permission: Permission, shop_id: UUID = PLATFORM) -> bool:
        """Whether the person may do something on a shop, or on the platform."""
        return permission in self.permissions_on(shop_id)


def find_visitor(unit: UnitOfWork, *, token: str, host: str) -> Visitor | None:
    """Return who a session's secret belongs to on this host, or None where it is over."""
    asked = {"hashed": hash_token(token), "host": host, "now": unit.now}
    rows = unit.connection.execute(_visitor(), asked).all()
    if not rows:
        return None
    first = rows[0]
    roles = {row.shop_id: Role(row.role) for row in rows if row.role}
    permissions = {
        row.shop_id: permissions_of(Role(row.role), row.permissions) for row in rows if row.role
    }
    limits = SessionLimits(first.created_at, first.seen_at, has_idle_limit=bool(roles))
    if limits.is_over(unit.now):
        return None
    return Visitor(
        first.id, first.parent_id, first.person_id, first.name, first.email, first.language,
        first.currency, first.is_protected, roles, permissions, _looking(first, permissions),
        is_locked=limits.is_locked(unit.now),
        has_fresh_proof=first.proved_at > unit.now - PROOF_LIFE,
        needs_touch=first.seen_at < unit.now - SEEN_STEP,
        wants_token=first.wants_token_at is not None,
    )  # fmt: skip


@lru_cache(maxsize=1)
def _visitor() -> Select[*tuple[Any, ...]]:
    """Return the statement, built once: every page of a signed-in person sends it."""
    parent, looked = aliased(SessionRow), aliased(CustomRole)
    hashed: BindParameter[bytes] = bindparam("hashed")
    is_opened = or_(
        SessionRow.token_hash == hashed,
        and_(SessionRow.old_token_hash == hashed, SessionRow.old_token_until > bindparam("now")),
    )
    has_factor = is_protected(Person.id)
    return (
        select(SessionRow.id, SessionRow.wants_token_at, parent.id.label("parent_id"),
               parent.created_at, parent.seen_at, parent.proved_at,
               Person.id.label("person_id"), Person.name, Person.email, Person.language,
               Person.currency, has_factor.label("is_protected"), Membership.shop_id,
               Membership.role, CustomRole.permissions,
               SessionRow.view_as_shop, SessionRow.view_as_role,
               looked.name.label("view_as_name"), looked.permissions.label("view_as_permissions"))
        .join(parent, parent.id == SessionRow.parent_id)
        .join(Person, Person.id == SessionRow.person_id)
        .outerjoin(Membership, Membership.person_id == Person.id)
        .outerjoin(CustomRole, CustomRole.id == Membership.custom_role_id)
        .outerjoin(looked, looked.id == SessionRow.view_as_custom_id)
        .where(is_opened, SessionRow.host == bindparam("host"),
               SessionRow.ended_at.is_(None), parent.ended_at.is_(None))
    )  # fmt: skip


def _looking(row: Any, permissions: Mapping[UUID, frozenset[Permission]]) -> Looking | None:
    """Return as which role the session looks at a shop, while its person still may."""
    mine = permissions.get(row.view_as_shop, frozenset())
    if row.view_as_role is None or Permission.VIEW_AS not in mine:
        return None
    role = Role(row.view_as_role)
    theirs = permissions_of(role, row.view_as_permissions)
    return Looking(row.view_as_shop, role, row.view_as_name or "", theirs & mine)


@dataclass(frozen=True, slots=True)
class SignInSession:
    """A sign-in that goes on: on which browser, from where, and on how many hosts."""

    id: UUID
    agent: str
    address: str
    began_at: datetime
    seen_at: datetime
    hosts: tuple[str, ...]


def list_sessions(unit: UnitOfWork, *, person_id: UUID) -> list[SignInSession]:
    """Return a person's sign-ins that go on, the latest in use first."""
    child = aliased(SessionRow)
    hosts = func.array_agg(child.host.distinct())
    rows = unit.session.execute(
        select(SessionRow.id, SessionRow.agent, SessionRow.address, SessionRow.created_at,
               SessionRow.seen_at, hosts.label("hosts"))
        .join(child, and_(child.parent_id == SessionRow.id, child.ended_at.is_(None)))
        .where(SessionRow.person_id == person_id, SessionRow.parent_id.is_(None),
               SessionRow.ended_at.is_(None), SessionRow.created_at > unit.now - SESSION_LIFE)
        .group_by(SessionRow.id)
        .order_by(SessionRow.seen_at.desc())
    )  # fmt: skip
    return [
        SignInSession(
            row.id, row.agent or "", row.address or "", row.created_at, row.seen_at,
            tuple(sorted(row.hosts)),
        )
        for row in rows
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class SignInRecord:
    """A line of a person's sign-in history."""

    outcome: str
    method: str
    agent: str
    address: str
    happened_at: datetime


def list_sign_ins(
    unit: UnitOfWork, *, person_id: UUID, page: int = 1, page_size: int = 20
) -> list[SignInRecord]:
    """Return a person's sign-ins, refused ones too, newest first; one more than a page."""
    rows = unit.session.execute(
        select(SignInRecordRow)
        .where(SignInRecordRow.person_id == person_id)
        .order_by(SignInRecordRow.happened_at.desc(), SignInRecordRow.id.desc())
        .limit(page_size + 1)
        .offset((page - 1) * page_size)
    ).scalars()
    return [
        SignInRecord(row.outcome, row.method, row.agent, row.address, row.happened_at)
        for row in rows
    ]


def find_origin(unit: UnitOfWork, session_id: UUID) -> SignInSession | None:
    """Return where a sign-in came from, for the mail that tells of it."""
    row = unit.session.execute(
        select(SessionRow).where(SessionRow.id == session_id)
    ).scalar_one_or_none()
    if row is None:
        return None
    return SignInSession(
        row.id, row.agent or "", row.address or "", row.created_at, row.seen_at, ()
    )


def find_parked_form(
    unit: UnitOfWork, *, token: str, host: str, person_id: UUID
) -> WrittenForm | None:
    """Return what this person, or somebody nobody knew, had written on this host, for an hour."""
    is_theirs = or_(ParkedForm.person_id == person_id, ParkedForm.person_id.is_(None))
    form = unit.session.execute(
        select(ParkedForm.form).where(
            ParkedForm.token_hash == hash_token(token), ParkedForm.host == host, is_theirs,
            ParkedForm.parked_at > unit.now - PARKED_LIFE,
        )
    ).scalar_one_or_none()  # fmt: skip
    if form is None:
        return None
    kept = json.loads(form)
    return WrittenForm(
        kept["action"], kept["page"], [(name, value) for name, value in kept["fields"]]
    )
