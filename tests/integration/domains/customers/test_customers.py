"""A shop's own side of a person: made by the first order, seen by no other shop, claimed safely."""

import secrets

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.domains.customers.operations import Buyer, answer_question, ensure_customer
from app.domains.customers.queries import (
    find_customer_id,
    get_customer,
    has_agreed,
    list_customers,
    list_shop_consents,
)
from app.domains.customers.rules import ShopPurpose
from app.domains.orders.operations import claim_guest_orders
from app.domains.orders.queries import (
    find_order_by_token,
    get_order_of_customer,
    has_guest_orders,
    list_orders_of_customer,
)
from app.foundation.errors import NotFoundError
from app.foundation.identifiers import new_id
from app.foundation.unit_of_work import unit_of_work
from tests.conftest import open_shop
from tests.functional import journey


def make(shop, *, email="ada@example.com", name="Ada", person_id=None):
    buyer = Buyer(person_id=person_id or new_id(), name=name, email=email, language="en")
    with unit_of_work(shop.scope) as unit:
        return ensure_customer(unit, buyer=buyer), buyer.person_id


def guest_order(platform, shop, email):
    client = platform.shop_client(shop.slug)
    journey.fill_basket(client)
    journey.give_address(client, email=email)
    journey.choose_shipping(client)
    token = journey.token_of(journey.place(client))
    with unit_of_work(shop.scope) as unit:
        return find_order_by_token(unit, token=token)


def test_a_person_is_one_customer_of_a_shop_with_what_they_gave_last(shop):
    first, person_id = make(shop)
    again, _ = make(shop, email="ada@work.example", name="Ada L.", person_id=person_id)
    assert again == first
    with unit_of_work(shop.scope) as unit:
        known = get_customer(unit, customer_id=first)
        assert (known.email, known.name) == ("ada@work.example", "Ada L.")
        assert [c.id for c in list_customers(unit, email="ADA@work.example")] == [first]
        assert list_customers(unit, email="ada@example.com") == []
    other, _ = make(shop, email="ada@work.example")
    assert other != first, "an address may pass from one person to another"


def test_a_shop_knows_only_its_own_customers(platform, shop):
    customer_id, person_id = make(shop)
    neighbour = open_shop(f"next-{secrets.token_hex(4)}", platform)
    with unit_of_work(neighbour.scope) as unit:
        assert list_customers(unit) == []
        assert find_customer_id(unit, person_id=person_id) is None
        with pytest.raises(NotFoundError):
            get_customer(unit, customer_id=customer_id)


def test_guest_orders_go_to_whoever_proved_the_address_and_to_nobody_else(platform, shop):
    email = f"{secrets.token_hex(4)}@example.com"
    order = guest_order(platform, shop, email)
    stranger, _ = make(shop, email="stranger@example.com")
    owner, person_id = make(shop, email=email)
    with unit_of_work(shop.scope) as unit:
        assert (
            claim_guest_orders(unit, customer_id=stranger, email="stranger@example.com", actor="x")
            == 0
        )
        assert has_guest_orders(unit, email=email.upper())
        assert (
            claim_guest_orders(unit, customer_id=owner, email=email.upper(), actor=str(person_id))
            == 1
        )
        assert not has_guest_orders(unit, email=email)
        assert [o.id for o in list_orders_of_customer(unit, customer_id=owner)] == [order.id]
        assert get_order_of_customer(unit, customer_id=owner, order_id=order.id).id == order.id
        with pytest.raises(NotFoundError):
            get_order_of_customer(unit, customer_id=stranger, order_id=order.id)
        assert claim_guest_orders(unit, customer_id=stranger, email=email, actor="x") == 0


def test_consents_are_a_history_that_the_database_keeps(shop):
    customer_id, person_id = make(shop)
    actor = str(person_id)

    def answer(*, is_given):
        with unit_of_work(shop.scope) as unit:
            return answer_question(
                unit, customer_id=customer_id, purpose=ShopPurpose.SHOP_NEWS, is_given=is_given,
                place="checkout", actor=actor,
            )  # fmt: skip

    with unit_of_work(shop.scope) as unit:
        assert not has_agreed(unit, customer_id=customer_id, purpose=ShopPurpose.SHOP_NEWS)
    assert not answer(is_given=False), "nothing was agreed to: a no is no news"
    assert answer(is_given=True)
    assert not answer(is_given=True)
    assert answer(is_given=False)
    with unit_of_work(shop.scope) as unit:
        history = list_shop_consents(unit, customer_id=customer_id)
        assert [each.is_given for each in history] == [False, True]
        assert all(each.wording and each.place == "checkout" for each in history)
    with pytest.raises(DBAPIError, match="never changed"), unit_of_work(shop.scope) as unit:
        unit.session.execute(text("UPDATE customer_consent SET is_given = true"))
