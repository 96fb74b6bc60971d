"""Everything that we hold of a person, at once: the directory's rows, then each shop's."""

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.domains.accounts.personal_data import get_subject
from app.domains.privacy.places import list_shops_with
from app.foundation.audit.rules import AuditKind
from app.foundation.database import directory_scope
from app.foundation.personal_data import Subject, find_rows_of, holdings, read_rows_of
from app.foundation.unit_of_work import unit_of_work
from tenants.resolution import ShopRecord

Rows = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Section:
    """One table's worth: its name, what it is called for people, the rows."""

    name: str
    title: str
    rows: Rows


@dataclass(frozen=True, slots=True)
class PersonExport:
    """All that is held of a person: on the platform, and in each shop that has something."""

    person_id: UUID
    made_at: datetime
    platform: list[Section]
    shops: list[tuple[ShopRecord, list[Section]]]

    def as_json(self) -> str:
        """Return the export for programs: UTF-8, amounts in minor units, times in UTC."""
        shops = {shop.slug: {"name": shop.name, **_by_name(found)} for shop, found in self.shops}
        content = {
            "format": "galleria-person-1", "person": str(self.person_id),
            "made_at": self.made_at.isoformat(), "platform": _by_name(self.platform),
            "shops": shops,
        }  # fmt: skip
        return json.dumps(content, ensure_ascii=False, indent=2, default=_write)


def export_person(*, person_id: UUID, actor: str) -> PersonExport:
    """Gather all that is held of a person; the look is in the log of each place.

    Opens units of its own: for the directory, for each cell and for each shop that knows the
    person, however many other shops there are. Raises NotFoundError.
    """
    with unit_of_work(directory_scope()) as unit:
        who = get_subject(unit, person_id=person_id)
        made_at = unit.now
    of_shops = list(_read_shops(list_shops_with(who), who, actor))
    with unit_of_work(directory_scope()) as unit:
        platform = _sections(unit, holdings.of_directory(), who)
        unit.audit(
            actor=actor, action="export_person", object_kind="person", object_id=person_id,
            kind=AuditKind.ACCESS, shops=len(of_shops),
        )  # fmt: skip
    return PersonExport(person_id, made_at, platform, of_shops)


def _read_shops(
    shops: list[ShopRecord], who: Subject, actor: str
) -> Iterator[tuple[ShopRecord, list[Section]]]:
    payments: set[UUID] = set()
    for shop in shops:
        here = Subject(who.person_id, who.email_indexes, who.until)
        with unit_of_work(shop.scope) as unit:
            if not find_rows_of(unit, holdings.of_shops(), here):
                continue
            sections = _sections(unit, holdings.of_shops(), here)
            unit.audit(
                actor=actor, action="export_person", object_kind="person",
                object_id=who.person_id, kind=AuditKind.ACCESS,
            )  # fmt: skip
        payments |= set(here.of("payment"))
        yield shop, sections
    who.ids["payment"] = payments


def _sections(unit: Any, listed: Any, who: Subject) -> list[Section]:
    return [
        Section(holding.name, str(holding.title), [_plain(row) for row in rows])
        for holding, rows in read_rows_of(unit, listed, who)
    ]


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row with the JSON inside sealed texts read."""
    return {name: _read(value) for name, value in row.items()}


def _read(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(("{", "[")):
        with suppress(ValueError):
            return json.loads(value)
    return value


def _by_name(sections: list[Section]) -> dict[str, Rows]:
    return {section.name: section.rows for section in sections}


def _write(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
