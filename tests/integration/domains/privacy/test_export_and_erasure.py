"""A person with data in three shops takes it along, changes their mind, and is erased everywhere."""

import json
import secrets
import time
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.domains.accounts.addresses.operations import add_address
from app.domains.accounts.consents.operations import answer_question
from app.domains.accounts.consents.rules import Purpose
from app.domains.accounts.memberships.operations import grant_role
from app.domains.accounts.rules import Role
from app.domains.cart.operations import add_to_cart, create_cart, take_cart
from app.domains.customers.queries import find_customer_id, list_customers
from app.domains.orders.queries import get_contact, get_order
from app.domains.privacy import erasing
from app.domains.privacy.blockers import BlockerKind, list_blockers
from app.domains.privacy.erasing import erase_due, repeat_erasures
from app.domains.privacy.exporting import export_person
from app.domains.privacy.models import Erasure
from app.domains.privacy.operations import ask_for_erasure, keep_account
from app.domains.privacy.queries import find_open_erasure, list_places
from app.domains.privacy.register import list_erased
from app.domains.privacy.rules import COOLING_OFF, ErasureState
from app.foundation.clock import clock
from app.foundation.database import directory_scope
from app.foundation.errors import NotFoundError
from app.foundation.unit_of_work import unit_of_work
from tests.conftest import drain, open_shop
from tests.functional import journey, people


@pytest.fixture(autouse=True)
def clock_as_it_was():
    yield
    clock.reset()


@pytest.fixture
def three_shops(platform):
    return [open_shop(f"mine-{secrets.token_hex(4)}", platform) for _ in range(3)]


def ask(person_id):
    with unit_of_work(directory_scope()) as unit:
        return ask_for_erasure(unit, person_id=person_id)


def state_of(erasure_id):
    with unit_of_work(directory_scope()) as unit:
        return unit.session.execute(
            select(Erasure.state).where(Erasure.id == erasure_id)
        ).scalar_one()


def live(platform, shops):
    """Deal in three shops: twice as a customer, once as a guest; keep an address and a basket."""
    person_id, email = people.make_person()
    orders = [
        (shops[0], people.order_as(platform, shops[0], person_id, email=email)[0]),
        (shops[1], people.order_as(platform, shops[1], person_id, email=email)[0]),
        (shops[2], people.order_as(platform, shops[2], None, email=email.upper())[0]),
    ]
    with unit_of_work(directory_scope()) as unit:
        add_address(unit, person_id=person_id, address=journey.ADDRESS)
        answer_question(
            unit, person_id=person_id, purpose=Purpose.PLATFORM_NEWS, is_given=True, place="test"
        )
    variant = journey.variant_of(platform.shop_client(shops[0].slug), "tiny-stud")
    with unit_of_work(shops[0].scope) as unit:
        cart = create_cart(unit)
        add_to_cart(unit, cart_id=cart.id, variant_id=variant, quantity=2)
        take_cart(unit, person_id=person_id, token=cart.token)
    return person_id, email, orders


def test_an_export_has_everything_of_all_shops_and_of_nobody_else(platform, three_shops):
    person_id, email, orders = live(platform, three_shops)
    other_id, other_email = people.make_person(name="Somebody Else")
    people.order_as(platform, three_shops[0], other_id, email=other_email, name="Somebody Else")
    began = time.monotonic()
    content = json.loads(export_person(person_id=person_id, actor=str(person_id)).as_json())
    assert time.monotonic() - began < 60
    assert set(content["shops"]) == {shop.slug for shop in three_shops}
    assert content["platform"]["person"][0]["email"] == email
    assert content["platform"]["person_address"][0]["address"]["street_address"] == "Lindenstraße 5"
    assert content["platform"]["person_consent"][0]["is_given"] is True
    assert len(content["platform"]["person_shop"]) == 2
    first = content["shops"][three_shops[0].slug]
    assert first["customer"][0]["name"] == "Ada Buyer"
    assert first["order_contact"][0]["address"]["city"] == "Berlin"
    assert first["order_line"][0]["title"] == "Lens necklace"
    assert first["payment"][0]["amount"] == 8940
    assert [line["quantity"] for line in first["cart_line"]] == [2]
    as_guest = content["shops"][three_shops[2].slug]
    assert "customer" not in as_guest
    assert len(as_guest["shop_order"]) == 1
    text = json.dumps(content)
    assert other_email not in text
    assert "Somebody Else" not in text
    assert len(orders) == 3


def test_what_is_under_way_must_end_first(platform, three_shops):
    shop = three_shops[0]
    person_id, email = people.make_person()
    with unit_of_work(directory_scope()) as unit:
        grant_role(unit, person_id=person_id, shop_id=three_shops[1].id, role=Role.OWNER)
    order_id, _ = people.order_as(platform, shop, person_id, email=email)
    found = list_blockers(person_id=person_id)
    assert {(b.kind, b.shop.id) for b in found} == {
        (BlockerKind.ORDER, shop.id), (BlockerKind.ONLY_OWNER, three_shops[1].id),
    }  # fmt: skip
    with unit_of_work(shop.scope) as unit:
        assert found[1].number == get_order(unit, order_id).number
    people.let_everything_arrive([(shop, order_id)])
    heir, _ = people.make_person()
    with unit_of_work(directory_scope()) as unit:
        grant_role(unit, person_id=heir, shop_id=three_shops[1].id, role=Role.OWNER)
    assert list_blockers(person_id=person_id) == []


def test_for_seven_days_it_can_be_taken_back(platform):
    person_id, _ = people.make_person()
    erasure = ask(person_id)
    assert erasure.due_at - erasure.asked_at == COOLING_OFF == timedelta(days=7)
    assert ask(person_id) == erasure, "asking twice changes nothing"
    clock.move(timedelta(days=6, hours=23))
    assert erase_due() == 0
    with unit_of_work(directory_scope()) as unit:
        keep_account(unit, person_id=person_id)
    clock.move(timedelta(days=30))
    erase_due()
    assert state_of(erasure.id) == ErasureState.WITHDRAWN
    assert export_person(person_id=person_id, actor="test").platform
    with pytest.raises(NotFoundError), unit_of_work(directory_scope()) as unit:
        keep_account(unit, person_id=person_id)


def test_one_that_waits_longer_than_was_promised_is_said(platform, shop, caplog):
    """The person asked while nothing was under way, and then bought something that never came."""
    person_id, email = people.make_person()
    erasure = ask(person_id)
    people.order_as(platform, shop, person_id, email=email)
    clock.move(timedelta(days=29))
    erase_due()
    assert "erasure late" not in caplog.text
    clock.move(timedelta(days=2))
    erase_due()
    assert "erasure late" in caplog.text
    assert str(erasure.id) in caplog.text
    assert str(person_id) not in caplog.text
    assert state_of(erasure.id) == ErasureState.ASKED


def test_erasure_reaches_every_place_and_leaves_orders_and_books(platform, three_shops):
    person_id, email, orders = live(platform, three_shops)
    people.let_everything_arrive(orders)
    other_id, other_email = people.make_person()
    other_order, _ = people.order_as(platform, three_shops[0], other_id, email=other_email)
    erasure, before = ask(person_id), people.ledger_hash(platform)
    clock.move(COOLING_OFF + timedelta(minutes=1))
    assert erase_due() >= 1
    assert state_of(erasure.id) == ErasureState.DONE
    with pytest.raises(NotFoundError):
        export_person(person_id=person_id, actor="test")
    for shop, order_id in orders:
        with unit_of_work(shop.scope) as unit:
            assert get_contact(unit, order_id).email == ""
            assert get_contact(unit, order_id).address == {}
            assert get_order(unit, order_id).total.amount > 0
            assert find_customer_id(unit, person_id=person_id) is None
            assert list_customers(unit, email=email) == []
    with unit_of_work(three_shops[0].scope) as unit:
        assert get_contact(unit, other_order).email == other_email
    assert people.ledger_hash(platform) == before
    again, _ = people.make_person(email)
    assert again != person_id, "the address can be used anew"
    assert person_id in list_erased()
    with unit_of_work(directory_scope()) as unit:
        assert set(list_places(unit, erasure_id=erasure.id)) == {shop.id for shop in three_shops}


def test_a_new_owner_of_the_address_keeps_what_is_theirs(platform, three_shops):
    """The address is free at once; who takes it and orders before a shop's turn is somebody else."""
    shop = three_shops[0]
    person_id, email = people.make_person()
    old, _ = people.order_as(platform, shop, person_id, email=email)
    people.let_everything_arrive([(shop, old)])
    erasure = ask(person_id)
    clock.move(COOLING_OFF + timedelta(minutes=1))
    with unit_of_work(directory_scope()) as unit:
        due = find_open_erasure(unit, person_id=person_id)
    who = erasing._begin(due)
    newcomer, _ = people.make_person(email)
    clock.move(timedelta(minutes=1))
    new, _ = people.order_as(platform, shop, newcomer, email=email)
    as_guest, _ = people.order_as(platform, shop, None, email=email)
    assert who.person_id == person_id
    erase_due()
    assert state_of(erasure.id) == ErasureState.DONE
    with unit_of_work(shop.scope) as unit:
        assert get_contact(unit, old).email == ""
        assert get_contact(unit, new).email == email
        assert get_contact(unit, as_guest).email == email
        assert find_customer_id(unit, person_id=newcomer)


@pytest.mark.parametrize("killed_after", [0, 1, 2])
def test_an_interrupted_erasure_goes_on_where_it_was(
    platform, three_shops, monkeypatch, killed_after
):
    person_id, _, orders = live(platform, three_shops)
    people.let_everything_arrive(orders)
    erasure = ask(person_id)
    clock.move(COOLING_OFF + timedelta(minutes=1))
    erase_in, turns = erasing._erase_in, []

    def dies(shop, *facts):
        if shop.id in {s.id for s in three_shops}:
            turns.append(shop)
            if len(turns) > killed_after:
                raise MemoryError
        return erase_in(shop, *facts)

    monkeypatch.setattr(erasing, "_erase_in", dies)
    erase_due()
    assert state_of(erasure.id) == ErasureState.RUNNING
    with pytest.raises(NotFoundError), unit_of_work(directory_scope()) as unit:
        keep_account(unit, person_id=person_id)
    monkeypatch.undo()
    erase_due()
    assert state_of(erasure.id) == ErasureState.DONE
    for shop, order_id in orders:
        with unit_of_work(shop.scope) as unit:
            assert get_contact(unit, order_id).email == ""


def test_a_restored_backup_is_erased_again(platform, three_shops):
    """Somebody erased turns up again with all their rows: the list beside the databases knows."""
    shop = three_shops[0]
    person_id, email = people.make_person()
    ask(person_id)
    clock.move(COOLING_OFF + timedelta(minutes=1))
    erase_due()
    back, _ = people.make_person(email)
    order_id, _ = people.order_as(platform, shop, person_id, email=email)
    assert back
    assert repeat_erasures() >= 1
    drain()
    with unit_of_work(shop.scope) as unit:
        assert find_customer_id(unit, person_id=person_id) is None
        assert get_contact(unit, order_id).email == ""
