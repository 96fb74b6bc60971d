"""A marketplace under attack: who attacks each face, and every place that can be attacked."""

import secrets
import uuid
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert, select

from app.domains.accounts.addresses.operations import add_address
from app.domains.accounts.factors.models import Passkey
from app.domains.accounts.memberships.operations import grant_role
from app.domains.accounts.people.queries import find_person_id
from app.domains.accounts.rules import PLATFORM, Role
from app.domains.accounts.sessions.operations.signing_in import begin_session
from app.domains.accounts.sessions.queries import find_visitor
from app.domains.accounts.sessions.rules import Origin
from app.domains.accounts.tokens.operations import make_token
from app.domains.accounts.tokens.rules import OwnScope
from app.domains.fulfilment.models import Shipment
from app.domains.orders.models import Order
from app.faces.shared.security import form_token
from app.foundation.database import directory_scope
from app.foundation.identifiers import new_id
from app.foundation.sealing import key_for
from app.foundation.unit_of_work import unit_of_work
from tenants.resolution import ShopRecord
from tests.conftest import BASE_DOMAIN, open_shop
from tests.functional import journey
from tests.functional.attacks.places import SLOW_SECONDS, Attacker, Place, learn_forms, list_places
from tests.functional.signing_in import make_person
from tests.integration.tenancy.test_every_route import FACES, VALUES, form_of, make_party, sign_in
from tests.integration.tenancy.test_other_shops import correction_of

HTML = ("storefront", "marketplace", "merchant_console", "admin_console", "media")
PROGRAMS = ("shop_api", "marketplace_api", "webhooks")


@pytest.fixture(scope="module")
def party(platform):
    """A shop of which everything exists: a paid order, one that waits, a parcel, a basket."""
    mine = make_party(platform)
    buyer = platform.shop_client(mine.shop.slug)
    journey.buy(platform, buyer, mine.ids["handle"], 2)
    with unit_of_work(mine.shop.scope) as unit:
        mine.ids["order_id"] = str(
            unit.session.execute(
                select(Order.id).where(Order.confirmed_at.is_not(None))
            ).scalar_one()
        )
    owner = sign_in(platform, "console", mine.shop.id, Role.OWNER)
    sent = owner.post(
        f"/shops/{mine.shop.id}/orders/{mine.ids['order_id']}/shipments",
        {
            **form_of(owner, mine),
            "parcel_id": str(uuid.uuid4()),
            "pieces-1": "1",
            "carrier": "DHL",
            "tracking_number": "1",
        },
    )
    assert sent.status_code == 303, sent.text
    with unit_of_work(mine.shop.scope) as unit:
        mine.ids["shipment_id"] = str(
            unit.session.execute(
                select(Shipment.id).where(Shipment.order_id == UUID(mine.ids["order_id"]))
            ).scalar_one()
        )
    return mine


def ids_in(victim: ShopRecord) -> dict[str, str]:
    """Return what the platform's people reach of a shop: itself, and a correction of its books."""
    with unit_of_work(victim.scope) as unit:
        return {"shop_id": str(victim.id), "correction_id": str(correction_of(unit))}


def ids_of_nothing() -> dict[str, str]:
    """Return an id for each thing of a person that this person does not have."""
    names = ("passkey_id", "session_id", "address_id", "token_id")
    return {name: str(uuid.uuid4()) for name in names}


@pytest.fixture(scope="module")
def attackers(platform, party):
    """For each face somebody who has every right there, so that attacks reach the views."""
    victim = open_shop(f"victim-{secrets.token_hex(4)}", platform)
    buyer = platform.shop_client(party.shop.slug)
    journey.fill_basket(buyer, party.ids["handle"])
    assert journey.give_address(buyer).status_code == 303
    assert journey.choose_shipping(buyer).status_code == 303
    ids = {**VALUES, **ids_of_nothing(), **party.ids}

    def attacker(host: str, prefix: str = "", of: dict[str, str] = ids) -> Attacker:
        secret = platform.configuration.secret_keys[0]
        return Attacker(platform.web, host, prefix, dict(of), {}, secret=secret)

    shop_host = f"{party.shop.slug}.{BASE_DOMAIN}"
    found = {
        "storefront": attacker(shop_host, "/en"),
        "marketplace": attacker(BASE_DOMAIN, "/en"),
        "merchant_console": attacker(f"console.{BASE_DOMAIN}"),
        "admin_console": attacker(f"admin.{BASE_DOMAIN}", of={**ids, **ids_in(victim)}),
        "media": attacker(f"media.{BASE_DOMAIN}"),
        "shop_api": attacker(shop_host),
        "marketplace_api": attacker(BASE_DOMAIN),
        "webhooks": attacker(BASE_DOMAIN),
    }
    found["storefront"].cookies = {"cart": buyer.cookie("cart").value}
    give_session(found["storefront"])
    give_addresses(found["marketplace"], give_session(found["marketplace"]))
    give_session(found["merchant_console"], party.shop.id, Role.OWNER)
    give_session(found["admin_console"], PLATFORM, Role.ADMIN)
    return found


def attacker_for(platform: Any, label: str, party: Any) -> Attacker:
    """Return an attacker on a host, who is nobody yet and knows all ids of a shop."""
    host = f"{label}.{BASE_DOMAIN}" if label else BASE_DOMAIN
    secret = platform.configuration.secret_keys[0]
    return Attacker(
        platform.web,
        host,
        "",
        {**VALUES, **ids_of_nothing(), **party.ids},
        {},
        secret=secret,
    )


def give_addresses(attacker: Attacker, email: str) -> None:
    """Let the person keep two addresses, so that each form about them is on a page."""
    with unit_of_work(directory_scope()) as unit:
        person_id = find_person_id(unit, email=email)
        assert person_id
        for _ in range(2):
            kept = add_address(unit, person_id=person_id, address=journey.ADDRESS)
    attacker.ids["address_id"] = str(kept)


def give_things(attacker: Attacker, email: str) -> None:
    """Let the person have one of everything that an id of their own pages names."""
    give_addresses(attacker, email)
    token_id, passkey_id = new_id(), new_id()
    with unit_of_work(directory_scope()) as unit:
        person_id = find_person_id(unit, email=email)
        make_token(
            unit, token_id=token_id, person_id=person_id, shop_id=None, name="Mine",
            scopes=OwnScope, days=7, allowed=OwnScope,
        )  # fmt: skip
        key = key_for(unit, owner=person_id.bytes)
        unit.session.execute(
            insert(Passkey).values(
                id=passkey_id, person_id=person_id, credential_id=secrets.token_bytes(16),
                public_key=b"", sign_count=0, key_id=key.id, name=key.seal("Mine"),
                transports="", is_backed_up=False, made_at=unit.now,
            )
        )  # fmt: skip
    attacker.ids |= {"token_id": str(token_id), "passkey_id": str(passkey_id)}


def give_session(attacker: Attacker, shop_id: Any = None, role: Role | None = None) -> str:
    """Sign in, now and again before each place: an attack may have ended it, or taken the role.

    Returns the person's address.
    """
    email = make_person(has_app=True)

    def renew() -> None:
        with unit_of_work(directory_scope()) as unit:
            person_id = find_person_id(unit, email=email)
            assert person_id, "an attack has removed its own person"
            if role:
                grant_role(unit, person_id=person_id, shop_id=shop_id, role=role)
            begun = begin_session(
                unit, person_id=person_id, host=attacker.host, method="password",
                origin=Origin("a test", "127.0.0.1"), device_token="",
            )  # fmt: skip
        with unit_of_work(directory_scope()) as unit:
            visitor = find_visitor(unit, token=begun.token, host=attacker.host)
        assert visitor
        attacker.cookies["session"] = begun.token
        attacker.ids["parent_id"] = str(visitor.parent_id)
        attacker.form_token = form_token(attacker.secret, str(visitor.session_id))

    attacker.renew = renew
    renew()
    return email


@pytest.fixture(scope="module")
def places(platform, attackers):
    """Every method of every route, with the fields of its forms."""
    found: dict[str, list[Place]] = {}
    for face, make in FACES.items():
        app = make(platform.configuration)
        found[face] = list_places(face, app)
        if face in HTML:
            learn_forms(found[face], attackers[face], app)
    return found


@pytest.fixture
def slowest(request, record_property):
    """Report an attacker's slowest answer, and how many answers of each status there were."""

    def report(attacker: Attacker) -> None:
        seconds, what = attacker.slowest
        record_property("slowest_seconds", round(seconds, 3))
        writer = request.config.pluginmanager.get_plugin("terminalreporter")
        statuses = dict(sorted(attacker.statuses.items()))
        writer.write_line(f"\n  {attacker.host}: slowest {seconds:.2f} s, answers {statuses}")
        if seconds > SLOW_SECONDS:
            writer.write_line(f"  over {SLOW_SECONDS} s: {what}")

    return report
