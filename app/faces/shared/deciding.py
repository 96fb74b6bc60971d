"""Deciding on what waits for a second person: one way for the shops' console and the platform's."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import flash, g, redirect
from flask_babel import gettext

from app.domains.accounts.approvals.operations import decline
from app.domains.accounts.approvals.rules import ApprovalKind, Side
from app.domains.fulfilment.approving import approve_refund
from app.domains.fulfilment.jobs import bring_back
from app.domains.fulfilment.refunding.pursuing import pursue_refund
from app.domains.payments.refunds.rules import UNANSWERED, RefundState
from app.foundation.database import ShopScope
from app.foundation.errors import GalleriaError, NotFoundError
from app.foundation.unit_of_work import unit_of_work


def answer(act: Callable[[], str], *, page: Callable[[str], str], back: str) -> Any:
    """Do `act` and tell what it returns on the page `back`; a refusal is shown on `page`."""
    try:
        told = act()
    except NotFoundError:
        raise
    except GalleriaError as error:
        return page(error.tell()), error.status
    flash(told)
    return redirect(back, 303)


def pay_back_approved(scope: ShopScope, approval_id: UUID, side: Side) -> str:
    """Approve a refund that another asked for; the money leaves at once. Return what became of it."""
    with unit_of_work(scope) as unit:
        refund_id = approve_refund(
            unit, approval_id=approval_id, decided_by=g.visitor.person_id, decided_for=side
        )
    state = pursue_refund(scope, refund_id=refund_id)
    bring_back(scope)
    return tell_refund(state)


def decline_refund(scope: ShopScope, approval_id: UUID, side: Side) -> str:
    """Decline a refund that another asked for; nothing leaves."""
    _decline(scope, approval_id, ApprovalKind.REFUND, side)
    return str(gettext("Declined. Nothing was given back."))


def decline_journal(scope: ShopScope, approval_id: UUID) -> str:
    """Decline a correction of the books that another asked for; nothing is posted."""
    _decline(scope, approval_id, ApprovalKind.JOURNAL, Side.PLATFORM)
    return str(gettext("Declined. Nothing was posted."))


def _decline(scope: ShopScope, approval_id: UUID, kind: ApprovalKind, side: Side) -> None:
    with unit_of_work(scope) as unit:
        decline(
            unit, approval_id=approval_id, kind=kind, decided_by=g.visitor.person_id,
            decided_for=side,
        )  # fmt: skip


def tell_refund(state: RefundState) -> str:
    """Return what became of a refund, in words."""
    if state in UNANSWERED:
        return str(gettext("Noted. Stripe has not answered yet; we go on by ourselves."))
    if state is RefundState.REFUSED:
        return str(
            gettext("Stripe would not give this back. Nothing has left; the order's page says why.")
        )
    return str(gettext("The money is on its way back, and the buyer is told by mail."))
