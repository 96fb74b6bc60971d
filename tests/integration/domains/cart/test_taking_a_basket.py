"""A basket follows its person: what is in both baskets is there once, nothing is lost."""

import secrets
import threading

from sqlalchemy import func, select

from app.domains.cart.models import Cart
from app.domains.cart.operations import add_to_cart, create_cart, mark_ordered, take_cart
from app.domains.cart.queries import find_cart
from app.domains.catalog.offers.queries import list_offers
from app.domains.inventory.models import Stock
from app.foundation.identifiers import new_id
from app.foundation.unit_of_work import unit_of_work


def variants(shop):
    with unit_of_work(shop.scope) as unit:
        ids = unit.session.execute(select(Stock.variant_id).order_by(Stock.variant_id)).scalars()
        return list(list_offers(unit, variant_ids=list(ids), currency="EUR", language="en"))


def basket(shop, lines, person_id=None):
    with unit_of_work(shop.scope) as unit:
        cart = create_cart(unit)
        for variant_id, quantity in lines.items():
            add_to_cart(unit, cart_id=cart.id, variant_id=variant_id, quantity=quantity)
    if person_id:
        assert take(shop, person_id, cart.token) == cart.token
    return cart.token


def take(shop, person_id, token):
    with unit_of_work(shop.scope) as unit:
        return take_cart(unit, person_id=person_id, token=token)


def content(shop, token):
    with unit_of_work(shop.scope) as unit:
        found = find_cart(unit, token=token)
    return found.quantities if found else None


def count_of(shop, person_id):
    with unit_of_work(shop.scope) as unit:
        return unit.session.execute(
            select(func.count()).select_from(Cart).where(Cart.person_id == person_id)
        ).scalar_one()


def test_the_larger_quantity_counts_and_nothing_is_lost(shop):
    ring, stud, necklace, *_ = variants(shop)
    person_id = new_id()
    at_home = basket(shop, {ring: 3, stud: 1}, person_id)
    on_the_phone = basket(shop, {ring: 2, necklace: 4})
    token = take(shop, person_id, on_the_phone)
    assert token == on_the_phone
    assert content(shop, token) == {ring: 3, stud: 1, necklace: 4}
    assert content(shop, at_home) is None
    assert count_of(shop, person_id) == 1


def test_a_browser_without_a_basket_gets_the_one_left_elsewhere(shop):
    ring, *_ = variants(shop)
    person_id = new_id()
    at_home = basket(shop, {ring: 2}, person_id)
    token = take(shop, person_id, "")
    assert token not in {"", at_home}
    assert content(shop, token) == {ring: 2}
    assert take(shop, new_id(), "") == ""
    assert take(shop, new_id(), secrets.token_urlsafe()) == ""


def test_taking_it_again_changes_nothing(shop):
    ring, *_ = variants(shop)
    person_id = new_id()
    token = basket(shop, {ring: 2}, person_id)
    assert take(shop, person_id, token) == token
    assert content(shop, token) == {ring: 2}


def test_another_persons_basket_in_this_browser_stays_theirs(shop):
    ring, stud, *_ = variants(shop)
    hers, his = new_id(), new_id()
    her_token = basket(shop, {ring: 2}, hers)
    basket(shop, {stud: 1}, his)
    token = take(shop, his, her_token)
    assert content(shop, token) == {stud: 1}
    assert content(shop, her_token) == {ring: 2}
    assert take(shop, new_id(), her_token) == ""


def test_an_ordered_basket_is_left_alone(shop):
    ring, stud, *_ = variants(shop)
    person_id = new_id()
    ordered = basket(shop, {ring: 1}, person_id)
    with unit_of_work(shop.scope) as unit:
        mark_ordered(unit, cart_id=find_cart(unit, token=ordered).id)
    token = take(shop, person_id, basket(shop, {stud: 1}))
    assert content(shop, token) == {stud: 1}
    assert count_of(shop, person_id) == 2


def test_two_browsers_at_once_leave_one_basket_with_everything(shop):
    ring, stud, necklace, *_ = variants(shop)
    for _ in range(5):
        person_id = new_id()
        basket(shop, {ring: 1}, person_id)
        tokens = [basket(shop, {stud: 2}), basket(shop, {necklace: 3})]
        threads = [threading.Thread(target=take, args=(shop, person_id, t)) for t in tokens]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        found = [c for token in tokens if (c := content(shop, token))]
        together = {key: max(c.get(key, 0) for c in found) for c in found for key in c}
        assert together == {ring: 1, stud: 2, necklace: 3}
        last = take(shop, person_id, "")
        assert content(shop, last) == {ring: 1, stud: 2, necklace: 3}
        assert count_of(shop, person_id) == 1
