"""One purchase, from the shop's page to the money in the ledger."""

from app.domains.ledger.queries import get_balance_sheet
from app.domains.orders.queries import find_order_by_token
from app.foundation.database import PlatformScope
from app.foundation.unit_of_work import unit_of_work
from tests.conftest import drain
from tests.functional import journey


def test_a_guest_buys_a_necklace_and_everyone_sees_it(platform, shop, mails):
    client = platform.shop_client(shop.slug)
    assert "Lens necklace" in client.get("/en/").text
    token = journey.buy(platform, client)
    page = client.get(f"/en/orders/{token}").text
    assert "Your order stands" in page
    drain()
    assert [mail.to for mail in mails] == ["Ada.Buyer@example.com"]
    assert "Lens necklace" in mails[0].text
    with unit_of_work(shop.scope) as unit:
        order = find_order_by_token(unit, token=token)
        sheet = get_balance_sheet(unit, currency="EUR")
    assert order.total.amount == 8450 + 490
    assert order.tax.amount == 1349 + 78
    net = order.total.amount - order.tax.amount
    assert sheet.held.amount == net - round(net * 0.1)
    check_books(platform)


def check_books(platform):
    from app.domains.ledger.invariants import check_books as check

    with unit_of_work(PlatformScope("main", "platform_reader")) as unit:
        findings = check(unit)
    assert all(finding.holds for finding in findings), findings
    assert sum(finding.checked for finding in findings) > 0
