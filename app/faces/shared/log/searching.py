"""What is looked for in a log: a page's filters, and the way to the next page."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import request
from flask_babel import gettext

from app.faces.shared.log.words import ACTIONS, KINDS
from app.foundation.audit.queries import LogEntry, Search
from app.foundation.identifiers import parse_id

PAGE_SIZE = 50
LONGEST = 80
PLACE_DIGITS = 16


@dataclass(frozen=True, slots=True)
class LogForm:
    """What a page's filters hold as they were typed, what they mean, and what is wrong with them."""

    typed: dict[str, str]
    search: Search
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def is_narrow(self) -> bool:
        """Whether anything is looked for."""
        return any(self.typed.values())


def read_log_form() -> LogForm:
    """Return the page's filters from its address; what cannot be read is an error beside its field."""
    names = ("who", "what", "kind", "object", "since", "until", "place", "shop")
    typed = {name: _text(name) for name in names}
    errors: dict[str, str] = {}
    since, until = (_day(typed, name, errors) for name in ("since", "until"))
    if since and until and until < since:
        errors["until"] = gettext("The last day is before the first.")
    search = Search(
        actor=typed["who"],
        action=typed["what"],
        kind=typed["kind"] if typed["kind"] in KINDS else "",
        object_id=typed["object"],
        place=typed["place"][:PLACE_DIGITS],
        since=since,
        until=until + timedelta(days=1) if until else None,
        older_than=parse_id(_text("older")),
    )
    return LogForm(typed, search, errors)


def _text(name: str) -> str:
    return request.args.get(name, "").replace("\x00", "").strip()[:LONGEST]


def _day(typed: dict[str, str], name: str, errors: dict[str, str]) -> datetime | None:
    if not typed[name]:
        return None
    try:
        return datetime.strptime(typed[name], "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        errors[name] = gettext("Write a day as year-month-day, for example 2026-11-21.")
        return None


def older_than(entries: list[LogEntry], *, has_more: bool) -> str:
    """Return the address of the next page with the same filters, or '' at the end."""
    if not has_more:
        return ""
    kept = {name: value for name, value in request.args.items() if name != "older"}
    return f"?{urlencode({**kept, 'older': str(entries[-1].id)})}"


def kind_choices() -> list[tuple[str, Any]]:
    """Return the kinds for a filter."""
    return [("", gettext("All")), *KINDS.items()]


def action_choices() -> list[tuple[str, Any]]:
    """Return the actions for a filter, by their words."""
    return [("", gettext("All")), *sorted(ACTIONS.items(), key=lambda each: str(each[1]))]
