"""What the provider has not answered for too long is listed for finance, and asked with one click."""

import re
from datetime import timedelta

import psycopg
import pytest
from sqlalchemy import text

from app.domains.accounts.rules import PLATFORM, Role
from app.domains.fulfilment.jobs import look_at_refunds
from app.domains.payments.ports import PaymentProvider
from app.domains.payments.transfers.models import SellerTransfer
from app.foundation.clock import clock
from app.foundation.identifiers import new_id
from app.foundation.ports import port
from app.foundation.unit_of_work import unit_of_work
from tests.conftest import drain, open_shop
from tests.functional import settling
from tests.functional.signing_in import sign_in_as
from tests.functional.test_settling import states
from tests.functional.test_what_goes_wrong import plan

KEPT = text("SELECT kind, id, state FROM platform.unanswered ORDER BY kind, id")
MEANT = text(
    "SELECT 'refund' AS kind, id, state FROM refund WHERE state IN ('asked', 'unknown', 'pending')"
    " UNION ALL SELECT 'reversal', id, state FROM transfer_reversal"
    " WHERE state IN ('planned', 'unknown') UNION ALL SELECT 'transfer', id, state"
    " FROM seller_transfer WHERE state IN ('planned', 'unknown') ORDER BY kind, id"
)


@pytest.fixture(autouse=True)
def clock_and_provider_as_they_were(platform):
    yield
    clock.reset()
    platform.stripe.faults.reset()
    port(PaymentProvider).breaker.close()


@pytest.fixture
def silent(platform):
    """A shop with a payout that has no answer, and its order."""
    shop = open_shop(f"silent-{new_id().hex[-12:]}", platform)
    order_id = settling.buy(platform, shop)
    drain()
    settling.connect_account(platform, shop)
    plan(platform, "refuse_500", "/v1/transfers$", count=2, method="POST")
    settling.pay_out(shop, order_id)
    assert states(shop, SellerTransfer) == ["unknown"]
    return shop, order_id


def assert_as_meant(shop):
    with unit_of_work(shop.scope) as unit:
        kept, meant = unit.session.execute(KEPT).all(), unit.session.execute(MEANT).all()
    assert kept == meant
    return len(kept)


def finance(platform, role=Role.FINANCE):
    """Sign in now: the clock may have been moved past an earlier session."""
    return sign_in_as(platform, "admin", (PLATFORM, role))


def row_of(page, shop):
    return next((row for row in page.split("<tr>") if f">{shop.name}</a>" in row), "")


def ask(client, page, shop):
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', row_of(page, shop)))
    return client.post("/unanswered", fields)


def test_a_payout_without_an_answer_is_listed_and_asked_again(platform, silent):
    shop, order_id = silent
    assert row_of(finance(platform).get("/unanswered").text, shop) == "", "not yet too long"
    clock.move(timedelta(minutes=11))
    client = finance(platform)
    page = client.get("/unanswered").text
    assert "no answer" in row_of(page, shop)
    assert "Ask Stripe again" in row_of(page, shop)
    assert "<form" not in row_of(finance(platform, Role.AUDITOR).get("/unanswered").text, shop)
    for _ in range(2):  # a second click
        assert ask(client, page, shop).status_code == 303
    page = client.get("/unanswered").text
    assert "Stripe has answered" in page
    assert row_of(page, shop) == ""
    assert len(settling.transfers_of(platform, order_id)) == 1
    assert assert_as_meant(shop) == 0
    settling.assert_books_are_right(shop)


def test_after_a_day_it_is_searched_and_never_sent_again(platform, silent):
    shop, order_id = silent
    clock.move(timedelta(hours=25))
    client = finance(platform)
    page = client.get("/unanswered").text
    assert "never send it again" in row_of(page, shop)
    ask(client, page, shop)
    page = client.get("/unanswered").text
    assert "Nothing new from Stripe" in page
    assert row_of(page, shop)
    assert settling.transfers_of(platform, order_id) == []


def test_refunds_and_reversals_are_listed_too_and_the_list_follows_the_shops_tables(platform, shop):
    order_id = settling.buy(platform, shop)
    drain()
    settling.connect_account(platform, shop)
    settling.pay_out(shop, order_id)
    assert assert_as_meant(shop) == 0
    plan(platform, "fail_500_after_success", "/v1/refunds$")
    refund_id = settling.refund(shop, order_id, 500)
    assert assert_as_meant(shop) == 1
    plan(platform, "fail_500_after_success", "/reversals$", method="POST")
    clock.move(timedelta(minutes=1))
    look_at_refunds(shop.scope)
    assert assert_as_meant(shop) == 1
    clock.move(timedelta(minutes=11))
    client = finance(platform)
    page = client.get("/unanswered").text
    assert "Payout taken back" in row_of(page, shop)
    assert str(refund_id) not in page
    port(PaymentProvider).breaker.close()
    ask(client, page, shop)
    assert assert_as_meant(shop) == 0
    settling.assert_books_are_right(shop)


def test_a_shop_that_was_there_before_is_noted_by_the_migration(platform, silent):
    """What the migration sends for each table; a table that was emptied stands for one not there."""
    shop, _ = silent
    with psycopg.connect(platform.server.cells[shop.cell], autocommit=True) as connection:
        connection.execute("DELETE FROM platform.unanswered WHERE shop = %s", [shop.schema])
        connection.execute(
            f"UPDATE {shop.schema}.seller_transfer SET look_at = look_at WHERE state = 'unknown'"
        )
    assert assert_as_meant(shop) == 1


def test_nobody_writes_the_list_by_hand(platform, shop):
    for change in ("DELETE FROM platform.unanswered", "UPDATE platform.unanswered SET amount = 1"):
        with pytest.raises(Exception, match="permission denied"), unit_of_work(shop.scope) as unit:
            unit.session.execute(text(change))


def test_bad_input_and_other_people_find_nothing(platform, shop):
    client = finance(platform)
    token = re.search(
        r'name="form_token" value="([^"]+)"', client.get(f"/journals/{shop.id}/new").text
    )[1]
    for fields in (
        {}, {"shop_id": shop.id, "kind": "x", "item_id": new_id()},
        {"shop_id": shop.id, "kind": "transfer", "item_id": new_id()},
        {"shop_id": new_id(), "kind": "refund", "item_id": new_id()},
    ):  # fmt: skip
        assert client.post("/unanswered", {"form_token": token, **fields}).status_code == 404
    support = finance(platform, Role.PLATFORM_SUPPORT)
    assert support.get("/unanswered").status_code == 404
