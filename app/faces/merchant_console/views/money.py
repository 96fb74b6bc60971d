"""What the shop has earned, what is held and why, and being paid out."""

from typing import Any
from uuid import UUID

from flask import Blueprint, current_app, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext

from app.domains.accounts.factors.queries import find_payout_pause
from app.domains.accounts.permissions import Permission
from app.domains.checkout.reactions import refresh_connected_account
from app.domains.content.queries import get_profile
from app.domains.fulfilment.holding import list_held_money
from app.domains.fulfilment.rules import PRESUMED_DELIVERY, RETURN_WINDOW
from app.domains.ledger.corrections.queries import list_corrections
from app.domains.ledger.queries import get_balance_sheet, list_statement
from app.domains.orders.queries import list_order_numbers
from app.domains.payments.operations import save_connected_account
from app.domains.payments.ports import (
    AccountStatus,
    PaymentProvider,
    ProviderRefusedError,
    ProviderUnavailableError,
)
from app.domains.payments.queries import find_connected_account
from app.domains.payments.transfers.queries import list_transfers
from app.faces.shared.access import fresh_proof, requires
from app.faces.shared.links import Links
from app.foundation.audit.rules import AuditKind
from app.foundation.database import directory_scope
from app.foundation.flags import list_stopped
from app.foundation.ports import port
from app.foundation.unit_of_work import unit_of_work

money = Blueprint("money", __name__)
PAGE_SIZE = 50
MOST_PAGES = 10_000


@money.get("/shops/<uuid:shop_id>/balance")
@requires(Permission.SEE_BALANCE)
def balance(shop_id: UUID) -> str:
    """Show the balance, and every line with the order that it came from."""
    del shop_id
    page = max(1, min(request.args.get("page", 1, type=int), MOST_PAGES))
    with unit_of_work(g.shop.scope) as unit:
        sheet = get_balance_sheet(unit, currency=g.shop.currency)
        lines = list_statement(unit, page=page, page_size=PAGE_SIZE)
        account = find_connected_account(unit)
        held = list_held_money(unit, limit=PAGE_SIZE)
        transfers = list_transfers(unit, limit=PAGE_SIZE)
        stops = list_stopped(unit)
        named = {line.order_id for line in lines if line.order_id}
        named |= {each.order_id for each in held} | {each.subject_id for each in transfers}
        numbers = list_order_numbers(unit, named)
        corrected = {line.correction_id for line in lines if line.correction_id}
        corrections = list_corrections(unit, ids=corrected) if corrected else []
    with unit_of_work(directory_scope()) as unit:
        pause = find_payout_pause(unit, g.shop.id)
    return render_template(
        "balance.html", sheet=sheet, lines=lines[:PAGE_SIZE], has_next=len(lines) > PAGE_SIZE,
        page=page, account=account, held=held[:PAGE_SIZE], has_more_held=len(held) > PAGE_SIZE,
        transfers=transfers, stops=stops, numbers=numbers, pause=pause,
        corrections={each.id: each for each in corrections},
        window=RETURN_WINDOW.days, presumed=PRESUMED_DELIVERY.days,
    )  # fmt: skip


@money.post("/shops/<uuid:shop_id>/payouts")
@requires(Permission.SET_UP_PAYOUTS)
@fresh_proof
def set_up(shop_id: UUID) -> Any:
    """Make the shop's account at Stripe, and go there to complete it."""
    links = Links(current_app.config["GALLERIA"])
    with unit_of_work(g.shop.scope) as unit:
        account = find_connected_account(unit)
        profile = get_profile(unit, language=g.shop.language, fallback=g.shop.language)
        unit.audit(
            action="set_up_payouts", object_kind="shop", object_id=g.shop.id, kind=AuditKind.MONEY
        )
    provider = port(PaymentProvider)
    back = links.console(url_for("money.returned", shop_id=shop_id))
    try:
        account_id = account.provider_id if account else provider.create_account(
            shop_id=g.shop.id, country=g.shop.country, email=profile.contact_email, name=g.shop.name
        )  # fmt: skip
        if account is None:
            with unit_of_work(g.shop.scope) as unit:
                save_connected_account(
                    unit, account=AccountStatus(account_id, can_receive_transfers=False)
                )
        address = provider.onboarding_link(account_id, return_url=back, refresh_url=back)
    except (ProviderUnavailableError, ProviderRefusedError):
        flash(gettext("Stripe does not answer just now. Nothing is lost; try again in a minute."))
        return redirect(url_for("money.balance", shop_id=shop_id), 303)
    return redirect(address, 303)


@money.get("/shops/<uuid:shop_id>/payouts/return")
@requires(Permission.SET_UP_PAYOUTS)
def returned(shop_id: UUID) -> Any:
    """Come back from Stripe: look at the account."""
    try:
        refresh_connected_account(g.shop.scope)
    except (ProviderUnavailableError, ProviderRefusedError):
        flash(gettext("Stripe does not answer just now; we look again by ourselves."))
    return redirect(url_for("money.balance", shop_id=shop_id), 303)
