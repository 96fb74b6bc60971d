"""Entries of a log as a page shows them, to a reader who may not know everything."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from flask_babel import gettext

from app.faces.shared.log.words import (
    OF_SHOP,
    mark,
    tell_action,
    tell_field,
    tell_object,
    tell_value,
)
from app.foundation.audit.queries import LogEntry
from app.foundation.identifiers import parse_id
from app.foundation.money import Money


@dataclass(frozen=True, slots=True)
class Detail:
    """A field of an entry: its name, and what it was and is; None where that was not written."""

    name: str
    was: Any
    now: Any


@dataclass(frozen=True, slots=True)
class LogRow:
    """An entry as a page shows it; `names` of the people whom this reader may know.

    Without `shows_ids` no other id is shown but those of a shop's own things.
    """

    entry: LogEntry
    who: str
    name: str
    names: Mapping[UUID, str]
    link: str = ""
    who_link: str = ""
    shows_place: bool = True
    shows_ids: bool = True

    @property
    def action(self) -> str:
        """What was done, in words."""
        return tell_action(self.entry)

    @property
    def object(self) -> str:
        """What kind of thing it was done to, in words."""
        return tell_object(self.entry)

    @property
    def details(self) -> list[Detail]:
        """The fields, in words; first what was noted, then what was changed."""
        entry = self.entry
        noted = [
            Detail(tell_field(key), None, self._tell(key, value))
            for key, value in _fields_of(entry).items()
        ]
        changed = [
            Detail(
                tell_field(key),
                self._tell(key, entry.before.get(key)),
                self._tell(key, entry.after.get(key)),
            )
            for key in sorted({*entry.before, *entry.after})
        ]
        return noted + changed

    def _tell(self, key: str, value: Any) -> Any:
        """Return a value in words; ids only of people and things that this reader may know."""
        found = parse_id(value) if isinstance(value, str) else None
        if found and found in self.names:
            return self.names[found]
        if found and not self.shows_ids and key not in OF_SHOP:
            return gettext("not shown")
        return mark(value) if found else tell_value(value)

    @property
    def network(self) -> str:
        """The coarse network that it came from, where this reader may know."""
        return self.entry.network if self.shows_place else ""

    @property
    def place(self) -> str:
        """The mark of the place, by which the same place is known again."""
        return self.entry.place

    @property
    def same_place(self) -> str:
        """The address of the page that shows what came from the same place."""
        return f"?{urlencode({'place': self.entry.place})}"


def _fields_of(entry: LogEntry) -> dict[str, Any]:
    """Return an entry's fields but the shop's, which pages name; an amount is money."""
    fields = {key: value for key, value in entry.fields.items() if key != "shop"}
    amount, currency = fields.get("amount"), fields.get("currency")
    if isinstance(amount, int) and isinstance(currency, str):
        del fields["currency"]
        fields["amount"] = Money(amount, currency)
    return fields


def people_in(entries: list[LogEntry]) -> set[UUID]:
    """Return the people who acted, or on whom it was acted, or of whom a field may speak."""
    named = {entry.actor for entry in entries}
    named |= {entry.object_id for entry in entries if entry.object_kind == "person"}
    named |= {
        value
        for entry in entries
        for key, value in entry.fields.items()
        if isinstance(value, str) and key not in OF_SHOP
    }
    return {found for each in named if (found := parse_id(each))}


def history_of(entry: LogEntry) -> str:
    """Return the address of the page that shows what else was done to the same thing, or ''."""
    return f"?{urlencode({'object': entry.object_id})}" if parse_id(entry.object_id) else ""
