"""Reading invitations."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, select

from app.domains.accounts.invitations.models import Invitation
from app.domains.accounts.memberships.models import CustomRole
from app.domains.accounts.memberships.rules import permissions_of
from app.domains.accounts.permissions import ROLE_NAMES, Permission
from app.domains.accounts.rules import Role
from app.foundation.tokens import hash_token
from app.foundation.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class InvitationRecord:
    """An invitation as it stands; without an address once it is over."""

    id: UUID
    shop_id: UUID
    email: str
    email_index: bytes | None
    role: Role
    custom_role_id: UUID | None
    custom_name: str
    supplies: str
    permissions: frozenset[Permission]
    language: str
    invited_by: UUID
    invited_at: datetime
    sent_at: datetime
    expires_at: datetime
    accepted_by: UUID | None
    is_open: bool
    is_expired: bool

    @property
    def role_name(self) -> str:
        """The role in the reader's language, or as the shop called it."""
        return self.custom_name or str(ROLE_NAMES[self.role])


def find_invitation_by_token(unit: UnitOfWork, token: str) -> InvitationRecord | None:
    """Return the invitation that a mail's link opens, also one that is over."""
    return _one(unit, Invitation.token_hash == hash_token(token))


def find_invitation(unit: UnitOfWork, invitation_id: UUID) -> InvitationRecord | None:
    """Return an invitation by its id."""
    return _one(unit, Invitation.id == invitation_id)


def list_open_invitations(unit: UnitOfWork, *, shop_id: UUID) -> list[InvitationRecord]:
    """Return a shop's invitations that nobody answered, those that expired too, newest first."""
    is_open = and_(Invitation.accepted_at.is_(None), Invitation.withdrawn_at.is_(None))
    rows = unit.session.execute(
        _invitations().where(Invitation.shop_id == shop_id, is_open)
        .order_by(Invitation.invited_at.desc())
    )  # fmt: skip
    return [_record(unit, *row) for row in rows]


def _invitations() -> Any:
    return select(Invitation, CustomRole.name, CustomRole.permissions).outerjoin(
        CustomRole,
        and_(CustomRole.id == Invitation.custom_role_id, CustomRole.shop_id == Invitation.shop_id),
    )


def _one(unit: UnitOfWork, condition: Any) -> InvitationRecord | None:
    row = unit.session.execute(
        _invitations().where(condition), execution_options={"populate_existing": True}
    ).first()
    return _record(unit, *row) if row else None


def _record(
    unit: UnitOfWork, row: Invitation, custom_name: str | None, custom: list[str] | None
) -> InvitationRecord:
    role, is_expired = Role(row.role), row.expires_at <= unit.now
    is_answered = row.accepted_at is not None or row.withdrawn_at is not None
    return InvitationRecord(
        id=row.id, shop_id=row.shop_id, email=row.email or "", email_index=row.email_index,
        role=role, custom_role_id=row.custom_role_id, custom_name=custom_name or "",
        supplies=row.supplies, permissions=permissions_of(role, custom), language=row.language,
        invited_by=row.invited_by, invited_at=row.invited_at, sent_at=row.sent_at,
        expires_at=row.expires_at, accepted_by=row.accepted_by,
        is_open=not is_answered and not is_expired, is_expired=not is_answered and is_expired,
    )  # fmt: skip
