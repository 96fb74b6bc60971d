"""What the stand-in remembers: objects by id, in memory and, when asked, in a file."""

import json
import sqlite3
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.simulators.stripe.errors import missing
from tests.simulators.stripe.objects import Shape

_CLOCK = "clock"


class Store:
    """Objects, what only the stand-in knows of them (notes), and first answers by key.

    Whoever changes something holds `lock`; `transaction()` takes it, and writes the changes to the
    file in one step before anybody is answered, so that a killed stand-in remembers all it said.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.lock = threading.RLock()
        self.objects: dict[str, Shape] = {}
        self.notes: dict[str, dict[str, Any]] = {}
        self.answers: dict[str, dict[str, Any]] = {}
        self._kinds: defaultdict[str, dict[str, Shape]] = defaultdict(dict)
        self._changed: dict[tuple[str, str], Any] = {}
        self._database = _open(path) if path else None
        self._read()

    @property
    def now(self) -> int:
        """Seconds since 1970: the machine's time, and what a test moved it by."""
        return int(time.time()) + int(self.noted(_CLOCK).get("offset", 0))

    def advance(self, seconds: int) -> None:
        """Move the stand-in's time."""
        self.note(_CLOCK, offset=int(self.noted(_CLOCK).get("offset", 0)) + seconds)

    def keep(self, thing: Shape) -> Shape:
        """Remember an object, new or changed; an id has one kind at a time."""
        before = self.objects.get(thing["id"])
        if before is not None and before["object"] != thing["object"]:
            del self._kinds[before["object"]][thing["id"]]
        self.objects[thing["id"]] = self._kinds[thing["object"]][thing["id"]] = thing
        self._change("objects", thing["id"], thing)
        return thing

    def note(self, identifier: str, **facts: Any) -> None:
        """Remember what no answer shows: a card's number, an address to return to, an owner."""
        noted = self.notes.setdefault(identifier, {})
        noted.update(facts)
        self._change("notes", identifier, noted)

    def noted(self, identifier: str) -> dict[str, Any]:
        """Return the notes about an object."""
        return self.notes.get(identifier, {})

    def keep_answer(self, key: str, answer: dict[str, Any]) -> None:
        """Remember the first answer for an idempotency key."""
        self.answers[key] = answer
        self._change("answers", key, answer)

    def get(self, kind: str, identifier: str, *, param: str = "id", status: int = 404) -> Shape:
        """Return an object of a kind. Raises StripeRefusal as Stripe does."""
        thing = self._kinds[kind].get(identifier)
        if thing is None:
            raise missing(kind.removeprefix("v2.core."), identifier, param=param, status=status)
        return thing

    def of_kind(self, kind: str) -> list[Shape]:
        """Return the objects of a kind, newest first."""
        return list(reversed(list(self._kinds[kind].values())))

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Hold the lock, and write what changed before giving it back."""
        with self.lock:
            try:
                yield
            finally:
                self._flush()

    def close(self) -> None:
        """Write what is left and give the file back."""
        with self.lock:
            self._flush()
            if self._database:
                self._database.close()
                self._database = None

    def _change(self, area: str, identifier: str, value: Any) -> None:
        if self._database:
            self._changed[area, identifier] = value

    def _flush(self) -> None:
        if not self._database or not self._changed:
            return
        rows = [(area, name, json.dumps(value)) for (area, name), value in self._changed.items()]
        with self._database:
            self._database.executemany(
                "INSERT INTO kept VALUES (?, ?, ?)"
                " ON CONFLICT (area, id) DO UPDATE SET body = excluded.body",
                rows,
            )
        self._changed.clear()

    def _read(self) -> None:
        if not self._database:
            return
        rows = self._database.execute("SELECT area, id, body FROM kept ORDER BY rowid")
        for area, identifier, body in rows:
            value = json.loads(body)
            if area == "objects":
                self.objects[identifier] = self._kinds[value["object"]][identifier] = value
            elif area in {"notes", "answers"}:
                getattr(self, area)[identifier] = value


def _open(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path, check_same_thread=False)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = NORMAL")
    database.execute(
        "CREATE TABLE IF NOT EXISTS kept (area TEXT, id TEXT, body TEXT, PRIMARY KEY (area, id))"
    )
    database.commit()
    return database
