"""How many SQL statements a page sends, counted at the driver with cold caches (issue 2, 9.7)."""

from contextlib import contextmanager

from sqlalchemy import event

from app.foundation.database import Database
from tests.functional import journey


@contextmanager
def counted(platform):
    """Count everything sent on every pool but the bind and COMMIT."""
    platform.web._shops.forget()
    sent = []

    def note(_connection, _cursor, statement, *_):
        sent.append(statement)

    engines = set(Database.engines_of_process.values())
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", note)


def test_pages_send_few_statements(platform, shop):
    client = platform.shop_client(shop.slug)
    variant = journey.variant_of(client, "lens-necklace")
    counts = {}
    for name, path in (
        ("list", "/en/collections/all"),
        ("product", "/en/products/elder-ring"),
        ("search", "/en/search?q=ring"),
    ):
        with counted(platform) as sent:
            assert client.get(path).status_code == 200
        counts[name] = len(sent)
    with counted(platform) as sent:
        client.post("/en/cart/lines", {"variant_id": variant, "quantity": "1"})
    counts["add to cart"] = len(sent)
    journey.give_address(client)
    journey.choose_shipping(client)
    seen = journey.fingerprint(client)
    with counted(platform) as sent:
        assert journey.place(client, seen).status_code == 303
    counts["place order"] = len(sent)
    budget = {"list": 4, "product": 4, "search": 4, "add to cart": 8, "place order": 40}
    assert all(counts[name] <= most for name, most in budget.items()), counts
