"""What the foundation's own tables hold of people: keys, stored answers, the log."""

import re

from flask_babel import lazy_gettext
from sqlalchemy import false, select, update

from app.domains.customers.queries import has_customer_under
from app.domains.orders.operations import NOBODY
from app.domains.orders.queries import has_contact_under
from app.domains.privacy.models import PersonPlace
from app.foundation.models import (
    AuditRow,
    DirectoryAuditRow,
    IdempotencyKey,
    PersonKeyRow,
    SealingKey,
)
from app.foundation.personal_data import By, Holding, Keep, Subject
from app.foundation.sealing import destroy_key, email_indexes
from app.foundation.unit_of_work import UnitOfWork

LOG = lazy_gettext("The log of who did what must be kept; it holds ids and no names.")
ADDRESS = re.compile(r"[^\s\"'<>@,;:\\]+@[^\s\"'<>@,;:\\]+")
BATCH = 500


def _destroy_in_directory(unit: UnitOfWork, who: Subject) -> None:
    destroy_key(unit, owner=who.person_id.bytes)


def _destroy_in_shop(unit: UnitOfWork, who: Subject) -> None:
    """Destroy the keys under which the person stood, but one that somebody else stands under too.

    An address passes on now and then; what its former owner left has been overwritten by now.
    """
    for owner in (who.key_owners | who.email_indexes) - {NOBODY}:
        is_shared = has_contact_under(unit, owner=owner) or has_customer_under(unit, owner=owner)
        if not is_shared:
            destroy_key(unit, owner=owner)


def _empty_answers(unit: UnitOfWork, who: Subject) -> None:
    """Empty stored answers in which one of the person's addresses stands; they are opened for it."""
    indexes = (who.email_indexes | who.key_owners) - {NOBODY}
    last = ""
    while True:
        rows = unit.session.execute(
            select(IdempotencyKey.key, IdempotencyKey.body)
            .where(IdempotencyKey.body.is_not(None), IdempotencyKey.key > last)
            .order_by(IdempotencyKey.key)
            .limit(BATCH)
        ).all()
        named = [row.key for row in rows if _names_one_of(row.body or "", indexes)]
        if named:
            unit.session.execute(
                update(IdempotencyKey).where(IdempotencyKey.key.in_(named)).values(body=None)
            )
        if len(rows) < BATCH:
            return
        last = rows[-1].key


def _names_one_of(text: str, indexes: set[bytes] | frozenset[bytes]) -> bool:
    found = set(ADDRESS.findall(text))
    return any(not indexes.isdisjoint(email_indexes(each)) for each in found)


OF_DIRECTORY = (
    Holding(
        table=PersonKeyRow,
        title="",
        find=lambda who: PersonKeyRow.owner == who.person_id.bytes,
        erasure=By(_destroy_in_directory, columns=("owner", "wrapped", "replaced_by")),
        untold={
            "owner": "a fingerprint of the account or the address",
            "wrapped": "the key that protects the rest",
            "replaced_by": "an id of a key",
        },
    ),
    Holding(
        table=DirectoryAuditRow,
        title=lazy_gettext("What you did"),
        find=lambda who: DirectoryAuditRow.actor == str(who.person_id),
        exported=("action", "object_kind", "object_id", "network", "recorded_at"),
        erasure=Keep(LOG),
        untold={
            "actor": "the account that the export itself is about",
            "place": "a keyed hash of the address from which it was done",
        },
    ),
)
OF_SHOPS = (
    Holding(
        table=PersonPlace,
        title="",
        find=lambda who: PersonPlace.owner.in_({who.person_id.bytes, *who.email_indexes}),
        erasure=Keep("The database removes each line together with the row that it speaks of."),
        untold={"owner": "the account's id, or a fingerprint of the address"},
    ),
    Holding(
        table=SealingKey,
        title="",
        find=lambda who: SealingKey.owner.in_(who.email_indexes | who.key_owners),
        erasure=By(_destroy_in_shop, columns=("owner", "wrapped", "replaced_by")),
        untold={
            "owner": "a fingerprint of the account or the address",
            "wrapped": "the key that protects the rest",
            "replaced_by": "an id of a key",
        },
    ),
    Holding(
        table=IdempotencyKey,
        title="",
        find=lambda _: false(),
        erasure=By(_empty_answers, columns=("body",)),
        untold={"body": "what was answered to a program; the same stands with the orders"},
    ),
    Holding(
        table=AuditRow,
        title=lazy_gettext("What you did in this shop"),
        find=lambda who: AuditRow.actor == str(who.person_id),
        exported=("action", "object_kind", "object_id", "network", "recorded_at"),
        erasure=Keep(LOG),
        untold={
            "actor": "the account that the export itself is about",
            "place": "a keyed hash of the address from which it was done",
        },
    ),
)
