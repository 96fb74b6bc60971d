"""Erasing a person everywhere: first the account, then each shop, then what names their payments.

Each step is a unit of work of its own and may be repeated: an erasure that was killed goes on where
it was. Where a person stood in a shop is written down before it is erased there, so that a second
turn still knows which rows were theirs. Orders and books stay, with nobody's name in them.

The last mail needs an address that is erased in the first step: it is held in memory until the turn
ends and written down nowhere, so a process that is killed in between leaves the mail unsent.
"""

from collections.abc import Iterable, Iterator
from uuid import UUID

import structlog

from app.domains.accounts.people.queries import get_person
from app.domains.accounts.personal_data import get_subject
from app.domains.privacy.blockers import list_blockers
from app.domains.privacy.operations import (
    begin_erasure,
    finish_erasure,
    note_place,
    note_place_erased,
    repeat_erasure,
)
from app.domains.privacy.places import list_shops_with
from app.domains.privacy.ports import Farewell, LastMail
from app.domains.privacy.queries import (
    ErasureRecord,
    find_open_erasure,
    list_due_erasures,
    list_places,
)
from app.domains.privacy.register import list_erased, write_list
from app.domains.privacy.rules import FINISHED_WITHIN
from app.foundation.database import directory_scope
from app.foundation.errors import NotFoundError
from app.foundation.personal_data import Subject, erase_rows_of, find_rows_of, holdings
from app.foundation.ports import port
from app.foundation.unit_of_work import unit_of_work
from tenants.resolution import ShopRecord

log = structlog.get_logger(__name__)


def erase_due() -> int:
    """Carry out every erasure whose time has come; return how many are done.

    One that is blocked by something new under way waits for the next turn; one that has waited
    longer than was promised needs a person, so the log says so each time (SEC-004).
    """
    with unit_of_work(directory_scope()) as unit:
        due, now = list_due_erasures(unit), unit.now
    for erasure in due:
        if now - erasure.asked_at > FINISHED_WITHIN:
            log.error("erasure late", erasure_id=str(erasure.id), asked_at=str(erasure.asked_at))
    return sum(_carry_out(erasure) for erasure in due)


def repeat_erasures(more: Iterable[UUID] = ()) -> int:
    """Erase again whoever a restored backup may have brought back; return how many there were.

    `more` are ids that neither the directory nor the file beside it knows. A person of whom nothing
    is left is looked for in vain, and stays on the list.
    """
    repeated = 0
    for person_id in sorted({*list_erased(), *more}):
        with unit_of_work(directory_scope()) as unit:
            erasure_id = repeat_erasure(unit, person_id=person_id)
        with unit_of_work(directory_scope()) as unit:
            found = find_open_erasure(unit, person_id=person_id)
        if found is not None and found.id == erasure_id:
            erase_person(found)
            repeated += 1
    return repeated


def _carry_out(erasure: ErasureRecord) -> bool:
    if erasure.began_at is None and list_blockers(person_id=erasure.person_id):
        log.info("erasure waits", erasure_id=str(erasure.id))
        return False
    try:
        erase_person(erasure)
    except Exception:
        log.exception("erasure interrupted", erasure_id=str(erasure.id))
        return False
    return True


def erase_person(erasure: ErasureRecord) -> None:
    """Erase a person from the directory and from every shop, files and messages included."""
    farewell = _find_farewell(erasure)
    who = _begin(erasure)
    try:
        _erase_everywhere(erasure, who)
    finally:
        if farewell:
            _say(farewell)


def _find_farewell(erasure: ErasureRecord) -> Farewell | None:
    """Return whom to write to at the end; nobody where they were told before, or are gone."""
    if erasure.began_at is not None or erasure.due_at == erasure.asked_at:
        return None
    try:
        with unit_of_work(directory_scope()) as unit:
            person = get_person(unit, erasure.person_id)
    except NotFoundError:
        return None
    until = erasure.asked_at + FINISHED_WITHIN
    return Farewell(erasure.id, person.email, person.name, person.language, until)


def _say(farewell: Farewell) -> None:
    """Send the last mail; that it could not be sent keeps nobody from being erased."""
    try:
        port(LastMail).send(farewell)
    except Exception as error:  # noqa: BLE001 - its words may hold the address: only its kind is told
        log.warning(
            "last mail not sent",
            erasure_id=str(farewell.erasure_id), error=type(error).__name__,
        )  # fmt: skip


def _erase_everywhere(erasure: ErasureRecord, who: Subject) -> None:
    with unit_of_work(directory_scope()) as unit:
        known = list_places(unit, erasure_id=erasure.id)
    for shop in _shops_to_visit(who, frozenset(known)):
        found = _erase_in(shop, erasure.id, who, known.get(shop.id, {}))
        who.ids.setdefault("payment", set()).update(found)
    last = Subject(who.person_id, frozenset(), who.until, {"payment": set(who.of("payment"))})
    with unit_of_work(directory_scope()) as unit:
        erase_rows_of(unit, holdings.of_directory(), last)
        finish_erasure(unit, erasure_id=erasure.id)
    write_list()
    log.info("person erased", erasure_id=str(erasure.id))


def _shops_to_visit(who: Subject, known: frozenset[UUID]) -> Iterator[ShopRecord]:
    """Yield each shop with rows of the person once, until a look around finds no further one.

    What was on its way while the account was taken may be written in the meantime.
    """
    visited: set[UUID] = set()
    while left := [s for s in list_shops_with(who, more=known) if s.id not in visited]:
        for shop in left:
            visited.add(shop.id)
            yield shop


def _begin(erasure: ErasureRecord) -> Subject:
    """Take the account away: from now on nobody can sign in to it, and its address is free."""
    if erasure.began_at is not None:
        return Subject(erasure.person_id, erasure.email_indexes, erasure.began_at)
    with unit_of_work(directory_scope()) as unit:
        try:
            who = get_subject(unit, person_id=erasure.person_id)
        except NotFoundError:  # a restored shop may know a person whom the directory has forgotten
            who = Subject(erasure.person_id, frozenset(), unit.now)
        begin_erasure(unit, erasure_id=erasure.id, email_indexes=who.email_indexes)
        erase_rows_of(unit, holdings.of_directory(), who)
    return who


def _erase_in(
    shop: ShopRecord, erasure_id: UUID, who: Subject, known: dict[str, set[UUID]]
) -> set[UUID]:
    """Erase a person in one shop; return the ids of their payments there."""
    here = Subject(who.person_id, who.email_indexes, who.until, dict(known))
    with unit_of_work(shop.scope) as unit:
        is_known = find_rows_of(unit, holdings.of_shops(), here)
    if not is_known and not known:
        return set()
    with unit_of_work(directory_scope()) as unit:
        note_place(unit, erasure_id=erasure_id, shop_id=shop.id, ids=here.ids)
    with unit_of_work(shop.scope) as unit:
        find_rows_of(unit, holdings.of_shops(), here)
        erase_rows_of(unit, holdings.of_shops(), here)
        unit.audit(
            actor="system", action="erase_person", object_kind="person", object_id=who.person_id
        )
    with unit_of_work(directory_scope()) as unit:
        note_place_erased(unit, erasure_id=erasure_id, shop_id=shop.id)
    return set(here.of("payment"))
