"""Whom a shop's log may name: the shop's people; of others only that the platform's they are."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from app.domains.accounts.memberships.models import Membership
from app.domains.accounts.people.models import Person
from app.domains.accounts.rules import PLATFORM
from app.foundation.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Team:
    """Who works for a shop, by id with their names; and who of others works for the platform."""

    names: dict[UUID, str]
    of_platform: frozenset[UUID]


def get_team(unit: UnitOfWork, *, shop_id: UUID, others: Iterable[UUID]) -> Team:
    """Return a shop's people, and which of `others` are the platform's; no other name is read."""
    rows = unit.session.execute(
        select(Person.id, Person.name)
        .join(Membership, Membership.person_id == Person.id)
        .where(Membership.shop_id == shop_id)
    )
    names = {row.id: row.name for row in rows}
    return Team(names, list_of_platform(unit, others))


def list_of_platform(unit: UnitOfWork, person_ids: Iterable[UUID]) -> frozenset[UUID]:
    """Return which of these people work for the platform."""
    wanted = list(person_ids)
    if not wanted:
        return frozenset()
    found = unit.session.execute(
        select(Membership.person_id).where(
            Membership.shop_id == PLATFORM, Membership.person_id.in_(wanted)
        )
    )
    return frozenset(found.scalars())
