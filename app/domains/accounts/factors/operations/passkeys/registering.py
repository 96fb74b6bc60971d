"""A passkey is made, named and removed."""

from uuid import UUID

import webauthn
from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from webauthn.helpers import options_to_json, parse_registration_credential_json
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    CredentialDeviceType,
    RegistrationCredential,
    ResidentKeyRequirement,
)
from webauthn.registration.verify_registration_response import VerifiedRegistration

from app.domains.accounts.factors.errors import PasskeyRefusedError, TooManyPasskeysError
from app.domains.accounts.factors.models import Passkey
from app.domains.accounts.factors.operations.changes import lock_person, note_added, note_removed
from app.domains.accounts.factors.operations.passkeys.answers import (
    RelyingParty,
    check_length,
    choose_verification,
    describe_passkeys,
    guard_step,
    make_challenge,
    take_challenge,
)
from app.domains.accounts.factors.rules import (
    CHALLENGE_LIFE,
    LONGEST_NAME,
    MOST_PASSKEYS,
    Ceremony,
    Factor,
)
from app.foundation.errors import NotFoundError
from app.foundation.identifiers import new_id
from app.foundation.sealing import key_for
from app.foundation.unit_of_work import UnitOfWork


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
        challenge=make_challenge(unit, browser, Ceremony.REGISTER, person_id),
        timeout=int(CHALLENGE_LIFE.total_seconds() * 1000),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=choose_verification(must_verify=must_verify),
        ),
        exclude_credentials=describe_passkeys(unit, person_id),
    )  # fmt: skip
    return options_to_json(options)


def finish_registration(
    unit: UnitOfWork, *, person_id: UUID, browser: str, party: RelyingParty, answer: str,
    name: str, must_verify: bool,
) -> UUID:  # fmt: skip
    """Keep a new passkey; one that is registered already, whoever has it, is refused.

    Raises PasskeyRefusedError, TooManyPasskeysError.
    """
    lock_person(unit, person_id)
    credential = guard_step(lambda: parse_registration_credential_json(check_length(answer)))
    challenge = take_challenge(
        unit, credential.response.client_data_json, browser, Ceremony.REGISTER, person_id
    )
    verified = guard_step(
        lambda: webauthn.verify_registration_response(
            credential=credential, expected_challenge=challenge, expected_rp_id=party.id,
            expected_origin=party.origin, require_user_verification=must_verify,
        )
    )  # fmt: skip
    _check_room(unit, person_id)
    passkey_id = _keep(unit, person_id, _clean_name(name), credential, verified)
    note_added(unit, person_id, Factor.PASSKEY)
    return passkey_id


def _keep(
    unit: UnitOfWork, person_id: UUID, name: str, credential: RegistrationCredential,
    verified: VerifiedRegistration,
) -> UUID:  # fmt: skip
    transports = credential.response.transports or []
    key = key_for(unit, owner=person_id.bytes)
    kept = unit.session.execute(
        upsert(Passkey).values(
            id=new_id(), person_id=person_id, credential_id=verified.credential_id,
            public_key=verified.credential_public_key, sign_count=verified.sign_count,
            key_id=key.id, name=key.seal(name),
            transports=",".join(each.value for each in transports),
            is_backed_up=verified.credential_device_type is CredentialDeviceType.MULTI_DEVICE,
            made_at=unit.now,
        ).on_conflict_do_nothing(index_elements=["credential_id"]).returning(Passkey.id)
    ).scalar_one_or_none()  # fmt: skip
    if kept is None:
        raise PasskeyRefusedError
    return kept


def _check_room(unit: UnitOfWork, person_id: UUID) -> None:
    mine = select(func.count()).select_from(Passkey).where(Passkey.person_id == person_id)
    if unit.session.execute(mine).scalar_one() >= MOST_PASSKEYS:
        raise TooManyPasskeysError(most=MOST_PASSKEYS)


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


def _clean_name(name: str) -> str:
    printable = "".join(sign for sign in name if sign.isprintable())
    return " ".join(printable.split())[:LONGEST_NAME] or "Passkey"
