"""What a device is asked, and what it answers: challenges bound to a browser, once."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

import structlog
from sqlalchemy import delete, insert, select
from webauthn.helpers import parse_client_data_json
from webauthn.helpers.structs import (
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    UserVerificationRequirement,
)

from app.domains.accounts.factors.errors import PasskeyRefusedError
from app.domains.accounts.factors.models import Passkey, PasskeyChallenge
from app.domains.accounts.factors.rules import CHALLENGE_LIFE, Ceremony
from app.foundation.guards import Guard, is_guarded
from app.foundation.tokens import hash_token
from app.foundation.unit_of_work import UnitOfWork

log = structlog.get_logger(__name__)
Result = TypeVar("Result")
LONGEST_ANSWER = 20_000
_CHALLENGE_BYTES = 32


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """Whom a passkey is for: the host's name, and the one origin that answers come from."""

    id: str
    origin: str
    name: str = "Galleria"


def make_challenge(
    unit: UnitOfWork, browser: str, ceremony: Ceremony, person_id: UUID | None
) -> bytes:
    """Return what a passkey must sign next: once, in this browser, for this ceremony."""
    challenge = secrets.token_bytes(_CHALLENGE_BYTES)
    unit.session.execute(
        insert(PasskeyChallenge).values(
            challenge=challenge, browser_hash=hash_token(browser), ceremony=ceremony.value,
            person_id=person_id, expires_at=unit.now + CHALLENGE_LIFE,
        )
    )  # fmt: skip
    return challenge


def take_challenge(
    unit: UnitOfWork, client_data: bytes, browser: str, ceremony: Ceremony, person_id: UUID | None
) -> bytes:
    """Return the challenge that an answer names, once. Raises PasskeyRefusedError."""
    challenge = guard_step(lambda: parse_client_data_json(client_data).challenge)
    taken = unit.session.execute(
        delete(PasskeyChallenge)
        .where(
            PasskeyChallenge.challenge == challenge,
            PasskeyChallenge.browser_hash == hash_token(browser),
            PasskeyChallenge.ceremony == ceremony.value,
            PasskeyChallenge.person_id.is_not_distinct_from(person_id),
            PasskeyChallenge.expires_at > unit.now,
        )
        .returning(PasskeyChallenge.challenge)
    ).first()
    if taken is None and is_guarded(Guard.CHALLENGE_ONCE):
        raise PasskeyRefusedError
    return challenge


def guard_step(step: Callable[[], Result]) -> Result:
    """Take one step with what a stranger sent; whatever breaks in it is one refusal."""
    try:
        return step()
    except PasskeyRefusedError:
        raise
    except Exception as error:
        log.info("passkey refused", error=type(error).__name__)
        raise PasskeyRefusedError from error


def check_length(answer: str) -> str:
    """Return an answer that is no longer than any device's. Raises PasskeyRefusedError."""
    if len(answer) > LONGEST_ANSWER:
        raise PasskeyRefusedError
    return answer


def describe_passkeys(unit: UnitOfWork, person_id: UUID) -> list[PublicKeyCredentialDescriptor]:
    """Return a person's passkeys as a browser wants to hear of them."""
    rows = unit.session.execute(
        select(Passkey.credential_id, Passkey.transports)
        .where(Passkey.person_id == person_id)
        .order_by(Passkey.made_at)
    ).all()
    return [
        PublicKeyCredentialDescriptor(
            id=bytes(row.credential_id),
            transports=[AuthenticatorTransport(each) for each in row.transports.split(",") if each],
        )
        for row in rows
    ]


def choose_verification(*, must_verify: bool) -> UserVerificationRequirement:
    """Return whether the device must check finger, face or number, or just should."""
    if must_verify:
        return UserVerificationRequirement.REQUIRED
    return UserVerificationRequirement.PREFERRED
