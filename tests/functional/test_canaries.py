"""R18: canaries planted wherever a person leaves something; after the erasure none is found.

Every table of every schema is read as text, every sealed column is opened with the keys that are
left, and Redis, the files and the log lines are searched. 40 canaries each time, 200 nightly.
"""

import itertools
import secrets
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app.domains.accounts.addresses.operations import add_address
from app.domains.accounts.factors.models import Passkey
from app.domains.accounts.people.operations import ask_to_change_email, ask_to_join
from app.domains.accounts.sessions.operations.ending import forget_old_sessions
from app.domains.accounts.sessions.operations.parking import WrittenForm, park_form
from app.domains.accounts.sessions.operations.signing_in import begin_session
from app.domains.accounts.sessions.rules import Origin
from app.domains.cart.operations import add_to_cart, create_cart, take_cart
from app.domains.checkout.operations import save_details
from app.domains.fulfilment.models import Shipment
from app.domains.payments.inbox.models import WebhookMessage
from app.domains.payments.inbox.operations import NewMessage, store_message
from app.domains.payments.models import Payment
from app.domains.privacy.erasing import erase_due
from app.domains.privacy.operations import ask_for_erasure
from app.domains.privacy.rules import COOLING_OFF
from app.foundation.clock import clock
from app.foundation.database import directory_scope
from app.foundation.identifiers import new_id
from app.foundation.personal_data import By, Delete, Empty, Holding, Keep, holdings
from app.foundation.sealing import key_for
from app.foundation.unit_of_work import unit_of_work
from tests.conftest import drain, open_shop
from tests.functional import journey, people
from tests.functional.api import calls


@pytest.fixture(autouse=True)
def clock_as_it_was():
    yield
    clock.reset()


class Canaries:
    """Strings that stand nowhere else, given out one by one; the address's own are all in one mail."""

    def __init__(self) -> None:
        self.out: list[str] = []

    def next(self) -> str:
        self.out.append(f"kanari{secrets.token_hex(6)}")
        return self.out[-1]


def plant(platform, shops, wanted):
    """Live a life in these shops until so many canaries are out; return who, and what is ordered."""
    canaries, orders = Canaries(), []
    email = f"{canaries.next()}@example.com"
    person_id, _ = people.make_person(email, name=canaries.next())
    _plant_in_directory(person_id, email, canaries)
    for shop, as_guest in zip(
        itertools.cycle(shops), itertools.cycle([False, False, True]), strict=False
    ):
        orders.append(
            (shop, _order(platform, shop, None if as_guest else person_id, email, canaries))
        )
        if len(canaries.out) > wanted - 12:
            break
    people.let_everything_arrive(orders)
    for shop, order_id in orders:
        _plant_around(shop, order_id, canaries)
    _plant_basket(platform, shops[0], person_id, email, canaries)
    _plant_unfinished(platform, shops[1], email, canaries)
    _plant_answer(platform, shops[2], email, canaries)
    while len(canaries.out) < wanted:
        _plant_address(person_id, canaries)
    drain()
    return person_id, canaries.out


def _address(canaries):
    return {
        **journey.ADDRESS, "name": f"Ada {canaries.next()}",
        "street_address": f"{canaries.next()} 5",
    }  # fmt: skip


def _order(platform, shop, person_id, email, canaries):
    order_id, _ = people.order_as(
        platform, shop, person_id, **{**_address(canaries), "email": email}
    )
    return order_id


def _plant_in_directory(person_id, email, canaries):
    with unit_of_work(directory_scope()) as unit:
        key = key_for(unit, owner=person_id.bytes)
        origin = Origin(agent=canaries.next(), address=f"{canaries.next()}.example")
        begun = begin_session(
            unit,
            person_id=person_id,
            host="galleria.test",
            origin=origin,
            method="password",
            device_token="",
        )
        ask_to_join(
            unit,
            email=email,
            name=canaries.next(),
            password="a long pass phrase",
            language="en",
            next_path="/",
        )
        ask_to_change_email(unit, person_id=person_id, email=f"{canaries.next()}@example.com")
        form = WrittenForm(action="/", page="/", fields=[("name", canaries.next())])
        park_form(unit, host="galleria.test", form=form, session_token=begun.token)
        unit.session.add(
            Passkey(
                id=new_id(), person_id=person_id, credential_id=secrets.token_bytes(16),
                public_key=b"key", sign_count=0, key_id=key.id, name=key.seal(canaries.next()),
                transports="",
                is_backed_up=False, made_at=unit.now,
            )
        )  # fmt: skip
    _plant_address(person_id, canaries)


def _plant_address(person_id, canaries):
    with unit_of_work(directory_scope()) as unit:
        add_address(unit, person_id=person_id, address=_address(canaries))


def _plant_around(shop, order_id, canaries):
    """What others say about an order: the carrier's number, the provider's message."""
    with unit_of_work(shop.scope) as unit:
        unit.session.execute(
            update(Shipment)
            .where(Shipment.order_id == order_id)
            .values(tracking_number=canaries.next())
        )
        payment_id = unit.session.execute(
            select(Payment.id).where(Payment.subject_id == order_id)
        ).scalar_one()
    with unit_of_work(directory_scope()) as unit:
        store_message(
            unit, message=NewMessage(
                provider="stripe", provider_id=secrets.token_hex(8), kind="other.event",
                object_id="pi_1", shop_id=shop.id, payment_id=payment_id,
                body=f'{{"billing_details": "{canaries.next()}"}}',
            )
        )  # fmt: skip


def _plant_basket(platform, shop, person_id, email, canaries):
    variant = journey.variant_of(platform.shop_client(shop.slug), "tiny-stud")
    with unit_of_work(shop.scope) as unit:
        cart = create_cart(unit)
        add_to_cart(unit, cart_id=cart.id, variant_id=variant, quantity=1)
        take_cart(unit, person_id=person_id, token=cart.token)
        save_details(
            unit, cart_id=cart.id, email="somebody@example.com", address=_address(canaries)
        )
    assert email


def _plant_unfinished(platform, shop, email, canaries):
    """Write an address at a checkout as a guest, and go away."""
    client = platform.shop_client(shop.slug)
    journey.fill_basket(client)
    assert journey.give_address(client, **{**_address(canaries), "email": email}).status_code == 303


def _plant_answer(platform, shop, email, canaries):
    """A program writes the address: the answer is kept, so that it can be given again."""
    api = calls.api_of(platform, shop)
    cart = calls.make_cart(api)
    address = {name: value for name, value in _address(canaries).items() if name != "email"}
    answer = api.put(f"/carts/{cart}/checkout/details", {"email": email, "address": address})
    assert answer.status_code == 200, answer.text


def run(platform, capfd, wanted):
    """Plant, check that all can be found, erase, and return what is found afterwards."""
    shops = [open_shop(f"bird-{secrets.token_hex(4)}", platform, stock=200) for _ in range(3)]
    person_id, planted = plant(platform, shops, wanted)
    assert len(planted) >= wanted
    before = people.find_canaries(platform, shops, planted)
    assert set(before) == set(planted), "a canary that nobody can see proves nothing"
    with unit_of_work(directory_scope()) as unit:
        ask_for_erasure(unit, person_id=person_id)
    ledger = people.ledger_hash(platform)
    clock.move(COOLING_OFF + timedelta(minutes=1))
    assert erase_due() >= 1
    with unit_of_work(directory_scope()) as unit:
        forget_old_sessions(unit)  # the schedule does it
    drain()
    log = "".join(capfd.readouterr())
    assert people.ledger_hash(platform) == ledger
    return people.find_canaries(platform, shops, planted, log)


def test_forty_canaries_are_gone_and_the_ledger_is_unchanged(platform, capfd, mails):
    assert run(platform, capfd, 40) == {}
    assert mails


@pytest.mark.nightly
def test_two_hundred_canaries_are_gone_and_the_ledger_is_unchanged(platform, capfd, mails):
    assert run(platform, capfd, 200) == {}
    assert mails


def _forgetful(holding: Holding) -> Holding:
    """Return a holding that the eraser passes over."""
    facts = {name: getattr(holding, name) for name in Holding.__dataclass_fields__}
    return Holding(**{**facts, "erasure": Keep("the test forgets it")})


@pytest.mark.parametrize("forgotten", ["shipment", "idempotency_key", "order_contact"])
def test_what_the_eraser_forgets_is_found(platform, capfd, mails, forgotten):
    """The control: each kind of erasure left out in turn is seen by the search."""
    listed = holdings.everything()
    # A place is protected twice where its key is destroyed as well: then both are forgotten.
    names = {forgotten, "sealing_key"}
    holdings.fill(_forgetful(h) if h.name in names else h for h in listed)
    try:
        found = run(platform, capfd, 12)
    finally:
        holdings.fill(listed)
    assert found
    places = {place for where in found.values() for place in where}
    assert any(forgotten in place for place in places), places
    assert mails


def test_every_kind_of_erasure_is_known_to_the_search():
    assert {type(h.erasure) for h in holdings.everything()} == {Delete, Empty, By, Keep}
    assert WebhookMessage.__tablename__ in {h.name for h in holdings.of_directory()}
