"""What the directory holds of people: the account, its proofs, sessions, addresses, answers."""

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
from app.domains.accounts.sessions.models import (
    Device,
    SessionRow,
    SignInRecordRow,
)
from app.domains.accounts.tokens.models import ApiToken
from app.foundation.errors import NotFoundError
from app.foundation.personal_data import Delete, Holding, Keep, Subject
from app.foundation.unit_of_work import UnitOfWork

THE_PERSON = {"person_id": "the account that the export itself is about"}
NOT_TOLD = "a secret that proves who you are; a copy of it would weaken the account"
FINGERPRINT = "a fingerprint of the address, which is exported"


def get_subject(unit: UnitOfWork, *, person_id: UUID) -> Subject:
    """Return whose data is asked for: an account's address has been proved. Raises NotFoundError."""
    index = unit.session.execute(
        select(Person.email_index).where(Person.id == person_id)
    ).scalar_one_or_none()
    if index is None:
        raise NotFoundError
    return Subject(person_id, frozenset({index}), unit.now)


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


OF_SHOPS = (
    Holding(
        table=Approval,
        title=lazy_gettext("Large amounts that you asked for or decided on"),
        find=lambda who: (
            (Approval.asked_by == who.person_id) | (Approval.decided_by == who.person_id)
        ),
        exported=("kind", "currency", "amount", "state", "asked_at", "decided_at"),
        erasure=Keep(lazy_gettext("Who decided on money must be kept; it holds ids and no names.")),
        untold={
            "asked_by": "the account that the export itself is about, or a colleague",
            "decided_by": "the account that the export itself is about, or a colleague",
        },
    ),
)
OF_DIRECTORY = (
    Holding(
        table=Person,
        title=lazy_gettext("Your account"),
        find=lambda who: Person.id == who.person_id,
        exported=("id", "email", "name", "language", "currency", "created_at"),
        erasure=Delete(),
        untold={"email_index": FINGERPRINT, "password_hash": NOT_TOLD},
    ),
    Holding(
        table=Membership,
        title=lazy_gettext("Shops that you work for"),
        find=lambda who: Membership.person_id == who.person_id,
        exported=("shop_id", "role", "granted_at"),
        erasure=Delete(),
        untold=THE_PERSON,
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
            "invited_by": "the account that the export itself is about, or a colleague",
            "accepted_by": "the account that the export itself is about, or a colleague",
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
        untold={
            "from_person": "the account that the export itself is about, or a colleague",
            "to_person": "the account that the export itself is about, or a colleague",
        },
    ),
    Holding(
        table=PersonShop,
        title=lazy_gettext("Shops that you dealt with"),
        find=lambda who: PersonShop.person_id == who.person_id,
        exported=("shop_id", "since"),
        erasure=Delete(),
        untold=THE_PERSON,
    ),
    Holding(
        table=PersonAddress,
        title=lazy_gettext("Your addresses"),
        find=lambda who: PersonAddress.person_id == who.person_id,
        exported=("address", "is_default", "created_at", "changed_at"),
        erasure=Delete(),
        untold=THE_PERSON,
    ),
    Holding(
        table=PersonConsent,
        title=lazy_gettext("What you agreed to"),
        find=lambda who: PersonConsent.person_id == who.person_id,
        exported=("purpose", "is_given", "wording", "place", "happened_at"),
        erasure=Delete(),
        untold=THE_PERSON,
    ),
    Holding(
        table=Device,
        title=lazy_gettext("Browsers that have signed in to your account"),
        find=lambda who: Device.person_id == who.person_id,
        exported=("first_seen_at", "last_seen_at"),
        erasure=Delete(),
        untold=THE_PERSON,
    ),
    Holding(
        table=SessionRow,
        title=lazy_gettext("Where you are and were signed in"),
        find=lambda who: SessionRow.person_id == who.person_id,
        exported=(
            "host",
            "agent",
            "address",
            "created_at",
            "seen_at",
            "proved_at",
            "ended_at",
        ),
        erasure=Delete(),
        untold=THE_PERSON,
    ),
    Holding(
        table=SignInRecordRow,
        title=lazy_gettext("Your sign-ins"),
        find=lambda who: SignInRecordRow.person_id == who.person_id,
        exported=("outcome", "method", "agent", "address", "happened_at"),
        erasure=Delete(),
        untold=THE_PERSON,
    ),
    Holding(
        table=EmailChange,
        title=lazy_gettext("Changes of your address"),
        find=lambda who: EmailChange.person_id == who.person_id,
        exported=("old_email", "new_email", "asked_at", "finished_at", "withdrawn_at"),
        erasure=Delete(),
        untold={**THE_PERSON, "new_email_index": FINGERPRINT},
    ),
    Holding(
        table=SignUp,
        title=lazy_gettext("Accounts that were asked for with your address"),
        find=lambda who: SignUp.email_index.in_(who.email_indexes),
        exported=("email", "name", "language", "asked_at"),
        erasure=Delete(),
        untold={"email_index": FINGERPRINT, "password_hash": NOT_TOLD},
    ),
    Holding(
        table=Passkey,
        title=lazy_gettext("Your passkeys"),
        find=lambda who: Passkey.person_id == who.person_id,
        exported=("name", "made_at", "used_at"),
        erasure=Delete(),
        untold=THE_PERSON,
    ),
    Holding(
        table=AuthenticatorApp,
        title=lazy_gettext("Your authenticator app"),
        find=lambda who: AuthenticatorApp.person_id == who.person_id,
        exported=("is_confirmed", "made_at"),
        erasure=Delete(),
        untold={**THE_PERSON, "secret": NOT_TOLD},
    ),
    Holding(
        table=RecoveryCode,
        title=lazy_gettext("Your recovery codes"),
        find=lambda who: RecoveryCode.person_id == who.person_id,
        exported=("made_at", "used_at"),
        erasure=Delete(),
        untold=THE_PERSON,
    ),
    Holding(
        table=PasswordReset,
        title=lazy_gettext("When you asked for a new password"),
        find=lambda who: PasswordReset.person_id == who.person_id,
        exported=("asked_at", "used_at"),
        erasure=Delete(),
        untold=THE_PERSON,
    ),
    Holding(
        table=ApiToken,
        title=lazy_gettext("Your keys for programs"),
        find=lambda who: ApiToken.person_id == who.person_id,
        exported=("name", "shop_id", "scopes", "made_at", "ends_at", "last_used_on"),
        erasure=Delete(),
        untold=THE_PERSON,
    ),
    Holding(
        table=PasskeyChallenge,
        title="",
        find=lambda who: PasskeyChallenge.person_id == who.person_id,
        erasure=Delete(),
        untold=THE_PERSON,
    ),
    Holding(
        table=UsedCode,
        title="",
        find=lambda who: UsedCode.person_id == who.person_id,
        erasure=Delete(),
        untold=THE_PERSON,
    ),
    Holding(
        table=PendingSignIn,
        title="",
        find=lambda who: PendingSignIn.person_id == who.person_id,
        erasure=Delete(),
        untold=THE_PERSON,
    ),
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
