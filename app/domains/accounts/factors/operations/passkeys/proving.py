"""Somebody proves with a passkey who they are; never counted as a failure, never blocked."""

from dataclasses import dataclass
from uuid import UUID

import webauthn
from sqlalchemy import select, update
from webauthn.helpers import options_to_json, parse_authentication_credential_json

from app.domains.accounts.factors.errors import PasskeyRefusedError
from app.domains.accounts.factors.models import Passkey
from app.domains.accounts.factors.operations.passkeys.answers import (
    RelyingParty,
    check_length,
    choose_verification,
    describe_passkeys,
    guard_step,
    log,
    make_challenge,
    take_challenge,
)
from app.domains.accounts.factors.rules import CHALLENGE_LIFE, Ceremony
from app.foundation.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class ProvedPasskey:
    """Whose passkey answered; `is_verified` where the device checked finger, face or number."""

    person_id: UUID
    passkey_id: UUID
    is_verified: bool


def begin_ceremony(
    unit: UnitOfWork, *, ceremony: Ceremony, browser: str, party: RelyingParty,
    person_id: UUID | None, must_verify: bool,
) -> str:  # fmt: skip
    """Return the options for navigator.credentials.get as JSON; for anybody's passkey without id."""
    options = webauthn.generate_authentication_options(
        rp_id=party.id, challenge=make_challenge(unit, browser, ceremony, person_id),
        timeout=int(CHALLENGE_LIFE.total_seconds() * 1000),
        allow_credentials=describe_passkeys(unit, person_id) if person_id else None,
        user_verification=choose_verification(must_verify=must_verify),
    )  # fmt: skip
    return options_to_json(options)


def finish_ceremony(
    unit: UnitOfWork, *, ceremony: Ceremony, browser: str, party: RelyingParty, answer: str,
    person_id: UUID | None, must_verify: bool,
) -> ProvedPasskey:  # fmt: skip
    """Check a passkey's answer. It is never counted as a failure and never blocked.

    Raises PasskeyRefusedError.
    """
    credential = guard_step(lambda: parse_authentication_credential_json(check_length(answer)))
    challenge = take_challenge(
        unit, credential.response.client_data_json, browser, ceremony, person_id
    )
    known = unit.session.execute(
        select(Passkey.id, Passkey.person_id, Passkey.public_key, Passkey.sign_count)
        .where(Passkey.credential_id == credential.raw_id)
        .with_for_update()
    ).first()
    if known is None or person_id not in {None, known.person_id}:
        raise PasskeyRefusedError
    verified = guard_step(
        lambda: webauthn.verify_authentication_response(
            credential=credential, expected_challenge=challenge, expected_rp_id=party.id,
            expected_origin=party.origin, credential_public_key=bytes(known.public_key),
            credential_current_sign_count=0, require_user_verification=must_verify,
        )
    )  # fmt: skip
    _note_use(unit, known, verified.new_sign_count)
    return ProvedPasskey(known.person_id, known.id, verified.user_verified)


def _note_use(unit: UnitOfWork, known: object, count: int) -> None:
    """Keep the counter; one that does not grow may mean a copied key, so the log says so."""
    passkey_id, before = known.id, known.sign_count  # type: ignore[attr-defined]
    if (count or before) and count <= before:
        log.warning("passkey counter went back", passkey=str(passkey_id), before=before, now=count)
    unit.session.execute(
        update(Passkey)
        .where(Passkey.id == passkey_id)
        .values(sign_count=max(count, before), used_at=unit.now)
    )
