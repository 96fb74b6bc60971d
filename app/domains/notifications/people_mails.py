"""Mails about who works where: invitations, a shop that is handed over, what waits for a second."""

from functools import partial
from uuid import UUID, uuid5

from app.domains.accounts.approvals.events import ApprovalAsked
from app.domains.accounts.approvals.queries import ApprovalRecord, find_approval
from app.domains.accounts.approvals.rules import ApprovalKind, is_for_platform
from app.domains.accounts.invitations.events import InvitationAsked
from app.domains.accounts.invitations.operations import make_invitation_token
from app.domains.accounts.invitations.queries import find_invitation
from app.domains.accounts.memberships.queries import list_people_who_may
from app.domains.accounts.ownership.events import ShopHandedOver, ShopOffered, ShopOfferEnded
from app.domains.accounts.ownership.queries import find_transfer
from app.domains.accounts.people.queries import get_person
from app.domains.accounts.permissions import ROLE_NAMES, Permission
from app.domains.accounts.rules import PLATFORM
from app.domains.notifications.account_mails import send_letter
from app.domains.notifications.ports import AccountLetter
from app.foundation.database import Scope, ShopScope, directory_scope
from app.foundation.unit_of_work import UnitOfWork, unit_of_work
from tenants.resolution import find_shop_by_id

PLATFORM_NAME = "Galleria"
_LETTERS = {ApprovalKind.REFUND: "approval_asked", ApprovalKind.JOURNAL: "journal_asked"}
_PAGES = {ApprovalKind.REFUND: "approvals", ApprovalKind.JOURNAL: "journals"}


def mail_invitation(scope: Scope, event: InvitationAsked) -> None:
    """Write to an invited address; the link is made here, and the former one ends with it."""

    def gather(unit: UnitOfWork) -> AccountLetter | None:
        found = find_invitation(unit, event.invitation_id)
        if found is None or not found.is_open:
            return None
        token = make_invitation_token(unit, invitation_id=found.id)
        role = found.custom_name or ROLE_NAMES[found.role]
        return AccountLetter(
            "invitation", event.mail_id, found.email, "", found.language,
            path=f"/invitations/{token}",
            facts={"shop": _shop_name(unit, found.shop_id), "role": role,
                   "until": found.expires_at},
        )  # fmt: skip

    send_letter(scope, kind="invitation", subject_id=event.mail_id, gather=gather)


def mail_shop_offered(scope: Scope, event: ShopOffered) -> None:
    """Tell both that a shop is offered."""
    _tell_both(scope, event.transfer_id, "shop_offered", "shop_offered_to_you")


def mail_shop_handed_over(scope: Scope, event: ShopHandedOver) -> None:
    """Tell both that a shop has another owner."""
    _tell_both(scope, event.transfer_id, "shop_given", "shop_received")


def mail_shop_offer_ended(scope: Scope, event: ShopOfferEnded) -> None:
    """Tell both that nothing has changed."""
    _tell_both(scope, event.transfer_id, "shop_offer_ended", "shop_offer_to_you_ended")


def mail_approval_asked(scope: ShopScope, event: ApprovalAsked) -> None:
    """Tell everybody who may decide: colleagues, or finance where the shop has nobody else."""
    with unit_of_work(scope) as unit:
        wish = find_approval(unit, event.approval_id)
    if wish is None or not wish.is_open:
        return
    with unit_of_work(directory_scope()) as unit:
        place, deciding = _list_deciding(unit, scope.shop_id, wish)
    for person_id in sorted(deciding):
        send_letter(
            directory_scope(), kind=_LETTERS[wish.kind], subject_id=uuid5(wish.id, str(person_id)),
            gather=partial(_ask, wish=wish, place=place, shop_id=scope.shop_id,
                           person_id=person_id),
        )  # fmt: skip


def _list_deciding(
    unit: UnitOfWork, shop_id: UUID, wish: ApprovalRecord
) -> tuple[UUID, frozenset[UUID]]:
    """Return where it is decided, and who may."""
    asked_by = wish.asked_by
    if wish.kind is ApprovalKind.JOURNAL:
        may = list_people_who_may(unit, shop_id=PLATFORM, permission=Permission.APPROVE_JOURNALS)
        return PLATFORM, may - {asked_by}
    colleagues = list_people_who_may(unit, shop_id=shop_id, permission=Permission.APPROVE_REFUNDS)
    if not is_for_platform(colleagues, asked_by):
        return shop_id, colleagues - {asked_by}
    finance = list_people_who_may(unit, shop_id=PLATFORM, permission=Permission.APPROVE_FOR_SHOPS)
    return PLATFORM, finance - {asked_by}


def _ask(
    unit: UnitOfWork, *, wish: ApprovalRecord, place: UUID, shop_id: UUID, person_id: UUID
) -> AccountLetter:
    reader = get_person(unit, person_id)
    return AccountLetter(
        _LETTERS[wish.kind], uuid5(wish.id, str(person_id)), reader.email, reader.name,
        reader.language, path=f"/work/{place}?page={_PAGES[wish.kind]}",
        facts={"shop": _shop_name(unit, shop_id), "amount": wish.amount,
               "until": wish.expires_at},
    )  # fmt: skip


def _tell_both(scope: Scope, transfer_id: UUID, to_former: str, to_new: str) -> None:
    for kind in (to_former, to_new):
        gather = partial(_letter, transfer_id=transfer_id, kind=kind, is_former=kind == to_former)
        send_letter(scope, kind=kind, subject_id=transfer_id, gather=gather)


def _letter(
    unit: UnitOfWork, *, transfer_id: UUID, kind: str, is_former: bool
) -> AccountLetter | None:
    found = find_transfer(unit, transfer_id)
    if found is None:
        return None
    former, other = (get_person(unit, each) for each in (found.from_person, found.to_person))
    reader = former if is_former else other
    return AccountLetter(
        kind, transfer_id, reader.email, reader.name, reader.language,
        path=f"/work/{found.shop_id}",
        facts={
            "shop": _shop_name(unit, found.shop_id), "owner": former.name,
            "new_owner": other.name, "until": found.expires_at,
        },
    )  # fmt: skip


def _shop_name(unit: UnitOfWork, shop_id: UUID) -> str:
    shop = find_shop_by_id(unit, shop_id)
    return shop.name if shop else PLATFORM_NAME
