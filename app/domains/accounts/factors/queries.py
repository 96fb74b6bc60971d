"""Reading what a person proves themselves with; no secret leaves through here."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, exists, func, or_, select

from app.domains.accounts.factors.models import (
    AuthenticatorApp,
    Passkey,
    PayoutPause,
    RecoveryCode,
)
from app.domains.accounts.factors.rules import Factor, PauseReason
from app.domains.accounts.people.models import Person
from app.domains.accounts.sessions.models import Device
from app.foundation.sealing import key_ring
from app.foundation.sealing.indexes.inventory import index_name
from app.foundation.tokens import hash_token
from app.foundation.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class PasskeyRecord:
    """A passkey as its owner tells it apart; `is_backed_up` ones are synced between devices."""

    id: UUID
    name: str
    is_backed_up: bool
    made_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class Factors:
    """All second factors of a person."""

    passkeys: list[PasskeyRecord]
    app_since: datetime | None
    recovery_codes_left: int

    @property
    def is_protected(self) -> bool:
        """Whether a password alone does not open the account."""
        return bool(self.passkeys) or self.app_since is not None


@dataclass(frozen=True, slots=True)
class Pause:
    """Why a shop's payouts wait, and until when."""

    reason: PauseReason
    until: datetime


def get_factors(unit: UnitOfWork, person_id: UUID) -> Factors:
    """Return everything that the security page shows."""
    passkeys = unit.session.execute(
        select(Passkey.id, Passkey.name, Passkey.is_backed_up, Passkey.made_at, Passkey.used_at)
        .where(Passkey.person_id == person_id)
        .order_by(Passkey.made_at, Passkey.id)
    ).all()
    app_since = unit.session.execute(
        select(AuthenticatorApp.made_at).where(
            AuthenticatorApp.person_id == person_id, AuthenticatorApp.is_confirmed
        )
    ).scalar_one_or_none()
    return Factors(
        [PasskeyRecord(*row) for row in passkeys], app_since, count_recovery_codes(unit, person_id)
    )


def list_second_factors(unit: UnitOfWork, person_id: UUID) -> list[Factor]:
    """Return what may be asked after the password; empty where the password is enough.

    Recovery codes stand in for another factor, and are none by themselves.
    """
    has_passkey, has_app, has_code = unit.session.execute(
        select(
            exists().where(Passkey.person_id == person_id),
            exists().where(AuthenticatorApp.person_id == person_id, AuthenticatorApp.is_confirmed),
            exists().where(RecoveryCode.person_id == person_id, RecoveryCode.used_at.is_(None)),
        )
    ).one()
    found = [Factor.PASSKEY] * has_passkey + [Factor.APP] * has_app
    return found + [Factor.RECOVERY_CODE] * has_code if found else []


def is_protected(person_id: Any) -> ColumnElement[bool]:
    """Return the condition under which a password alone does not open a person's account."""
    return or_(
        exists().where(Passkey.person_id == person_id),
        exists().where(AuthenticatorApp.person_id == person_id, AuthenticatorApp.is_confirmed),
    )


def has_second_factor(unit: UnitOfWork, person_id: UUID) -> bool:
    """Whether a password alone does not open the account."""
    return bool(list_second_factors(unit, person_id))


def count_recovery_codes(unit: UnitOfWork, person_id: UUID) -> int:
    """Return how many recovery codes are still good: a key that was dropped took its own along."""
    return unit.session.execute(
        select(func.count())
        .select_from(RecoveryCode)
        .where(
            RecoveryCode.person_id == person_id, RecoveryCode.used_at.is_(None),
            index_name(RecoveryCode.code_hash).in_(key_ring().index_names),
        )
    ).scalar_one()  # fmt: skip


def find_known_device(
    unit: UnitOfWork, *, account_indexes: tuple[bytes, ...], token: str
) -> bytes | None:
    """Return what a browser's tries are counted by, if it has signed in to this account before."""
    return unit.session.execute(
        select(Device.token_hash)
        .join(Person, Person.id == Device.person_id)
        .where(Person.email_index.in_(account_indexes), Device.token_hash == hash_token(token))
        .limit(1)
    ).scalar_one_or_none()


def find_payout_pause(unit: UnitOfWork, shop_id: UUID) -> Pause | None:
    """Return why no money may leave a shop now: the reason that lasts longest."""
    row = unit.session.execute(
        select(PayoutPause.reason, PayoutPause.until)
        .where(PayoutPause.shop_id == shop_id, PayoutPause.until > unit.now)
        .order_by(PayoutPause.until.desc())
        .limit(1)
    ).first()
    return Pause(PauseReason(row.reason), row.until) if row else None
