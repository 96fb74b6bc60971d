"""What the tests of refunds, release and transfers share: a paid order, an account, the schedule."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text

from app.domains.checkout.invariants import check_shop
from app.domains.fulfilment.jobs import bring_back, look_at_refunds, settle_sellers
from app.domains.fulfilment.refunding.asking import Wish, ask_refund
from app.domains.fulfilment.refunding.pursuing import pursue_refund
from app.domains.fulfilment.rules import PRESUMED_DELIVERY, RETURN_WINDOW
from app.domains.fulfilment.shipments import count_pieces_left, send_pieces
from app.domains.ledger.queries import BalanceSheet, get_balance_sheet
from app.domains.orders.queries import list_orders
from app.domains.payments.operations import save_connected_account
from app.domains.payments.ports import AccountStatus, PaymentProvider
from app.domains.payments.refunds.rules import RefundReason
from app.foundation.clock import clock
from app.foundation.identifiers import new_id
from app.foundation.money import Money
from app.foundation.ports import port
from app.foundation.unit_of_work import unit_of_work
from tests.functional import journey

ALL_HELD = PRESUMED_DELIVERY + RETURN_WINDOW + timedelta(minutes=1)


def connect_account(platform: Any, shop: Any, *, is_active: bool = True) -> str:
    """Give the shop an account at the provider that may receive transfers."""
    account = port(PaymentProvider).create_account(
        shop_id=shop.id, country="DE", email="shop@example.com", name=shop.name
    )
    with unit_of_work(shop.scope) as unit:
        save_connected_account(unit, account=AccountStatus(account, can_receive_transfers=False))
    if is_active:
        set_capability(platform, account, "active")
    return account


def set_capability(platform: Any, account: str, status: str) -> None:
    with platform.stripe.store.lock:
        accounts = platform.stripe.accounts
        accounts.set_status(accounts.get(account), status)


def set_bank_account(platform: Any, account: str, bank_account: str) -> None:
    with platform.stripe.store.lock:
        accounts = platform.stripe.accounts
        accounts.set_bank_account(accounts.get(account), bank_account)


def buy(platform: Any, shop: Any, card: str = "pm_card_visa", **goods: Any) -> UUID:
    """Buy something; return the order's id."""
    client = platform.shop_client(shop.slug)
    token = journey.check_out(client, **goods)
    journey.pay(platform, journey.intent_of(client, token), card)
    assert client.get(f"/en/orders/{token}/return").status_code == 303
    with unit_of_work(shop.scope) as unit:
        return list_orders(unit)[0].id


def send(shop: Any, order_id: UUID, pieces: dict[int, int] | None = None) -> UUID:
    shipment_id = new_id()
    with unit_of_work(shop.scope) as unit:
        send_pieces(
            unit, order_id=order_id, shipment_id=shipment_id, carrier="DHL",
            tracking_number="00340434", sent_by="test",
            pieces=pieces or count_pieces_left(unit, order_id=order_id),
        )  # fmt: skip
    return shipment_id


def refund(shop: Any, order_id: UUID, amount: int, refund_id: UUID | None = None) -> UUID:
    """Ask for an amount and pursue it, with the reversal that may follow."""
    wish = Wish(RefundReason.RETURNED, amount=Money(amount, "EUR"))
    with unit_of_work(shop.scope) as unit:
        made = ask_refund(
            unit, refund_id=refund_id or new_id(), order_id=order_id, wish=wish, asked_by="test"
        )
    pursue_refund(shop.scope, refund_id=made)
    bring_back(shop.scope)
    return made


def run_schedule(shop: Any) -> None:
    look_at_refunds(shop.scope)
    settle_sellers(shop.scope)


def pay_out(shop: Any, order_id: UUID) -> None:
    """Send an order and let all the waiting pass, until its money is transferred."""
    send(shop, order_id)
    clock.move(ALL_HELD)
    run_schedule(shop)


def sheet(shop: Any) -> BalanceSheet:
    with unit_of_work(shop.scope) as unit:
        return get_balance_sheet(unit, currency="EUR")


def figures(shop: Any) -> tuple[int, int, int, int]:
    """Return what is held, available, paid out and owed."""
    now = sheet(shop)
    return tuple(m.amount for m in (now.held, now.available, now.paid_out, now.owed))  # type: ignore[return-value]


def transfers_of(platform: Any, order_id: UUID) -> list[Any]:
    return [
        t for t in platform.stripe.store.of_kind("transfer")
        if t["transfer_group"] == str(order_id)
    ]  # fmt: skip


def refunds_at_provider(platform: Any, shop: Any) -> list[Any]:
    return [
        r for r in platform.stripe.store.of_kind("refund")
        if r["metadata"].get("shop_id") == str(shop.id)
    ]  # fmt: skip


def assert_books_are_right(shop: Any) -> None:
    """Check the shop's books alone, and against its orders and payments."""
    from app.domains.ledger.invariants import check_books

    with unit_of_work(shop.scope) as unit:
        assert [f for f in [*check_books(unit), *check_shop(unit)]
                if f.breaches and not f.name.startswith("I14")] == []  # fmt: skip
        assert unit.session.execute(text("SELECT count(*) FROM platform.journal")).scalar_one()
