"""Inviting people, sending it again, taking it back, accepting. All in the directory."""

from uuid import UUID

from sqlalchemy import delete, func, insert, or_, select, update

from app.domains.accounts.invitations.errors import (
    AlreadyInvitedError,
    AlreadyMemberError,
    InvitationForOtherError,
    InvitationOverError,
    TooManyInvitationsError,
    TooSoonError,
)
from app.domains.accounts.invitations.events import InvitationAsked
from app.domains.accounts.invitations.models import Invitation
from app.domains.accounts.invitations.queries import (
    InvitationRecord,
    find_invitation,
    find_invitation_by_token,
    list_open_invitations,
)
from app.domains.accounts.invitations.rules import (
    INVITATION_KEPT,
    INVITATION_LIFE,
    MOST_OPEN_INVITATIONS,
    may_send_again,
)
from app.domains.accounts.memberships.errors import RightsMissingError, RoleInvalidError
from app.domains.accounts.memberships.operations import check_grant, grant_role
from app.domains.accounts.memberships.queries import find_rights
from app.domains.accounts.memberships.rules import Grant
from app.domains.accounts.people.models import Person
from app.domains.accounts.people.rules import check_email
from app.foundation.audit.rules import AuditKind
from app.foundation.errors import NotFoundError
from app.foundation.guards import Guard, is_guarded
from app.foundation.identifiers import new_id, new_token
from app.foundation.sealing import email_indexes
from app.foundation.tokens import hash_token
from app.foundation.unit_of_work import UnitOfWork


def invite(
    unit: UnitOfWork, *, shop_id: UUID, email: str, grant: Grant, language: str, actor: UUID
) -> UUID:
    """Invite an address to a role; the mail follows. Nothing tells whether it has an account.

    Raises NotFoundError, RoleInvalidError, RightsMissingError, EmailInvalidError,
    AlreadyMemberError, AlreadyInvitedError, TooManyInvitationsError.
    """
    check_grant(unit, shop_id=shop_id, grant=grant, actor=actor)
    address = check_email(email)
    indexes = email_indexes(address)
    _refuse_members(unit, shop_id, indexes)
    _refuse_invited(unit, shop_id, indexes)
    invitation_id = new_id()
    unit.session.execute(
        insert(Invitation).values(
            id=invitation_id, shop_id=shop_id, email=address, email_index=indexes[0],
            other_index=indexes[1] if len(indexes) > 1 else None,
            role=grant.role.value, custom_role_id=grant.custom_role_id, supplies=grant.supplies,
            language=language, invited_by=actor, invited_at=unit.now, sent_at=unit.now,
            expires_at=unit.now + INVITATION_LIFE,
        )
    )  # fmt: skip
    _audit(unit, "invite", invitation_id, shop_id, actor, str(grant.custom_role_id or grant.role))
    unit.record(InvitationAsked(invitation_id=invitation_id, mail_id=new_id()))
    return invitation_id


def _refuse_members(unit: UnitOfWork, shop_id: UUID, indexes: tuple[bytes, ...]) -> None:
    known = unit.session.execute(
        select(Person.id).where(Person.email_index.in_(indexes))
    ).scalar_one_or_none()
    if known and find_rights(unit, person_id=known, shop_id=shop_id):
        raise AlreadyMemberError


def _refuse_invited(unit: UnitOfWork, shop_id: UUID, indexes: tuple[bytes, ...]) -> None:
    """Refuse a second open invitation of an address; one that expired makes room."""
    unit.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(str(shop_id), 0))))
    waiting = list_open_invitations(unit, shop_id=shop_id)
    for each in waiting:
        if each.email_index in indexes and each.is_open:
            raise AlreadyInvitedError
        if each.email_index in indexes:
            _end(unit, each.id, withdrawn_at=unit.now)
    if sum(each.is_open for each in waiting) >= MOST_OPEN_INVITATIONS:
        raise TooManyInvitationsError


def send_invitation_again(
    unit: UnitOfWork, *, shop_id: UUID, invitation_id: UUID, actor: UUID
) -> None:
    """Send the mail once more, for seven days from now; the former link opens nothing any more.

    Raises NotFoundError, InvitationOverError, TooSoonError, RightsMissingError.
    """
    found = _get(unit, shop_id, invitation_id)
    check_grant(unit, shop_id=shop_id, grant=_grant(found), actor=actor)
    if not may_send_again(found.sent_at, unit.now):
        raise TooSoonError
    unit.session.execute(
        update(Invitation)
        .where(Invitation.id == invitation_id)
        .values(
            token_hash=None, invited_by=actor, sent_at=unit.now,
            expires_at=unit.now + INVITATION_LIFE,
        )
    )  # fmt: skip
    _audit(unit, "invite_again", invitation_id, shop_id, actor, found.role.value)
    unit.record(InvitationAsked(invitation_id=invitation_id, mail_id=new_id()))


def withdraw_invitation(
    unit: UnitOfWork, *, shop_id: UUID, invitation_id: UUID, actor: UUID
) -> None:
    """Take an invitation back. Raises NotFoundError, InvitationOverError, RightsMissingError."""
    found = _get(unit, shop_id, invitation_id)
    check_grant(unit, shop_id=shop_id, grant=_grant(found), actor=actor)
    _end(unit, invitation_id, withdrawn_at=unit.now)
    _audit(unit, "withdraw_invitation", invitation_id, shop_id, actor, found.role.value)


def make_invitation_token(unit: UnitOfWork, *, invitation_id: UUID) -> str:
    """Return a fresh secret for the link, when the mail is written; only its hash is kept."""
    token = new_token()
    unit.session.execute(
        update(Invitation)
        .where(Invitation.id == invitation_id, Invitation.accepted_at.is_(None))
        .values(token_hash=hash_token(token))
    )
    return token


def accept_invitation(unit: UnitOfWork, *, token: str, person_id: UUID) -> UUID:
    """Take the role that the link offers; once, by the owner of the address. Returns the shop.

    Raises InvitationOverError, InvitationForOtherError, AlreadyMemberError.
    """
    found = _lock(unit, token)
    email = unit.session.execute(select(Person.email).where(Person.id == person_id)).scalar_one()
    if found is None or not found.is_open:
        raise InvitationOverError
    if found.email_index not in email_indexes(email):
        raise InvitationForOtherError
    if find_rights(unit, person_id=person_id, shop_id=found.shop_id):
        raise AlreadyMemberError
    try:
        check_grant(unit, shop_id=found.shop_id, grant=_grant(found), actor=found.invited_by)
    except (NotFoundError, RightsMissingError, RoleInvalidError) as error:
        raise InvitationOverError from error
    _end(unit, found.id, accepted_at=unit.now, accepted_by=person_id)
    grant_role(
        unit, person_id=person_id, shop_id=found.shop_id, role=found.role,
        custom_role_id=found.custom_role_id, supplies=found.supplies, actor=str(person_id),
    )  # fmt: skip
    _audit(unit, "accept_invitation", found.id, found.shop_id, person_id, found.role.value)
    return found.shop_id


def _lock(unit: UnitOfWork, token: str) -> InvitationRecord | None:
    """Lock the invitation first, so that what is read of it is true until the commit."""
    if is_guarded(Guard.INVITATION_LOCK):
        unit.session.execute(
            select(Invitation.id)
            .where(Invitation.token_hash == hash_token(token))
            .with_for_update()
        )
    return find_invitation_by_token(unit, token)


def forget_old_invitations(unit: UnitOfWork) -> None:
    """Empty the address of what is over, and remove it after a month."""
    over = unit.now - INVITATION_KEPT
    unit.session.execute(
        update(Invitation)
        .where(Invitation.expires_at < over, Invitation.email_index.is_not(None))
        .values(email=None, email_index=None, other_index=None, withdrawn_at=unit.now)
    )
    unit.session.execute(
        delete(Invitation).where(or_(Invitation.accepted_at < over, Invitation.withdrawn_at < over))
    )


def _get(unit: UnitOfWork, shop_id: UUID, invitation_id: UUID) -> InvitationRecord:
    found = find_invitation(unit, invitation_id)
    if found is None or found.shop_id != shop_id:
        raise NotFoundError
    if not (found.is_open or found.is_expired):
        raise InvitationOverError
    return found


def _grant(found: InvitationRecord) -> Grant:
    return Grant(found.role, found.custom_role_id, found.supplies)


def _end(unit: UnitOfWork, invitation_id: UUID, **how: object) -> None:
    unit.session.execute(
        update(Invitation)
        .where(Invitation.id == invitation_id)
        .values(email=None, email_index=None, other_index=None, **how)
    )


def _audit(
    unit: UnitOfWork, action: str, invitation_id: UUID, shop_id: UUID, actor: UUID, role: str
) -> None:
    unit.audit(
        actor=str(actor), action=action, object_kind="invitation", object_id=invitation_id,
        kind=AuditKind.MONEY, shop=shop_id, role=role,
    )  # fmt: skip
