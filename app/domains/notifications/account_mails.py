"""Mails to people about their accounts, each following an event of the directory.

A mail's secret is made here, when the mail is written; only its hash is kept.
"""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from app.domains.accounts.factors.events import (
    FactorAdded,
    FactorRemoved,
    PasswordChanged,
    RecoveryCodesMade,
    RecoveryCodeUsed,
    ResetAsked,
)
from app.domains.accounts.factors.operations.resets import issue_reset
from app.domains.accounts.people.events import EmailChangeAsked, EmailChanged, SignUpAsked
from app.domains.accounts.people.operations import make_email_change_links, make_sign_up_link
from app.domains.accounts.people.queries import (
    EmailChangeRecord,
    find_email_change,
    find_sign_up,
    get_person,
)
from app.domains.accounts.sessions.events import NewDeviceSignedIn
from app.domains.accounts.sessions.queries import find_origin
from app.domains.accounts.tokens.events import ApiTokenMade
from app.domains.accounts.tokens.queries import find_token
from app.domains.notifications.operations import send_once
from app.domains.notifications.ports import AccountLetter, Mail, MailWriter
from app.domains.privacy.events import ErasureAsked, ErasureWithdrawn
from app.domains.privacy.queries import find_open_erasure
from app.foundation.database import Scope
from app.foundation.ports import port
from app.foundation.unit_of_work import UnitOfWork

TOKENS_PATH = "/account/keys"
SECURITY_PATH = "/account/sessions"
FACTORS_PATH = "/account/security"
PRIVACY_PATH = "/account/privacy"
ProofChange = FactorAdded | FactorRemoved | PasswordChanged | RecoveryCodesMade | RecoveryCodeUsed
_KINDS: dict[type[ProofChange], str] = {
    FactorAdded: "added",
    FactorRemoved: "removed",
    PasswordChanged: "password_changed",
    RecoveryCodesMade: "recovery_codes_made",
    RecoveryCodeUsed: "recovery_code_used",
}


def send_letter(
    scope: Scope,
    *,
    kind: str,
    subject_id: UUID,
    gather: Callable[[UnitOfWork], AccountLetter | None],
) -> None:
    """Send one letter about an account, once for each subject; none where `gather` finds nothing."""

    def write(unit: UnitOfWork) -> Callable[[], Mail] | None:
        letter = gather(unit)
        return (lambda: port(MailWriter).account_letter(letter)) if letter else None

    send_once(scope, kind=kind, subject_id=subject_id, write=write)


def mail_sign_up(scope: Scope, event: SignUpAsked) -> None:
    """Write to the address that wants an account; only its owner learns whether it has one."""

    def gather(unit: UnitOfWork) -> AccountLetter | None:
        wish = find_sign_up(unit, event.sign_up_id)
        if wish is None:
            return None
        about = (event.sign_up_id, wish.email, wish.name, wish.language)
        if wish.is_known:
            return AccountLetter("sign_up_known", *about, path="/sign-in")
        token = make_sign_up_link(unit, sign_up_id=wish.id)
        return AccountLetter("sign_up", *about, path=f"/sign-up/finish/{token}")

    send_letter(scope, kind="sign_up", subject_id=event.sign_up_id, gather=gather)


def mail_email_change(scope: Scope, event: EmailChangeAsked) -> None:
    """Write to both addresses: one confirms, the other can take it back."""
    links: list[str] = []

    def to_new(unit: UnitOfWork) -> AccountLetter | None:
        change = find_email_change(unit, event.change_id)
        if change is None:
            return None
        about = (change.id, change.new_email, change.name, change.language)
        if change.is_taken:
            return AccountLetter("email_taken", *about, path="/sign-in")
        confirm, undo = make_email_change_links(unit, change_id=change.id)
        links.append(undo)
        return AccountLetter("email_confirm", *about, path=f"/email/confirm/{confirm}")

    def to_old(unit: UnitOfWork) -> AccountLetter | None:
        change = find_email_change(unit, event.change_id)
        if change is None or change.is_taken:
            return None
        undo = links[0] if links else make_email_change_links(unit, change_id=change.id)[1]
        return AccountLetter("email_change", *_old(change), path=f"/email/undo/{undo}")

    send_letter(scope, kind="email_confirm", subject_id=event.change_id, gather=to_new)
    send_letter(scope, kind="email_change", subject_id=event.change_id, gather=to_old)


def mail_email_changed(scope: Scope, event: EmailChanged) -> None:
    """Tell the old address that the account is written to elsewhere now."""

    def gather(unit: UnitOfWork) -> AccountLetter | None:
        change = find_email_change(unit, event.change_id)
        if change is None:
            return None
        return AccountLetter("email_changed", *_old(change), path="/sign-in")

    send_letter(scope, kind="email_changed", subject_id=event.change_id, gather=gather)


def _old(change: EmailChangeRecord) -> tuple[UUID, str, str, str]:
    return change.id, change.old_email, change.name, change.language


def mail_api_token(scope: Scope, event: ApiTokenMade) -> None:
    """Tell a person that a key was made in their name."""

    def gather(unit: UnitOfWork) -> AccountLetter | None:
        token = find_token(unit, event.token_id)
        if token is None:
            return None
        person = get_person(unit, token.person_id)
        return AccountLetter(
            "api_token", event.token_id, person.email, person.name, person.language,
            path=TOKENS_PATH, facts={"key": token.name, "ends": token.ends_at},
        )  # fmt: skip

    send_letter(scope, kind="api_token", subject_id=event.token_id, gather=gather)


def mail_new_device(scope: Scope, event: NewDeviceSignedIn) -> None:
    """Tell a person that a browser signed in which had not before."""

    def gather(unit: UnitOfWork) -> AccountLetter | None:
        origin = find_origin(unit, event.session_id)
        if origin is None:
            return None
        person = get_person(unit, event.person_id)
        return AccountLetter(
            "new_device", event.session_id, person.email, person.name, person.language,
            path=SECURITY_PATH,
            facts={"agent": origin.agent, "address": origin.address, "time": origin.began_at},
        )  # fmt: skip

    send_letter(scope, kind="new_device", subject_id=event.session_id, gather=gather)


def mail_reset(scope: Scope, event: ResetAsked) -> None:
    """Send the link to a new password; nothing to an address without an account."""

    def gather(unit: UnitOfWork) -> AccountLetter | None:
        issued = issue_reset(unit, reset_id=event.reset_id)
        if issued is None:
            return None
        return _to_person(
            unit, "reset", event.reset_id, issued.person_id, path=f"/reset/{issued.token}", facts={}
        )

    send_letter(scope, kind="reset", subject_id=event.reset_id, gather=gather)


def mail_proof_change(scope: Scope, event: ProofChange) -> None:
    """Tell a person that their password, a factor or their recovery codes changed or were used."""
    kind = _KINDS[type(event)]
    if isinstance(event, FactorAdded | FactorRemoved):
        kind = f"{event.factor}_{kind}"

    def gather(unit: UnitOfWork) -> AccountLetter | None:
        facts: dict[str, Any] = {"time": unit.now}
        if isinstance(event, RecoveryCodeUsed):
            facts["left"] = event.left
        return _to_person(
            unit, kind, event.change_id, event.person_id, path=FACTORS_PATH, facts=facts
        )

    send_letter(scope, kind=kind, subject_id=event.change_id, gather=gather)


def mail_erasure_asked(scope: Scope, event: ErasureAsked) -> None:
    """Tell a person until when they can keep their account."""

    def gather(unit: UnitOfWork) -> AccountLetter | None:
        erasure = find_open_erasure(unit, person_id=event.person_id)
        if erasure is None or erasure.id != event.erasure_id or erasure.began_at is not None:
            return None
        return _to_person(
            unit, "erasure_asked", erasure.id, event.person_id, path=PRIVACY_PATH,
            facts={"time": erasure.due_at},
        )  # fmt: skip

    send_letter(scope, kind="erasure_asked", subject_id=event.erasure_id, gather=gather)


def mail_erasure_withdrawn(scope: Scope, event: ErasureWithdrawn) -> None:
    """Tell a person that their account stays."""

    def gather(unit: UnitOfWork) -> AccountLetter | None:
        return _to_person(
            unit, "erasure_withdrawn", event.erasure_id, event.person_id, path=PRIVACY_PATH,
            facts={},
        )  # fmt: skip

    send_letter(scope, kind="erasure_withdrawn", subject_id=event.erasure_id, gather=gather)


def _to_person(
    unit: UnitOfWork, kind: str, subject_id: UUID, person_id: UUID, *, path: str,
    facts: dict[str, Any],
) -> AccountLetter:  # fmt: skip
    person = get_person(unit, person_id)
    return AccountLetter(
        kind, subject_id, person.email, person.name, person.language, path=path, facts=facts
    )
