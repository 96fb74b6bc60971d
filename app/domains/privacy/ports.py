"""What erasing needs from outside: someone who writes to a person for the last time."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Farewell:
    """Whom the last mail goes to, kept in memory alone; `until` everything is erased (UTC)."""

    erasure_id: UUID
    email: str
    name: str
    language: str
    until: datetime


class LastMail(Protocol):
    """Writes the last mail to a person."""

    def send(self, farewell: Farewell) -> None:
        """Tell that the account is erased. Raises OSError where it could not be handed over."""
