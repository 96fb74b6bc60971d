"""Wishing to be erased, taking it back, and noting how far an erasure is."""

from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from app.domains.privacy.events import ErasureAsked, ErasureWithdrawn
from app.domains.privacy.models import Erasure, ErasurePlace
from app.domains.privacy.queries import ErasureRecord, find_open_erasure
from app.domains.privacy.rules import COOLING_OFF, ErasureState
from app.foundation.errors import NotFoundError
from app.foundation.identifiers import new_id
from app.foundation.unit_of_work import UnitOfWork


def ask_for_erasure(unit: UnitOfWork, *, person_id: UUID) -> ErasureRecord:
    """Note that a person wants to be erased, from seven days on; asking again changes nothing."""
    written = unit.session.execute(
        upsert(Erasure)
        .values(
            id=new_id(), person_id=person_id, state=ErasureState.ASKED.value, asked_at=unit.now,
            due_at=unit.now + COOLING_OFF,
        )
        .on_conflict_do_nothing()
        .returning(Erasure.id)
    ).scalar_one_or_none()  # fmt: skip
    if written:
        unit.record(ErasureAsked(erasure_id=written, person_id=person_id))
        _audit(unit, str(person_id), "ask_for_erasure", person_id)
    found = find_open_erasure(unit, person_id=person_id)
    if found is None:
        raise NotFoundError
    return found


def keep_account(unit: UnitOfWork, *, person_id: UUID) -> None:
    """Take the wish back, while nothing is erased yet. Raises NotFoundError where it is too late."""
    withdrawn = unit.session.execute(
        update(Erasure)
        .where(Erasure.person_id == person_id, Erasure.state == ErasureState.ASKED.value)
        .values(state=ErasureState.WITHDRAWN.value, finished_at=unit.now)
        .returning(Erasure.id)
    ).scalar_one_or_none()
    if withdrawn is None:
        raise NotFoundError
    unit.record(ErasureWithdrawn(erasure_id=withdrawn, person_id=person_id))
    _audit(unit, str(person_id), "keep_account", person_id)


def begin_erasure(unit: UnitOfWork, *, erasure_id: UUID, email_indexes: frozenset[bytes]) -> bool:
    """Note that the erasure is at work now; it cannot be taken back. False where it was already."""
    index, other, *_ = (*sorted(email_indexes), None, None)
    begun = unit.session.execute(
        update(Erasure)
        .where(Erasure.id == erasure_id, Erasure.state == ErasureState.ASKED.value)
        .values(
            state=ErasureState.RUNNING.value,
            began_at=unit.now,
            email_index=index,
            other_index=other,
        )
        .returning(Erasure.id)
    ).first()
    return begun is not None


def repeat_erasure(unit: UnitOfWork, *, person_id: UUID) -> UUID:
    """Note an erasure that was done before and is due again, because a backup was restored."""
    open_one = find_open_erasure(unit, person_id=person_id)
    if open_one is not None:
        return open_one.id
    erasure_id = new_id()
    unit.session.execute(
        insert(Erasure).values(
            id=erasure_id, person_id=person_id, state=ErasureState.ASKED.value,
            asked_at=unit.now, due_at=unit.now,
        )
    )  # fmt: skip
    return erasure_id


def note_place(
    unit: UnitOfWork, *, erasure_id: UUID, shop_id: UUID, ids: dict[str, set[UUID]]
) -> None:
    """Keep which rows of a shop are the person's, before they are erased there."""
    written = {kind: sorted(map(str, found)) for kind, found in ids.items()}
    unit.session.execute(
        upsert(ErasurePlace)
        .values(erasure_id=erasure_id, shop_id=shop_id, ids=written, found_at=unit.now)
        .on_conflict_do_update(index_elements=["erasure_id", "shop_id"], set_={"ids": written})
    )


def note_place_erased(unit: UnitOfWork, *, erasure_id: UUID, shop_id: UUID) -> None:
    """Note that a shop holds nothing of the person any more."""
    unit.session.execute(
        update(ErasurePlace)
        .where(ErasurePlace.erasure_id == erasure_id, ErasurePlace.shop_id == shop_id)
        .values(erased_at=unit.now)
    )


def finish_erasure(unit: UnitOfWork, *, erasure_id: UUID) -> None:
    """Note that nothing of the person is left; the fingerprint of the address goes last."""
    person_id = unit.session.execute(
        select(Erasure.person_id).where(Erasure.id == erasure_id)
    ).scalar_one()
    unit.session.execute(
        update(Erasure)
        .where(Erasure.id == erasure_id, Erasure.state == ErasureState.RUNNING.value)
        .values(
            state=ErasureState.DONE.value, finished_at=unit.now, email_index=None, other_index=None
        )
    )
    _audit(unit, "system", "erase_person", person_id)


def _audit(unit: UnitOfWork, actor: str, action: str, person_id: UUID) -> None:
    unit.audit(actor=actor, action=action, object_kind="person", object_id=person_id)
