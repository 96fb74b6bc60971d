"""The one clock. Time is the database's; a test may move it, and so may nothing else."""

from datetime import UTC, datetime, timedelta
from pathlib import Path


class Clock:
    """Turns the database's time into ours: the same instant, moved by what a test asked for.

    Several processes share a moved clock through a small file holding seconds; production has
    no such file.
    """

    def __init__(self, offset_file: Path | None = None) -> None:
        self._offset_file = offset_file
        self._offset = timedelta()

    def read(self, database_time: datetime) -> datetime:
        """Return `database_time` in UTC, moved by the test's offset."""
        return database_time.astimezone(UTC) + self.offset

    def process_time(self) -> datetime:
        """Return this machine's time, for log lines and signatures only, never for a decision."""
        return datetime.now(UTC) + self.offset

    @property
    def offset(self) -> timedelta:
        """How far a test has moved the clock."""
        if self._offset_file is None:
            return self._offset
        try:
            return timedelta(seconds=float(self._offset_file.read_text()))
        except (OSError, ValueError):
            return timedelta()

    def move(self, by: timedelta) -> None:
        """Move the clock by `by`; for tests."""
        moved = self.offset + by
        self._offset = moved
        if self._offset_file is not None:
            self._offset_file.write_text(str(moved.total_seconds()))

    def reset(self) -> None:
        """Put the clock back to the database's own time."""
        self.move(-self.offset)


clock = Clock()


def share_clock(offset_file: Path | None) -> None:
    """Let this process follow the offset that a test writes to `offset_file`."""
    clock._offset_file = offset_file  # noqa: SLF001 - the module's own object
