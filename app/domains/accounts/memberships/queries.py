"""Reading who works where, and with which rights."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, select

from app.domains.accounts.memberships.models import CustomRole, Membership
from app.domains.accounts.memberships.rules import permissions_of
from app.domains.accounts.people.models import Person
from app.domains.accounts.permissions import ROLE_NAMES, Permission
from app.domains.accounts.rules import Role
from app.foundation.errors import NotFoundError
from app.foundation.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Rights:
    """What one person is on one shop (or on PLATFORM), as it is now."""

    person_id: UUID
    role: Role
    custom_role_id: UUID | None
    custom_name: str
    supplies: str
    permissions: frozenset[Permission]
    granted_at: datetime

    @property
    def role_name(self) -> str:
        """The role in the reader's language, or as the shop called it."""
        return self.custom_name or str(ROLE_NAMES[self.role])

    @property
    def choice(self) -> str:
        """What a form's list of roles chooses it by."""
        return str(self.custom_role_id or self.role.value)


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who works for a shop, with their rights there."""

    name: str
    email: str
    rights: Rights


@dataclass(frozen=True, slots=True)
class CustomRoleRecord:
    """A role that a shop made, and how many people have it."""

    id: UUID
    name: str
    permissions: frozenset[Permission]
    holders: int


def find_rights(unit: UnitOfWork, *, person_id: UUID, shop_id: UUID) -> Rights | None:
    """Return what a person is on a shop, or None where they do not work there."""
    row = unit.session.execute(
        _memberships(shop_id).where(Membership.person_id == person_id)
    ).first()
    return _rights(row) if row else None


def get_rights(unit: UnitOfWork, *, person_id: UUID, shop_id: UUID) -> Rights:
    """Return what a person is on a shop. Raises NotFoundError where they do not work there."""
    found = find_rights(unit, person_id=person_id, shop_id=shop_id)
    if found is None:
        raise NotFoundError
    return found


def list_colleagues(unit: UnitOfWork, *, shop_id: UUID) -> list[Colleague]:
    """Return everybody who works for a shop, owners first, then by the time they came."""
    query = _memberships(shop_id).join(Person, Person.id == Membership.person_id)
    rows = unit.session.execute(
        query.add_columns(Person.name, Person.email).order_by(Membership.granted_at)
    )
    found = [Colleague(row.name, row.email, _rights(row)) for row in rows]
    return sorted(found, key=lambda each: each.rights.role is not Role.OWNER)


def list_people_who_may(
    unit: UnitOfWork, *, shop_id: UUID, permission: Permission
) -> frozenset[UUID]:
    """Return who has a permission on a shop."""
    rows = unit.session.execute(_memberships(shop_id))
    return frozenset(row.person_id for row in rows if permission in _rights(row).permissions)


def list_names(unit: UnitOfWork, person_ids: Collection[UUID]) -> dict[UUID, str]:
    """Return what people are called; whoever is gone is not in it."""
    rows = unit.session.execute(select(Person.id, Person.name).where(Person.id.in_(person_ids)))
    return {row.id: row.name for row in rows}


def list_custom_roles(unit: UnitOfWork, *, shop_id: UUID) -> list[CustomRoleRecord]:
    """Return the roles that a shop made, by name."""
    holders = (
        select(func.count())
        .where(Membership.custom_role_id == CustomRole.id, Membership.shop_id == shop_id)
        .scalar_subquery()
    )
    rows = unit.session.execute(
        select(CustomRole.id, CustomRole.name, CustomRole.permissions, holders.label("holders"))
        .where(CustomRole.shop_id == shop_id)
        .order_by(func.lower(CustomRole.name))
    )
    return [
        CustomRoleRecord(
            row.id, row.name, permissions_of(Role.CUSTOM, row.permissions), row.holders
        )
        for row in rows
    ]


def get_custom_role(unit: UnitOfWork, custom_role_id: UUID, *, shop_id: UUID) -> CustomRoleRecord:
    """Return a role that the shop made. Raises NotFoundError; another shop's is not found either."""
    found = list_custom_roles(unit, shop_id=shop_id)
    for each in found:
        if each.id == custom_role_id:
            return each
    raise NotFoundError


def _memberships(
    shop_id: UUID,
) -> Any:
    return (
        select(
            Membership.person_id, Membership.role, Membership.custom_role_id, Membership.supplies,
            Membership.granted_at, CustomRole.name.label("custom_name"), CustomRole.permissions,
        )
        .outerjoin(
            CustomRole,
            and_(
                CustomRole.id == Membership.custom_role_id,
                CustomRole.shop_id == Membership.shop_id,
            ),
        )
        .where(Membership.shop_id == shop_id)
    )  # fmt: skip


def _rights(found: Any) -> Rights:
    role = Role(found.role)
    return Rights(
        person_id=found.person_id, role=role, custom_role_id=found.custom_role_id,
        custom_name=found.custom_name or "", supplies=found.supplies,
        permissions=permissions_of(role, found.permissions), granted_at=found.granted_at,
    )  # fmt: skip
