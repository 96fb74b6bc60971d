"""Corrections of shops' books by hand: write one, take one back, approve what another wrote."""

from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext

from app.domains.accounts.approvals.operations import withdraw_approval
from app.domains.accounts.approvals.queries import ApprovalRecord, list_approvals
from app.domains.accounts.approvals.rules import APPROVAL_LIFE, ApprovalKind, limit_for
from app.domains.accounts.memberships.queries import list_names
from app.domains.accounts.permissions import Permission
from app.domains.fulfilment.correcting import (
    approve_correction,
    ask_correction,
    counter_entry,
    read_wish,
)
from app.domains.ledger.corrections.errors import (
    CorrectionAmountError,
    CorrectionChoiceError,
    CorrectionOrderError,
    CorrectionReferenceError,
)
from app.domains.ledger.corrections.queries import (
    CorrectionRecord,
    get_correction,
    list_corrections,
)
from app.domains.ledger.corrections.rules import (
    OF_AN_ORDER,
    CorrectionKind,
    CorrectionReason,
    CorrectionWish,
    normalise_reference,
)
from app.domains.orders.queries import find_order_id, list_order_numbers
from app.faces.shared.access import fresh_proof, requires
from app.faces.shared.deciding import answer, decline_journal
from app.foundation.database import PlatformScope, cell_names, directory_scope
from app.foundation.errors import NotFoundError
from app.foundation.identifiers import new_id, parse_id
from app.foundation.money import AmountError, Money, parse_money
from app.foundation.unit_of_work import UnitOfWork, unit_of_work
from tenants.operations import get_shop
from tenants.resolution import ShopRecord, find_shops

journals = Blueprint("journals", __name__)
PAGE_SIZE = 50
MOST_PAGES = 200


@journals.get("/journals")
@requires(Permission.SEE_BOOKS)
def index() -> str:
    """Show what waits for a second person, and what was corrected, by whom and why."""
    return _page()


def _page(error: str = "") -> str:
    page = max(1, min(request.args.get("page", 1, type=int), MOST_PAGES))
    wishes, corrections = _read_cells(page)
    with unit_of_work(directory_scope()) as unit:
        shops = find_shops(unit, {wish.shop for wish in wishes} | {c.shop for c in corrections})
        names = list_names(unit, _people_in(wishes, corrections))
    first = (page - 1) * PAGE_SIZE
    return render_template(
        "journals.html", error=error, me=g.visitor.person_id, names=names, shops=shops,
        waiting=[(wish, read_wish(wish.wish, wish.amount)) for wish in wishes if wish.is_open],
        not_posted=[
            (wish, read_wish(wish.wish, wish.amount))
            for wish in wishes
            if wish.state in {"declined", "withdrawn", "expired"}
        ],
        corrections=corrections[first : first + PAGE_SIZE], page=page,
        has_next=len(corrections) > first + PAGE_SIZE, days=APPROVAL_LIFE.days,
        limit=limit_for("EUR"),
    )  # fmt: skip


def _read_cells(page: int) -> tuple[list[ApprovalRecord], list[CorrectionRecord]]:
    """Return wishes and corrections of all cells, newest first, up to the end of a page and one."""
    wishes: list[ApprovalRecord] = []
    corrections: list[CorrectionRecord] = []
    for cell in cell_names():
        with unit_of_work(PlatformScope(cell, "platform_reader")) as unit:
            wishes += list_approvals(unit, kind=ApprovalKind.JOURNAL)
            corrections += list_corrections(unit, page_size=page * PAGE_SIZE)
    wishes.sort(key=lambda wish: wish.asked_at, reverse=True)
    corrections.sort(key=lambda each: each.posted_at, reverse=True)
    return wishes, corrections


def _people_in(
    wishes: Iterable[ApprovalRecord], corrections: Iterable[CorrectionRecord]
) -> set[UUID]:
    people = {each for wish in wishes for each in (wish.asked_by, wish.decided_by) if each}
    return people | {who for c in corrections for who in (c.posted_by, c.approved_by) if who}


@journals.get("/journals/<uuid:shop_id>/new")
@requires(Permission.SEE_BOOKS)
def ask(shop_id: UUID) -> str:
    """Show what can be corrected in a shop's books, and ask it of whoever may."""
    return _form(_get_shop(shop_id))


def _get_shop(shop_id: UUID) -> ShopRecord:
    with unit_of_work(directory_scope()) as unit:
        return get_shop(unit, shop_id)


def _form(shop: ShopRecord, error: str = "") -> str:
    return render_template(
        "journal.html", shop=shop, error=error, kinds=list(CorrectionKind),
        reasons=list(CorrectionReason), of_an_order=OF_AN_ORDER, limit=limit_for(shop.currency),
        correction_id=parse_id(request.form.get("correction_id", "")) or new_id(),
    )  # fmt: skip


@journals.post("/journals/<uuid:shop_id>/new")
@requires(Permission.POST_JOURNALS)
@fresh_proof
def write(shop_id: UUID) -> Any:
    """Post a correction or let it wait; the form carries its id: a second click is the same one."""
    shop = _get_shop(shop_id)
    return _ask(
        shop, lambda unit: _read_wish(unit, shop), lambda error: _form(shop, error), _form_id()
    )


def _form_id() -> UUID:
    wanted = parse_id(request.form.get("correction_id", ""))
    if wanted is None:
        raise NotFoundError
    return wanted


def _ask(
    shop: ShopRecord,
    wish_of: Callable[[UnitOfWork], CorrectionWish],
    page: Callable[[str], str],
    correction_id: UUID,
) -> Any:
    def act() -> str:
        with unit_of_work(shop.scope) as unit:
            is_waiting = ask_correction(
                unit, correction_id=correction_id, wish=wish_of(unit), asked_by=g.visitor.person_id
            )
        if is_waiting:
            return str(gettext("Noted. A second person has to approve it; nothing is posted yet."))
        return str(gettext("Posted. Where it moves the shop's money, the shop sees it."))

    return answer(act, page=page, back=url_for("journals.index"))


def _read_wish(unit: UnitOfWork, shop: ShopRecord) -> CorrectionWish:
    form = request.form
    kind = form.get("kind", "")
    if kind not in set(CorrectionKind):
        raise CorrectionChoiceError
    reason, reference = _read_why()
    amount = _read_amount(form.get("amount", ""), shop.currency)
    order_id = None
    if kind in OF_AN_ORDER:
        order_id = find_order_id(unit, number=form.get("order", "").replace("\x00", "")[:40])
        if order_id is None:
            raise CorrectionOrderError
    return CorrectionWish(CorrectionKind(kind), amount, reason, reference, order_id=order_id)


def _read_why() -> tuple[CorrectionReason, str]:
    reason = request.form.get("reason", "")
    if reason not in set(CorrectionReason):
        raise CorrectionChoiceError
    reference = normalise_reference(request.form.get("reference", ""))
    if not reference:
        raise CorrectionReferenceError
    return CorrectionReason(reason), reference


def _read_amount(text: str, currency: str) -> Money:
    try:
        amount = parse_money(text.replace(",", "."), currency)
    except AmountError as error:
        raise CorrectionAmountError from error
    if not amount:
        raise CorrectionAmountError
    return amount


@journals.get("/journals/<uuid:shop_id>/<uuid:correction_id>")
@requires(Permission.SEE_BOOKS)
def show(shop_id: UUID, correction_id: UUID) -> str:
    """Show a correction, with who and why, and how to take it back."""
    return _show(_get_shop(shop_id), correction_id)


def _show(shop: ShopRecord, correction_id: UUID, error: str = "") -> str:
    with unit_of_work(shop.scope) as unit:
        found = get_correction(unit, correction_id)
        numbers = list_order_numbers(unit, {found.order_id} if found.order_id else set())
    with unit_of_work(directory_scope()) as unit:
        names = list_names(unit, _people_in([], [found]))
    return render_template(
        "correction.html", shop=shop, found=found, names=names, error=error,
        number=numbers.get(found.order_id) if found.order_id else "",
        reasons=list(CorrectionReason), limit=limit_for(shop.currency),
        correction_id=parse_id(request.form.get("correction_id", "")) or new_id(),
    )  # fmt: skip


@journals.post("/journals/<uuid:shop_id>/<uuid:correction_id>/reverse")
@requires(Permission.POST_JOURNALS)
@fresh_proof
def reverse(shop_id: UUID, correction_id: UUID) -> Any:
    """Take a correction back by a counter-entry, under the same rule of two people."""
    shop = _get_shop(shop_id)

    def wish_of(unit: UnitOfWork) -> CorrectionWish:
        reason, reference = _read_why()
        return counter_entry(unit, correction_id=correction_id, reason=reason, reference=reference)

    return _ask(shop, wish_of, lambda error: _show(shop, correction_id, error), _form_id())


@journals.post("/journals/<uuid:shop_id>/<uuid:approval_id>/approve")
@requires(Permission.APPROVE_JOURNALS)
@fresh_proof
def approve(shop_id: UUID, approval_id: UUID) -> Any:
    """Approve what another wrote; it is posted at once."""

    def act() -> str:
        with unit_of_work(_get_shop(shop_id).scope) as unit:
            approve_correction(unit, approval_id=approval_id, decided_by=g.visitor.person_id)
        return str(
            gettext("Approved and posted. Where it moves the shop's money, the shop sees it.")
        )

    return _answer(act)


@journals.post("/journals/<uuid:shop_id>/<uuid:approval_id>/decline")
@requires(Permission.APPROVE_JOURNALS)
@fresh_proof
def decline(shop_id: UUID, approval_id: UUID) -> Any:
    """Decline what another wrote; nothing is posted."""
    return _answer(lambda: decline_journal(_get_shop(shop_id).scope, approval_id))


@journals.post("/journals/<uuid:shop_id>/<uuid:approval_id>/withdraw")
@requires(Permission.POST_JOURNALS)
def withdraw(shop_id: UUID, approval_id: UUID) -> Any:
    """Take one's own wish back."""
    with unit_of_work(_get_shop(shop_id).scope) as unit:
        withdraw_approval(
            unit, approval_id=approval_id, kind=ApprovalKind.JOURNAL,
            person_id=g.visitor.person_id,
        )  # fmt: skip
    flash(gettext("Taken back. Nothing was posted."))
    return redirect(url_for("journals.index"), 303)


def _answer(act: Callable[[], str]) -> Any:
    return answer(act, page=_page, back=url_for("journals.index"))
