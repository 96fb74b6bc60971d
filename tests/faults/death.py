"""Lets a process die, as far as its transactions can tell, at one of its commits."""

import threading
from typing import Any

from sqlalchemy import Connection, Engine, event


class Died(BaseException):
    """The process is gone: no error, so that nothing in the application handles it."""


class Death:
    """While it waits, this thread dies at its `at`th commit: just before, or just after it.

    Before: what was written is lost, what the provider was told is not. After: only the answer is.
    """

    def __init__(self, at: int, *, is_after: bool) -> None:
        self.at, self.is_after = at, is_after
        self.commits, self.has_struck = 0, False
        self._thread = threading.get_ident()

    def __enter__(self) -> "Death":
        event.listen(Engine, "commit", self._strike)
        return self

    def __exit__(self, *_: object) -> None:
        event.remove(Engine, "commit", self._strike)

    def _strike(self, connection: Connection) -> None:
        if threading.get_ident() != self._thread:
            return
        self.commits += 1
        if self.commits != self.at:
            return
        self.has_struck = True
        if self.is_after:
            driver: Any = connection.connection.dbapi_connection
            driver.commit()
        raise Died
