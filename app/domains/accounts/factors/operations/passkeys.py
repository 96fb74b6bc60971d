"""Passkeys (WebAuthn, level 3): registering one, and proving oneself with one.

The relying party is the marketplace's own host and nothing else: a shop's host can ask for none.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

import structlog
import webauthn
from sqlalchemy import delete, func, insert, select, update
from webauthn.helpers import (
    options_to_json,
    parse_authentication_credential_json,
    parse_client_data_json,
    parse_registration_credential_json,
)
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    CredentialDeviceType,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from app.domains.accounts.factors.errors import PasskeyRefusedError, TooManyPasskeysError
from app.domains.accounts.factors.models import Passkey, PasskeyChallenge
from app.domains.accounts.factors.operations.changes import lock_person, note_added, note_removed
from app.domains.accounts.factors.rules import (
    CHALLENGE_LIFE,
    LONGEST_NAME,
    MOST_PASSKEYS,
    Ceremony,
    Factor,
)
from app.foundation.errors import NotFoundError
from app.foundation.guards import Guard, is_guarded
from app.foundation.identifiers import new_id
from app.foundation.sealing import key_for
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


@dataclass(frozen=True, slots=True)
class ProvedPasskey:
    """Whose passkey answered; `is_verified` where the device checked finger, face or number."""

    person_id: UUID
    passkey_id: UUID
    is_verified: bool


def begin_registration(
    unit: UnitOfWork, *, person_id: UUID, account: str, name: str, browser: str,
    party: RelyingParty, must_verify: bool,
) -> str:  # fmt: skip
    """Return the options for navigator.credentials.create as JSON.

    `account` and `name` are what the device shows beside the passkey; `browser` is the secret of the
    browser's cookie, to which the challenge is bound.
    """
    options = webauthn.generate_registration_options(
        rp_id=party.id, rp_name=party.name, user_id=person_id.bytes, user_name=account,
        user_display_name=name or account,
        challenge=_new_challenge(unit, browser, Ceremony.REGISTER, person_id),
        timeout=int(CHALLENGE_LIFE.total_seconds() * 1000),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=_verification(must_verify=must_verify),
        ),
        exclude_credentials=_descriptors(unit, person_id),
    )  # fmt: skip
    return options_to_json(options)


def finish_registration(
    unit: UnitOfWork, *, person_id: UUID, browser: str, party: RelyingParty, answer: str,
    name: str, must_verify: bool,
) -> UUID:  # fmt: skip
    """Keep a new passkey. Raises PasskeyRefusedError, TooManyPasskeysError."""
    lock_person(unit, person_id)
    credential = _guard(lambda: parse_registration_credential_json(_short(answer)))
    challenge = _take_challenge(
        unit, credential.response.client_data_json, browser, Ceremony.REGISTER, person_id
    )
    verified = _guard(
        lambda: webauthn.verify_registration_response(
            credential=credential, expected_challenge=challenge, expected_rp_id=party.id,
            expected_origin=party.origin, require_user_verification=must_verify,
        )
    )  # fmt: skip
    _check_room(unit, person_id, verified.credential_id)
    passkey_id = new_id()
    transports = credential.response.transports or []
    key = key_for(unit, owner=person_id.bytes)
    unit.session.execute(
        insert(Passkey).values(
            id=passkey_id, person_id=person_id, credential_id=verified.credential_id,
            public_key=verified.credential_public_key, sign_count=verified.sign_count,
            key_id=key.id, name=key.seal(_clean_name(name)),
            transports=",".join(each.value for each in transports),
            is_backed_up=verified.credential_device_type is CredentialDeviceType.MULTI_DEVICE,
            made_at=unit.now,
        )
    )  # fmt: skip
    note_added(unit, person_id, Factor.PASSKEY)
    return passkey_id


def begin_ceremony(
    unit: UnitOfWork, *, ceremony: Ceremony, browser: str, party: RelyingParty,
    person_id: UUID | None, must_verify: bool,
) -> str:  # fmt: skip
    """Return the options for navigator.credentials.get as JSON; for anybody's passkey without id."""
    options = webauthn.generate_authentication_options(
        rp_id=party.id, challenge=_new_challenge(unit, browser, ceremony, person_id),
        timeout=int(CHALLENGE_LIFE.total_seconds() * 1000),
        allow_credentials=_descriptors(unit, person_id) if person_id else None,
        user_verification=_verification(must_verify=must_verify),
    )  # fmt: skip
    return options_to_json(options)


def finish_ceremony(
    unit: UnitOfWork, *, ceremony: Ceremony, browser: str, party: RelyingParty, answer: str,
    person_id: UUID | None, must_verify: bool,
) -> ProvedPasskey:  # fmt: skip
    """Check a passkey's answer. It is never counted as a failure and never blocked.

    Raises PasskeyRefusedError.
    """
    credential = _guard(lambda: parse_authentication_credential_json(_short(answer)))
    challenge = _take_challenge(
        unit, credential.response.client_data_json, browser, ceremony, person_id
    )
    known = unit.session.execute(
        select(Passkey.id, Passkey.person_id, Passkey.public_key, Passkey.sign_count)
        .where(Passkey.credential_id == credential.raw_id)
        .with_for_update()
    ).first()
    if known is None or person_id not in {None, known.person_id}:
        raise PasskeyRefusedError
    verified = _guard(
        lambda: webauthn.verify_authentication_response(
            credential=credential, expected_challenge=challenge, expected_rp_id=party.id,
            expected_origin=party.origin, credential_public_key=bytes(known.public_key),
            credential_current_sign_count=0, require_user_verification=must_verify,
        )
    )  # fmt: skip
    _note_use(unit, known, verified.new_sign_count)
    return ProvedPasskey(known.person_id, known.id, verified.user_verified)


def rename_passkey(unit: UnitOfWork, *, person_id: UUID, passkey_id: UUID, name: str) -> None:
    """Give a passkey another name. Raises NotFoundError for one that is not the person's."""
    key = key_for(unit, owner=person_id.bytes)
    renamed = unit.session.execute(
        update(Passkey)
        .where(Passkey.id == passkey_id, Passkey.person_id == person_id)
        .values(key_id=key.id, name=key.seal(_clean_name(name)))
        .returning(Passkey.id)
    ).first()
    if renamed is None:
        raise NotFoundError


def remove_passkey(unit: UnitOfWork, *, person_id: UUID, passkey_id: UUID) -> None:
    """Forget a passkey. Raises NotFoundError, LastFactorError."""
    lock_person(unit, person_id)
    gone = unit.session.execute(
        delete(Passkey)
        .where(Passkey.id == passkey_id, Passkey.person_id == person_id)
        .returning(Passkey.id)
    ).first()
    if gone is None:
        raise NotFoundError
    note_removed(unit, person_id, Factor.PASSKEY)


def _new_challenge(
    unit: UnitOfWork, browser: str, ceremony: Ceremony, person_id: UUID | None
) -> bytes:
    challenge = secrets.token_bytes(_CHALLENGE_BYTES)
    unit.session.execute(
        insert(PasskeyChallenge).values(
            challenge=challenge, browser_hash=hash_token(browser), ceremony=ceremony.value,
            person_id=person_id, expires_at=unit.now + CHALLENGE_LIFE,
        )
    )  # fmt: skip
    return challenge


def _take_challenge(
    unit: UnitOfWork, client_data: bytes, browser: str, ceremony: Ceremony, person_id: UUID | None
) -> bytes:
    """Return the challenge that an answer names, once. Raises PasskeyRefusedError."""
    challenge = _guard(lambda: parse_client_data_json(client_data).challenge)
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


def _guard(step: Callable[[], Result]) -> Result:
    """Take one step with what a stranger sent; whatever breaks in it is one refusal."""
    try:
        return step()
    except PasskeyRefusedError:
        raise
    except Exception as error:
        log.info("passkey refused", error=type(error).__name__)
        raise PasskeyRefusedError from error


def _short(answer: str) -> str:
    if len(answer) > LONGEST_ANSWER:
        raise PasskeyRefusedError
    return answer


def _check_room(unit: UnitOfWork, person_id: UUID, credential_id: bytes) -> None:
    """Refuse a passkey that is registered already, whoever has it, and one too many."""
    is_known = select(Passkey.id).where(Passkey.credential_id == credential_id)
    if unit.session.execute(is_known).first():
        raise PasskeyRefusedError
    mine = select(func.count()).select_from(Passkey).where(Passkey.person_id == person_id)
    if unit.session.execute(mine).scalar_one() >= MOST_PASSKEYS:
        raise TooManyPasskeysError(most=MOST_PASSKEYS)


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


def _descriptors(unit: UnitOfWork, person_id: UUID) -> list[PublicKeyCredentialDescriptor]:
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


def _verification(*, must_verify: bool) -> UserVerificationRequirement:
    required, preferred = (
        UserVerificationRequirement.REQUIRED,
        UserVerificationRequirement.PREFERRED,
    )
    return required if must_verify else preferred


def _clean_name(name: str) -> str:
    printable = "".join(sign for sign in name if sign.isprintable())
    return " ".join(printable.split())[:LONGEST_NAME] or "Passkey"
