"""Reading people, their sessions and roles."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import aliased

from app.domains.accounts.models import Membership, Person, SessionRow
from app.domains.accounts.operations import email_index
from app.domains.accounts.permissions import Permission, may
from app.domains.accounts.rules import PLATFORM, SEEN_STEP, Role, SessionLimits
from app.foundation.tokens import hash_token
from app.foundation.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Visitor:
    """A signed-in person on one host, with their roles by shop."""

    session_id: UUID
    person_id: UUID
    name: str
    email: str
    language: str
    proved_at: datetime
    roles: dict[UUID, Role]
    needs_touch: bool

    @property
    def shop_ids(self) -> list[UUID]:
        """The shops that the person works for."""
        return [shop_id for shop_id in self.roles if shop_id != PLATFORM]

    def role_on(self, shop_id: UUID) -> Role | None:
        """The person's role on a shop, or on PLATFORM."""
        return self.roles.get(shop_id)

    def may(self, permission: Permission, shop_id: UUID = PLATFORM) -> bool:
        """Whether the person has a permission on a shop; without one, on the platform."""
        return may(self.role_on(shop_id), permission)


def find_visitor(unit: UnitOfWork, *, token: str, host: str) -> Visitor | None:
    """Return who a session's secret belongs to on this host, or None where it is over."""
    parent = aliased(SessionRow)
    rows = unit.session.execute(
        select(SessionRow.id, SessionRow.created_at, SessionRow.seen_at, SessionRow.proved_at,
               Person.id.label("person_id"), Person.name, Person.email, Person.language,
               Membership.shop_id, Membership.role)
        .join(parent, parent.id == SessionRow.parent_id)
        .join(Person, Person.id == SessionRow.person_id)
        .outerjoin(Membership, Membership.person_id == Person.id)
        .where(SessionRow.token_hash == hash_token(token), SessionRow.host == host,
               SessionRow.ended_at.is_(None), parent.ended_at.is_(None))
    ).all()  # fmt: skip
    if not rows:
        return None
    first = rows[0]
    roles = {row.shop_id: Role(row.role) for row in rows if row.role}
    limits = SessionLimits(first.created_at, first.seen_at, has_idle_limit=bool(roles))
    if limits.is_over(unit.now):
        return None
    return Visitor(
        first.id, first.person_id, first.name, first.email, first.language, first.proved_at, roles,
        needs_touch=first.seen_at < unit.now - SEEN_STEP,
    )  # fmt: skip


def find_person_id(unit: UnitOfWork, *, email: str) -> UUID | None:
    """Return the person with an e-mail address."""
    return unit.session.execute(
        select(Person.id).where(Person.email_index == email_index(email))
    ).scalar_one_or_none()
