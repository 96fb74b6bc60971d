"""Handing a shop over. The former owner stays as an administrator; both are told by mail."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from app.domains.accounts.memberships.errors import RightsMissingError
from app.domains.accounts.memberships.models import Membership
from app.domains.accounts.memberships.operations import grant_role
from app.domains.accounts.memberships.queries import find_rights, get_rights
from app.domains.accounts.ownership.errors import (
    TransferOpenError,
    TransferOverError,
    TransferTargetError,
)
from app.domains.accounts.ownership.events import ShopHandedOver, ShopOffered, ShopOfferEnded
from app.domains.accounts.ownership.models import OwnershipTransfer
from app.domains.accounts.ownership.queries import (
    TransferRecord,
    find_transfer,
)
from app.domains.accounts.permissions import Permission
from app.domains.accounts.rules import Role
from app.foundation.audit.rules import AuditKind
from app.foundation.errors import NotFoundError
from app.foundation.guards import Guard, is_guarded
from app.foundation.identifiers import new_id
from app.foundation.unit_of_work import UnitOfWork

TRANSFER_LIFE = timedelta(days=7)


def offer_shop(unit: UnitOfWork, *, shop_id: UUID, to_person: UUID, actor: UUID) -> UUID:
    """Offer a shop to a colleague; nothing changes until they accept.

    Raises NotFoundError, RightsMissingError, TransferTargetError, TransferOpenError.
    """
    mine = get_rights(unit, person_id=actor, shop_id=shop_id)
    if Permission.TRANSFER_SHOP not in mine.permissions:
        raise RightsMissingError
    theirs = find_rights(unit, person_id=to_person, shop_id=shop_id)
    if theirs is None or theirs.role is Role.OWNER:
        raise TransferTargetError
    _end_expired(unit, shop_id)
    transfer_id = new_id()
    offered = unit.session.execute(
        insert(OwnershipTransfer).values(
            id=transfer_id, shop_id=shop_id, from_person=actor, to_person=to_person,
            offered_at=unit.now, expires_at=unit.now + TRANSFER_LIFE,
        ).on_conflict_do_nothing().returning(OwnershipTransfer.id)
    ).first()  # fmt: skip
    if offered is None:
        raise TransferOpenError
    _audit(unit, "offer_shop", transfer_id, shop_id, actor)
    unit.record(ShopOffered(transfer_id=transfer_id))
    return transfer_id


def accept_shop(unit: UnitOfWork, *, shop_id: UUID, transfer_id: UUID, actor: UUID) -> None:
    """Become the owner of a shop that was offered; the former owner becomes an administrator.

    Raises NotFoundError, TransferOverError; also where whoever offered it owns it no more.
    """
    found = _get(unit, shop_id, transfer_id)
    if found.to_person != actor:
        raise NotFoundError
    _lock_both(unit, shop_id, found)
    former = find_rights(unit, person_id=found.from_person, shop_id=shop_id)
    if former is None or former.role is not Role.OWNER:
        raise TransferOverError
    get_rights(unit, person_id=actor, shop_id=shop_id)
    unit.session.execute(
        update(OwnershipTransfer)
        .where(OwnershipTransfer.id == transfer_id)
        .values(accepted_at=unit.now)
    )
    for person_id, role in ((actor, Role.OWNER), (found.from_person, Role.ADMINISTRATOR)):
        grant_role(unit, person_id=person_id, shop_id=shop_id, role=role, actor=str(actor))
    _audit(unit, "accept_shop", transfer_id, shop_id, actor)
    unit.record(ShopHandedOver(transfer_id=transfer_id))


def end_offer(unit: UnitOfWork, *, shop_id: UUID, transfer_id: UUID, actor: UUID) -> None:
    """Decline an offer, or take one's own back. Raises NotFoundError, TransferOverError."""
    found = _get(unit, shop_id, transfer_id)
    if actor not in {found.to_person, found.from_person}:
        raise NotFoundError
    unit.session.execute(
        update(OwnershipTransfer)
        .where(OwnershipTransfer.id == transfer_id)
        .values(ended_at=unit.now)
    )
    _audit(unit, "end_shop_offer", transfer_id, shop_id, actor)
    unit.record(ShopOfferEnded(transfer_id=transfer_id))


def _get(unit: UnitOfWork, shop_id: UUID, transfer_id: UUID) -> TransferRecord:
    found = find_transfer(unit, transfer_id, for_update=True)
    if found is None or found.shop_id != shop_id:
        raise NotFoundError
    if not found.is_open:
        raise TransferOverError
    return found


def _lock_both(unit: UnitOfWork, shop_id: UUID, found: TransferRecord) -> None:
    """Lock what both are on the shop: whoever is let go meanwhile must not come back by this."""
    if not is_guarded(Guard.OWNERS_LOCK):
        return
    unit.session.execute(
        select(Membership.person_id)
        .where(
            Membership.shop_id == shop_id,
            Membership.person_id.in_([found.from_person, found.to_person]),
        )
        .order_by(Membership.person_id)
        .with_for_update()
    )


def _end_expired(unit: UnitOfWork, shop_id: UUID) -> None:
    unit.session.execute(
        update(OwnershipTransfer)
        .where(
            OwnershipTransfer.shop_id == shop_id, OwnershipTransfer.accepted_at.is_(None),
            OwnershipTransfer.ended_at.is_(None), OwnershipTransfer.expires_at <= unit.now,
        )
        .values(ended_at=unit.now)
    )  # fmt: skip


def _audit(unit: UnitOfWork, action: str, transfer_id: UUID, shop_id: UUID, actor: UUID) -> None:
    unit.audit(
        actor=str(actor), action=action, object_kind="transfer", object_id=transfer_id,
        kind=AuditKind.MONEY, shop=shop_id,
    )  # fmt: skip
