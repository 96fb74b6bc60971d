"""The keys of people: one for each owner in each place, made on first use, destroyed for good.

The owner is who the data is about, as the place knows them: in the directory a person's id (its 16
bytes), in a shop the blind index of the e-mail address, so that guests have a key as well.
"""

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Select, Table, bindparam, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from app.foundation.identifiers import new_id
from app.foundation.sealing import formats
from app.foundation.sealing.ring import email_indexes

if TYPE_CHECKING:
    from app.foundation.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class PersonKey:
    """A person's key in the unit's place; its id stands in `key_id` beside what it sealed."""

    id: UUID
    cipher: AESGCM

    def seal(self, text: str) -> "ForPerson":
        """Return a text on its way into a column of the type SealedForPerson."""
        return ForPerson(self, text)


@dataclass(frozen=True, slots=True)
class ForPerson:
    """A text and the person's key that the column seals it with."""

    key: PersonKey
    text: str

    def sealed(self, purpose: str) -> bytes:
        """Return what stands in the column."""
        return formats.seal_for_person(self.key.cipher, self.key.id, self.text, purpose=purpose)


def key_for(unit: "UnitOfWork", *, owner: bytes, former: tuple[bytes, ...] = ()) -> PersonKey:
    """Return the key of an owner in the unit's place, made where there is none.

    `former` are other blind indexes of the same address, while the key of look-ups changes: a key
    that stands under one of them is theirs too.

    It is locked until the commit, so that nobody changes or destroys it while it is used to seal;
    asked for again in the same unit, it costs no statement.
    """
    held: dict[bytes, PersonKey] = unit.keys.held
    while owner not in held:
        # None made: another transaction has just made it, and may have destroyed it again.
        found = _find(unit, owner, former) or _make(unit, owner)
        if found is not None:
            held[owner] = found
    return held[owner]


def key_for_address(unit: "UnitOfWork", *, email: str) -> PersonKey:
    """Return the key that an e-mail address has in this shop, made where there is none."""
    index, *former = email_indexes(email)
    return key_for(unit, owner=index, former=tuple(former))


def _find(unit: "UnitOfWork", owner: bytes, former: tuple[bytes, ...]) -> PersonKey | None:
    found = (_read(unit, "owner", each) for each in (owner, *former))
    return next((key for key in found if key is not None), None)


def key_of_id(unit: "UnitOfWork", *, key_id: UUID) -> PersonKey:
    """Return a key by its id, locked until the commit. Raises LookupError."""
    found = _read(unit, "id", key_id)
    if found is None:
        raise LookupError(f"no key {key_id}")
    return found


def _read(unit: "UnitOfWork", name: str, value: Any) -> PersonKey | None:
    row = unit.connection.execute(
        _key_by(unit.keys.people_table, name), {"asked": value}
    ).first()  # fmt: skip
    return PersonKey(row.id, unit.keys.unwrap(row.wrapped, key_id=row.id)) if row else None


@cache
def _key_by(people: Table, name: str) -> Select[Any]:
    """Return the statement, built once: whatever is sealed for a person begins with it."""
    which = people.c[name] == bindparam("asked")
    found = select(people.c.id, people.c.wrapped).where(which)
    return found.with_for_update(read=True, key_share=True)


def _make(unit: "UnitOfWork", owner: bytes) -> PersonKey | None:
    people, key_id, key = unit.keys.people_table, new_id(), formats.new_key()
    wrapped = unit.keys.wrap(key, key_id=key_id)
    version = formats.version_of(wrapped)
    written = unit.connection.execute(
        insert(people)
        .values(
            id=key_id, owner=owner, wrapped=wrapped, place_version=version, made_version=version,
            made_at=unit.now,
        )
        .on_conflict_do_nothing()
        .returning(people.c.id)
    ).first()  # fmt: skip
    return PersonKey(key_id, AESGCM(key)) if written else None


def destroy_key(unit: "UnitOfWork", *, owner: bytes) -> bool:
    """Destroy an owner's key in the unit's place: what it sealed reads as None from the commit on.

    With it go keys that it replaced, where a rotation has not moved everything from them yet.

    The owner may come back later and gets another key. Returns whether there was a key. It waits
    for transactions that are sealing with it. The database refuses to undo it.
    """
    people = unit.keys.people_table
    unit.keys.held.pop(owner, None)
    newest = unit.connection.execute(
        select(people.c.id).where(people.c.owner == owner).with_for_update()
    ).scalar_one_or_none()
    if newest is not None:
        unit.connection.execute(
            update(people)
            .where(or_(people.c.id == newest, people.c.replaced_by == newest))
            .values(wrapped=b"", owner=None, destroyed_at=unit.now)
        )
    return newest is not None
