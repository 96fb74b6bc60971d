"""What the stand-in remembers: objects by id, in memory and, when asked, in a file."""

import json
import sqlite3
import threading
import time
from pathlib import Path
from typing import Any

from tests.simulators.stripe.errors import missing
from tests.simulators.stripe.objects import Shape


class Store:
    def __init__(self, path: Path | None = None) -> None:
        self.lock = threading.RLock()
        self.objects: dict[str, Shape] = {}
        self.secrets: dict[str, str] = {}
        self.answers: dict[str, dict[str, Any]] = {}
        self.clock_offset = 0
        self._database = (
            sqlite3.connect(path, check_same_thread=False, isolation_level=None) if path else None
        )
        if self._database:
            self._database.execute("PRAGMA journal_mode = WAL")
            self._database.execute("PRAGMA synchronous = NORMAL")
            self._database.execute(
                "CREATE TABLE IF NOT EXISTS kept (area TEXT, id TEXT, body TEXT, PRIMARY KEY (area, id))"
            )
            for area, identifier, body in self._database.execute("SELECT area, id, body FROM kept"):
                getattr(self, area)[identifier] = json.loads(body)

    @property
    def now(self) -> int:
        return int(time.time()) + self.clock_offset

    def keep(self, thing: Shape) -> Shape:
        self.objects[thing["id"]] = thing
        self._write("objects", thing["id"], thing)
        return thing

    def keep_secret(self, identifier: str, value: str) -> None:
        self.secrets[identifier] = value
        self._write("secrets", identifier, value)

    def keep_answer(self, key: str, answer: dict[str, Any]) -> None:
        self.answers[key] = answer
        self._write("answers", key, answer)

    def _write(self, area: str, identifier: str, value: Any) -> None:
        if self._database:
            self._database.execute(
                "INSERT OR REPLACE INTO kept VALUES (?, ?, ?)",
                (area, identifier, json.dumps(value)),
            )

    def get(self, kind: str, identifier: str) -> Shape:
        thing = self.objects.get(identifier)
        if thing is None or thing["object"] != kind:
            raise missing(kind, identifier)
        return thing

    def of_kind(self, kind: str) -> list[Shape]:
        return [thing for thing in reversed(list(self.objects.values())) if thing["object"] == kind]
