"""What happened to accounts: ids only."""

from dataclasses import dataclass
from uuid import UUID

from app.foundation.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class SignUpAsked(Event):
    """Somebody typed an address and wants an account: the address must be proved first."""

    sign_up_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailChangeAsked(Event):
    """A person wants to be written to at another address: both are told."""

    change_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailChanged(Event):
    """A person's address is another now: both are told."""

    change_id: UUID
