"""Keeping, changing and removing a person's addresses. All in the directory."""

import json
from uuid import UUID

from sqlalchemy import delete, func, insert, select, update

from app.domains.accounts.addresses.errors import AddressNotKeptError, TooManyAddressesError
from app.domains.accounts.addresses.models import PersonAddress
from app.domains.accounts.addresses.rules import check_address
from app.domains.accounts.people.models import Person
from app.foundation.errors import NotFoundError
from app.foundation.identifiers import new_id
from app.foundation.sealing import key_for
from app.foundation.unit_of_work import UnitOfWork

MOST_ADDRESSES = 20


def add_address(
    unit: UnitOfWork,
    *,
    person_id: UUID,
    address: dict[str, str],
    address_id: UUID | None = None,
) -> UUID:
    """Keep one more address; a person's first is the one used first.

    `address_id` comes from the form, so that one that is sent twice is one address.

    Raises AddressNotKeptError, TooManyAddressesError.
    """
    written = _check(address)
    _one_at_a_time(unit, person_id)
    address_id = address_id or new_id()
    if _is_kept(unit, address_id):
        return address_id
    kept = unit.session.execute(
        select(func.count()).select_from(PersonAddress).where(PersonAddress.person_id == person_id)
    ).scalar_one()
    if kept >= MOST_ADDRESSES:
        raise TooManyAddressesError
    key = key_for(unit, owner=person_id.bytes)
    unit.session.execute(
        insert(PersonAddress).values(
            id=address_id, person_id=person_id, key_id=key.id, address=key.seal(written),
            is_default=kept == 0, created_at=unit.now, changed_at=unit.now,
        )
    )  # fmt: skip
    _audit(unit, person_id, "add_address", address_id)
    return address_id


def change_address(
    unit: UnitOfWork, *, person_id: UUID, address_id: UUID, address: dict[str, str]
) -> None:
    """Write one of a person's own addresses anew. Raises AddressNotKeptError, NotFoundError."""
    written, key = _check(address), key_for(unit, owner=person_id.bytes)
    changed = unit.session.execute(
        update(PersonAddress)
        .where(PersonAddress.id == address_id, PersonAddress.person_id == person_id)
        .values(key_id=key.id, address=key.seal(written), changed_at=unit.now)
        .returning(PersonAddress.id)
    ).first()
    if changed is None:
        raise NotFoundError
    _audit(unit, person_id, "change_address", address_id)


def use_first(unit: UnitOfWork, *, person_id: UUID, address_id: UUID) -> None:
    """Use one of a person's own addresses before the others. Raises NotFoundError."""
    _one_at_a_time(unit, person_id)
    _use_none_first(unit, person_id)
    chosen = unit.session.execute(
        update(PersonAddress)
        .where(PersonAddress.id == address_id, PersonAddress.person_id == person_id)
        .values(is_default=True, changed_at=unit.now)
        .returning(PersonAddress.id)
    ).first()
    if chosen is None:
        raise NotFoundError


def remove_address(unit: UnitOfWork, *, person_id: UUID, address_id: UUID) -> None:
    """Remove one of a person's own addresses; the oldest left is used first then.

    Raises NotFoundError.
    """
    _one_at_a_time(unit, person_id)
    removed = unit.session.execute(
        delete(PersonAddress)
        .where(PersonAddress.id == address_id, PersonAddress.person_id == person_id)
        .returning(PersonAddress.is_default)
    ).first()
    if removed is None:
        raise NotFoundError
    if removed.is_default:
        oldest = (
            select(PersonAddress.id)
            .where(PersonAddress.person_id == person_id)
            .order_by(PersonAddress.created_at, PersonAddress.id)
            .limit(1)
        )
        unit.session.execute(
            update(PersonAddress)
            .where(PersonAddress.id == oldest.scalar_subquery())
            .values(is_default=True)
        )
    _audit(unit, person_id, "remove_address", address_id)


def _one_at_a_time(unit: UnitOfWork, person_id: UUID) -> None:
    """Let two requests of one person wait for each other: one address is used first, never two."""
    unit.session.execute(select(Person.id).where(Person.id == person_id).with_for_update())


def _is_kept(unit: UnitOfWork, address_id: UUID) -> bool:
    query = select(PersonAddress.id).where(PersonAddress.id == address_id)
    return unit.session.execute(query).first() is not None


def _check(address: dict[str, str]) -> str:
    normal, problems = check_address(address)
    if problems:
        raise AddressNotKeptError(problems)
    return json.dumps(normal, ensure_ascii=False)


def _use_none_first(unit: UnitOfWork, person_id: UUID) -> None:
    unit.session.execute(
        update(PersonAddress)
        .where(PersonAddress.person_id == person_id, PersonAddress.is_default)
        .values(is_default=False)
    )


def _audit(unit: UnitOfWork, person_id: UUID, action: str, address_id: UUID) -> None:
    unit.audit(actor=str(person_id), action=action, object_kind="address", object_id=address_id)
