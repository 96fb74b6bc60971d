"""What the directory holds of people: the account, its proofs, sessions, addresses, answers."""

from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext
from sqlalchemy import select

from app.domains.accounts.addresses.models import PersonAddress
from app.domains.accounts.approvals.models import Approval
from app.domains.accounts.consents.models import PersonConsent
from app.domains.accounts.dealings.models import PersonShop
from app.domains.accounts.factors.models import (
    AuthenticatorApp,
    Passkey,
    PasskeyChallenge,
    PasswordReset,
    PendingSignIn,
    RecoveryCode,
    SignInAttempt,
    UsedCode,
)
from app.domains.accounts.invitations.models import Invitation
from app.domains.accounts.memberships.models import Membership
from app.domains.accounts.ownership.models import OwnershipTransfer
from app.domains.accounts.people.models import EmailChange, Person, SignUp
from app.domains.accounts.rules import PLATFORM, Role
from app.domains.accounts.sessions.models import Device, ParkedForm, SessionRow, SignInRecordRow
from app.domains.accounts.tokens.models import ApiToken
from app.foundation.errors import NotFoundError
from app.foundation.personal_data import Delete, Holding, Keep, Subject
from app.foundation.sealing import email_indexes
from app.foundation.unit_of_work import UnitOfWork

THE_PERSON = {"person_id": "the account that the export itself is about"}
NOT_TOLD = "a secret that proves who you are; a copy of it would weaken the account"
OR_A_COLLEAGUE = "the account that the export itself is about, or a colleague"
FINGERPRINT = "a fingerprint of the address, which is exported"


def get_subject(unit: UnitOfWork, *, person_id: UUID) -> Subject:
    """Return whose data is asked for: an account's address has been proved. Raises NotFoundError."""
    email = unit.session.execute(
        select(Person.email).where(Person.id == person_id)
    ).scalar_one_or_none()
    if email is None:
        raise NotFoundError
    return Subject(person_id, frozenset(email_indexes(email)), unit.now)


def list_shops_owned_alone(unit: UnitOfWork, *, person_id: UUID) -> list[UUID]:
    """Return the shops whose only owner is this person."""
    owner = Membership.role == Role.OWNER.value
    others = select(Membership.shop_id).where(owner, Membership.person_id != person_id)
    return list(
        unit.session.execute(
            select(Membership.shop_id).where(
                owner, Membership.person_id == person_id, Membership.shop_id != PLATFORM,
                Membership.shop_id.not_in(others),
            )
        ).scalars()
    )  # fmt: skip


def _of_the_person(
    table: Any, title: Any = "", *, exported: tuple[str, ...] = (), **untold: str
) -> Holding:
    """Return the usual holding: rows with the person's id, which erasure removes.

    `untold` says of further columns why they are not exported.
    """
    return Holding(
        table=table,
        title=title,
        find=lambda who: table.person_id == who.person_id,
        exported=exported,
        erasure=Delete(),
        untold={**THE_PERSON, **untold},
    )


OF_SHOPS = (
    Holding(
        table=Approval,
        title=lazy_gettext("Large amounts that you asked for or decided on"),
        find=lambda who: (
            (Approval.asked_by == who.person_id) | (Approval.decided_by == who.person_id)
        ),
        exported=("kind", "currency", "amount", "state", "asked_at", "decided_at"),
        erasure=Keep(lazy_gettext("Who decided on money must be kept; it holds ids and no names.")),
        untold={"asked_by": OR_A_COLLEAGUE, "decided_by": OR_A_COLLEAGUE},
    ),
)
OF_DIRECTORY = (
    Holding(
        table=Person,
        title=lazy_gettext("Your account"),
        find=lambda who: Person.id == who.person_id,
        exported=("id", "email", "name", "language", "currency", "created_at"),
        erasure=Delete(),
        untold={
            "email_index": FINGERPRINT,
            "other_index": FINGERPRINT,
            "password_hash": NOT_TOLD,
        },  # fmt: skip,
    ),
    _of_the_person(
        Membership,
        lazy_gettext("Shops that you work for"),
        exported=("shop_id", "role", "granted_at"),
    ),
    Holding(
        table=Invitation,
        title=lazy_gettext("Invitations to work for a shop"),
        find=lambda who: (
            Invitation.email_index.in_(who.email_indexes)
            | (Invitation.invited_by == who.person_id)
            | (Invitation.accepted_by == who.person_id)
        ),
        exported=("shop_id", "role", "invited_at", "accepted_at"),
        erasure=Delete(),
        untold={
            "email": "yours is exported with the account; that of somebody you invited is theirs",
            "email_index": FINGERPRINT,
            "other_index": FINGERPRINT,
            "invited_by": OR_A_COLLEAGUE,
            "accepted_by": OR_A_COLLEAGUE,
        },
    ),
    Holding(
        table=OwnershipTransfer,
        title=lazy_gettext("Shops that were handed over"),
        find=lambda who: (
            (OwnershipTransfer.from_person == who.person_id)
            | (OwnershipTransfer.to_person == who.person_id)
        ),
        exported=("shop_id", "offered_at", "accepted_at", "ended_at"),
        erasure=Delete(),
        untold={"from_person": OR_A_COLLEAGUE, "to_person": OR_A_COLLEAGUE},
    ),
    _of_the_person(
        PersonShop, lazy_gettext("Shops that you dealt with"), exported=("shop_id", "since")
    ),
    _of_the_person(
        PersonAddress,
        lazy_gettext("Your addresses"),
        exported=("address", "is_default", "created_at", "changed_at"),
    ),
    _of_the_person(
        PersonConsent,
        lazy_gettext("What you agreed to"),
        exported=("purpose", "is_given", "wording", "place", "happened_at"),
    ),
    _of_the_person(
        Device,
        lazy_gettext("Browsers that have signed in to your account"),
        exported=("first_seen_at", "last_seen_at"),
    ),
    _of_the_person(
        SessionRow,
        lazy_gettext("Where you are and were signed in"),
        exported=("host", "agent", "address", "created_at", "seen_at", "proved_at", "ended_at"),
    ),
    _of_the_person(
        SignInRecordRow,
        lazy_gettext("Your sign-ins"),
        exported=("outcome", "method", "agent", "address", "happened_at"),
    ),
    _of_the_person(
        EmailChange,
        lazy_gettext("Changes of your address"),
        exported=("old_email", "new_email", "asked_at", "finished_at", "withdrawn_at"),
        new_email_index=FINGERPRINT,
    ),
    Holding(
        table=SignUp,
        title=lazy_gettext("Accounts that were asked for with your address"),
        find=lambda who: SignUp.email_index.in_(who.email_indexes),
        exported=("email", "name", "language", "asked_at"),
        erasure=Delete(),
        untold={"email_index": FINGERPRINT, "password_hash": NOT_TOLD},
    ),
    _of_the_person(Passkey, lazy_gettext("Your passkeys"), exported=("name", "made_at", "used_at")),
    _of_the_person(
        AuthenticatorApp,
        lazy_gettext("Your authenticator app"),
        exported=("is_confirmed", "made_at"),
        secret=NOT_TOLD,
    ),
    _of_the_person(
        RecoveryCode, lazy_gettext("Your recovery codes"), exported=("made_at", "used_at")
    ),
    _of_the_person(
        PasswordReset,
        lazy_gettext("When you asked for a new password"),
        exported=("asked_at", "used_at"),
    ),
    _of_the_person(
        ApiToken,
        lazy_gettext("Your keys for programs"),
        exported=("name", "shop_id", "scopes", "made_at", "ends_at", "last_used_on"),
    ),
    _of_the_person(PasskeyChallenge),
    _of_the_person(UsedCode),
    _of_the_person(PendingSignIn),
    _of_the_person(ParkedForm, form="waits an hour, on the page on which it was written"),
    Holding(
        table=SignInAttempt,
        title="",
        find=lambda who: SignInAttempt.account_index.in_(who.email_indexes),
        erasure=Keep("Failed tries are keyed fingerprints and go after a day."),
        untold={
            "account_index": FINGERPRINT,
            "device_hash": FINGERPRINT,
            "address_hash": FINGERPRINT,
            "network_hash": FINGERPRINT,
        },
    ),
)
