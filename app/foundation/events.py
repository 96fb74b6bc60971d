"""Events: frozen records of ids and values, and the table of who reacts to which."""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Any, Literal

from pydantic import TypeAdapter

Queue = Literal["money", "mail", "default"]
QUEUES: tuple[Queue, ...] = ("money", "mail", "default")
"""The queues in the order in which a worker empties them: money before mail before the rest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that has happened, committed with what made it true. No personal data, ever."""


@dataclass(frozen=True, slots=True)
class Reaction:
    """What follows an event, after its commit.

    `apply` with kind "transaction" gets (unit, event) in a unit of work of its own, and happens
    once. With kind "job" it gets (scope, event), opens its own units, talks to the outside between
    them, and must be safe to repeat: it may be called again after a crash.
    """

    name: str
    event: type[Event]
    apply: Callable[..., None]
    queue: Queue = "default"
    kind: Literal["transaction", "job"] = "transaction"


class ReactionTable:
    """All events and their reactions, filled once by the wiring."""

    def __init__(self) -> None:
        self._events: dict[str, type[Event]] = {}
        self._reactions: dict[str, Reaction] = {}

    def fill(self, events: Iterable[type[Event]], reactions: Iterable[Reaction]) -> None:
        """Replace the table's content. Raises ValueError where a name stands twice."""
        self._events = {event.__name__: event for event in events}
        table: dict[str, Reaction] = {}
        for reaction in reactions:
            if reaction.name in table:
                raise ValueError(f"two reactions are called {reaction.name}")
            table[reaction.name] = reaction
        self._reactions = table

    def to(self, event: Event) -> list[Reaction]:
        """Return the reactions to an event."""
        return [reaction for reaction in self._reactions.values() if reaction.event is type(event)]

    def named(self, name: str) -> Reaction:
        """Return a reaction by name. Raises KeyError for one that no longer exists."""
        return self._reactions[name]

    def read(self, name: str, payload: dict[str, Any]) -> Event:
        """Turn a stored payload into its event."""
        read: Event = TypeAdapter(self._events[name]).validate_python(payload)
        return read


reactions = ReactionTable()
_PAYLOADS = TypeAdapter(dict[str, Any])


def write_payload(event: Event) -> dict[str, Any]:
    """Return what is stored of an event: JSON values only."""
    written: dict[str, Any] = _PAYLOADS.dump_python(asdict(event), mode="json")
    return written
