"""What happened to what people prove themselves with. Ids only; `change_id` tells two alike apart."""

from dataclasses import dataclass
from uuid import UUID

from app.foundation.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorAdded(Event):
    """A passkey or an app was added to an account."""

    change_id: UUID
    person_id: UUID
    factor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorRemoved(Event):
    """A passkey or an app was removed from an account."""

    change_id: UUID
    person_id: UUID
    factor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryCodesMade(Event):
    """A new set of recovery codes replaced the one before."""

    change_id: UUID
    person_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryCodeUsed(Event):
    """Somebody proved themselves with a recovery code; `left` are still good."""

    change_id: UUID
    person_id: UUID
    left: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordChanged(Event):
    """An account has a new password."""

    change_id: UUID
    person_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ResetAsked(Event):
    """Somebody asked for a link to a new password; whether the account exists is not in here."""

    reset_id: UUID
