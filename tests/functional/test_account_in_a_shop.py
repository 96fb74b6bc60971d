"""A person's side of a shop: orders here, guest orders that join, the basket, the checkout, news."""

import re
import secrets

import pytest
from sqlalchemy import select

from app.domains.accounts.addresses.errors import TooManyAddressesError
from app.domains.accounts.addresses.operations import MOST_ADDRESSES, add_address
from app.domains.accounts.addresses.queries import list_addresses
from app.domains.customers.models import CustomerConsent
from app.domains.customers.queries import find_customer_id
from app.domains.orders.queries import find_order_by_token
from app.foundation.database import directory_scope
from app.foundation.identifiers import new_id
from app.foundation.unit_of_work import unit_of_work
from tests.conftest import BASE_DOMAIN, HostClient, drain, open_shop
from tests.functional import journey, settling
from tests.functional.people import make_person
from tests.functional.signing_in import give_password_and_code, sign_in, take_over

PASSWORD = "a long pass phrase"


def host_of(shop):
    return f"{shop.slug}.{BASE_DOMAIN}"


def signed_in(platform, shop, **facts):
    person_id, email = make_person(**facts)
    return sign_in(platform.web, host_of(shop), email, PASSWORD), person_id, email


def token_in(page):
    return re.search(r'name="form_token" value="([^"]+)"', page)[1]


def buy(platform, client, email):
    journey.fill_basket(client)
    journey.give_address(client, email=email)
    journey.choose_shipping(client)
    token = journey.token_of(journey.place(client))
    journey.pay(platform, journey.intent_of(client, token))
    client.get(f"/en/orders/{token}/return")
    drain()
    return token


def order_of(shop, token):
    with unit_of_work(shop.scope) as unit:
        return find_order_by_token(unit, token=token)


def test_a_person_sees_their_orders_here_with_the_parcels(platform, shop, mails):
    client, person_id, email = signed_in(platform, shop)
    assert "You have not ordered here" in client.get("/en/account").text
    order = order_of(shop, buy(platform, client, email))
    with unit_of_work(shop.scope) as unit:
        assert find_customer_id(unit, person_id=person_id) == order.customer_id
    page = client.get("/en/account").text
    assert order.number in page
    assert "Being prepared" in page
    settling.send(shop, order.id)
    detail = client.get(f"/en/account/orders/{order.id}").text
    assert "00340434" not in detail, "the buyer is told after five minutes, while it can be undone"
    assert "Lindenstraße 5" in detail
    assert "Ihre Bestellungen" in client.get("/de/account").text
    assert mails


def test_another_persons_order_is_nothing_here(platform, shop, mails):
    client, _, email = signed_in(platform, shop)
    order = order_of(shop, buy(platform, client, email))
    stranger, *_ = signed_in(platform, shop)
    assert stranger.get(f"/en/account/orders/{order.id}").status_code == 404
    assert order.number not in stranger.get("/en/account").text
    nobody = HostClient(platform.web, host_of(shop))
    for path in ("/en/account", f"/en/account/orders/{order.id}"):
        answer = nobody.get(path)
        assert answer.status_code == 303
        assert "/sign-in" in answer.headers["Location"]
    assert mails


def test_a_shop_learns_nothing_of_orders_elsewhere(platform, shop, mails):
    elsewhere = open_shop(f"else-{secrets.token_hex(4)}", platform)
    client, person_id, email = signed_in(platform, shop)
    order = order_of(shop, buy(platform, client, email))
    there = sign_in(platform.web, host_of(elsewhere), email, PASSWORD)
    assert order.number not in there.get("/en/account").text
    assert there.get(f"/en/account/orders/{order.id}").status_code == 404
    with unit_of_work(elsewhere.scope) as unit:
        assert find_customer_id(unit, person_id=person_id) is None
    assert mails


def test_guest_orders_join_the_account_of_whoever_proves_the_address(platform, shop, mails):
    email = f"{secrets.token_hex(6)}@example.com"
    guest = platform.shop_client(shop.slug)
    token = buy(platform, guest, email)
    assert "Keep this order in an account" in guest.get(f"/en/orders/{token}").text
    order = order_of(shop, token)
    stranger, *_ = signed_in(platform, shop)
    assert stranger.get(f"/en/orders/{token}").status_code == 200, "a link opens the order"
    assert order.number not in stranger.get("/en/account").text, "and gives it to nobody"
    assert order_of(shop, token).customer_id is None
    owner, person_id, _ = signed_in(platform, shop, email=email.upper())
    page = owner.get("/en/account").text
    assert "What you ordered here as a guest" in page
    assert order.number in page
    assert "What you ordered here as a guest" not in owner.get("/en/account").text
    with unit_of_work(shop.scope) as unit:
        customer_id = find_customer_id(unit, person_id=person_id)
    assert order_of(shop, token).customer_id == customer_id
    assert "Keep this order" not in guest.get(f"/en/orders/{token}").text
    assert mails


def test_a_wish_to_join_proves_nothing(platform, shop, mails):
    """Somebody types the buyer's address at sign-up, and cannot open the mail."""
    email = f"{secrets.token_hex(6)}@example.com"
    token = buy(platform, platform.shop_client(shop.slug), email)
    market = HostClient(platform.web, BASE_DOMAIN)
    market.post("/en/sign-up", {"name": "Eve", "email": email, "password": "a long pass phrase x"})
    drain()
    client = HostClient(platform.web, host_of(shop))
    assert client.get("/en/account").status_code == 303
    assert order_of(shop, token).customer_id is None
    assert mails


def test_the_basket_comes_along_at_sign_in(platform, shop):
    email = f"{secrets.token_hex(6)}@example.com"
    make_person(email)
    at_home = sign_in(platform.web, host_of(shop), email, PASSWORD)
    journey.fill_basket(at_home, "lens-necklace", 2)
    phone = HostClient(platform.web, host_of(shop))
    journey.fill_basket(phone, "lens-necklace", 1)
    journey.fill_basket(phone, "tiny-stud", 3)
    market = HostClient(platform.web, BASE_DOMAIN)
    market.post("/en/sign-in", {"email": email, "password": PASSWORD})
    take_over(market, phone, "/en/cart")
    page = phone.get("/en/cart").text
    assert re.findall(r'name="quantity"[^>]*value="(\d+)"', page) == ["2", "3"] or sorted(
        re.findall(r'name="quantity"[^>]*value="(\d+)"', page)
    ) == ["2", "3"]
    assert "Your basket is empty" in at_home.get("/en/cart").text, "there is one basket a person"


def test_the_last_address_that_there_is_room_for_may_be_sent_twice(platform):
    person_id, _ = make_person()
    ids = [new_id() for _ in range(MOST_ADDRESSES)]
    with unit_of_work(directory_scope()) as unit:
        for address_id in [*ids, ids[-1]]:
            kept = add_address(
                unit, person_id=person_id, address=journey.ADDRESS, address_id=address_id
            )
            assert kept == address_id
        with pytest.raises(TooManyAddressesError):
            add_address(unit, person_id=person_id, address=journey.ADDRESS)
        assert len(list_addresses(unit, person_id=person_id)) == MOST_ADDRESSES


def test_the_checkout_knows_the_person_and_asks_for_nothing_pre_ticked(platform, shop, mails):
    client, person_id, email = signed_in(platform, shop, name="Ada Lovelace")
    with unit_of_work(directory_scope()) as unit:
        add_address(unit, person_id=person_id, address=journey.ADDRESS)
        other = add_address(
            unit, person_id=person_id,
            address={**journey.ADDRESS, "street_address": "Anderswo 9", "city": "Köln",
                     "postal_code": "50667"},
        )  # fmt: skip
    journey.fill_basket(client)
    page = client.get("/en/checkout").text
    assert email in page
    assert "Lindenstraße 5" in page
    assert not re.search(r'name="wants_news"[^>]*checked', page)
    assert "Anderswo 9" in client.get(f"/en/checkout?address={other}").text
    journey.give_address(client, email=email, wants_news="1")
    journey.choose_shipping(client)
    journey.place(client)
    with unit_of_work(shop.scope) as unit:
        answers = unit.session.execute(select(CustomerConsent.is_given)).scalars().all()
    assert answers == [True]
    page = client.get("/en/account").text
    assert re.search(r'name="wants_news"[^>]*checked', page)
    taken_back = client.post("/en/account/news", {"form_token": token_in(page)})
    assert taken_back.status_code == 303
    assert not re.search(r'name="wants_news"[^>]*checked', client.get("/en/account").text)
    with unit_of_work(shop.scope) as unit:
        answers = unit.session.execute(
            select(CustomerConsent.is_given).order_by(CustomerConsent.happened_at)
        ).scalars()
        assert list(answers) == [True, False], "the history stays"
    assert mails is not None


def test_a_guest_is_asked_for_no_news_and_is_no_customer(platform, shop, mails):
    client = platform.shop_client(shop.slug)
    journey.fill_basket(client)
    assert "wants_news" not in client.get("/en/checkout").text
    journey.give_address(client, wants_news="1")
    journey.choose_shipping(client)
    token = journey.token_of(journey.place(client))
    assert order_of(shop, token).customer_id is None
    with unit_of_work(shop.scope) as unit:
        assert unit.session.execute(select(CustomerConsent.id)).first() is None
    assert mails == []


def test_the_footer_leads_to_the_cookies_which_are_all_necessary(platform, shop):
    client = platform.shop_client(shop.slug)
    assert "/en/cookies" in client.get("/en/").text
    for language, word in {"en": "basket", "de": "Warenkorb", "fr": "panier"}.items():
        assert word in client.get(f"/{language}/cookies").text


def test_attributes_of_fields_stand_apart(platform, shop):
    """Else a browser sees `data-reloadautocomplete` and neither of the two."""
    client = platform.shop_client(shop.slug)
    journey.fill_basket(client)
    page = client.get("/en/checkout").text
    assert re.search(r"<select[^>]* data-reload autocomplete=\"country\"", page)
    assert re.search(r"<input[^>]* required autocomplete=\"email\"", page)
    wrong = journey.give_address(client, postal_code="1").text
    assert re.search(
        r"<input[^>]* aria-invalid=\"true\" aria-describedby=\"postal_code-error\"", wrong
    )


@pytest.mark.parametrize("where", ["here", "on the marketplace"])
def test_signing_out_leaves_no_basket_on_a_shared_computer(platform, shop, where):
    person_id, email = make_person()
    market = HostClient(platform.web, BASE_DOMAIN)
    assert give_password_and_code(market, email, PASSWORD).status_code == 303
    client = take_over(market, HostClient(platform.web, host_of(shop)))
    journey.fill_basket(client)
    journey.give_address(client, email=email, name="Ada Secret")
    assert "Lens necklace" in client.get("/en/cart").text
    (client if where == "here" else market).post("/en/sign-out")
    for path in ("/en/checkout", "/en/cart"):
        left = client.get(path)
        assert "Lens necklace" not in left.text
        assert "Ada Secret" not in left.text
    variant = journey.fill_basket(client, "tiny-stud")
    assert variant
    page = client.get("/en/cart").text
    assert "Tiny stud" in page
    assert "Lens necklace" not in page
    elsewhere = sign_in(platform.web, host_of(shop), email, PASSWORD)
    elsewhere.get("/en/cart")
    assert "Lens necklace" in elsewhere.get("/en/cart").text, "the person has it again"
    assert person_id


def test_a_guests_basket_stays(platform, shop):
    client = platform.shop_client(shop.slug)
    journey.fill_basket(client)
    client.post("/en/sign-out")
    assert "Lens necklace" in client.get("/en/cart").text
