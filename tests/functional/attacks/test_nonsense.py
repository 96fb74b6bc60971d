"""R9: a quantity, an amount or a day that is none is never accepted: refused, or without effect."""

import re
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from app.domains.accounts.approvals.models import Approval
from app.domains.accounts.tokens.models import ApiToken
from app.domains.cart.models import CartLine
from app.domains.fulfilment.models import Shipment
from app.domains.inventory.models import Stock
from app.domains.ledger.corrections.models import Correction
from app.domains.payments.refunds.models import Refund
from app.foundation.database import directory_scope
from app.foundation.unit_of_work import unit_of_work
from tenants.operations import get_shop
from tests.functional.attacks.conftest import HTML
from tests.functional.attacks.places import Attacker, Place
from tests.functional.attacks.test_every_form import fields_of
from tests.functional.attacks.values import Attack

CHECKED = re.compile(r"quantity|amount|price|days|stock-.*|pieces-.*")
NONSENSE = (
    "-1", "1.555", "1e3", "NaN", "Infinity", "\uff19", "\u00b2", "0x10", "1_000", "+-1", "9" * 30,
    "9" * 5000, "abc", "1 2", "--", "\u22121",
)  # fmt: skip
OTHER_BUTTONS = {"remove"}
"""Buttons that mean something else, whatever the number says."""
WITHOUT_NUMBERS = {"media"}
CORRECTION = {"kind": "charge", "reason": "agreement", "reference": "T-1", "order": ""}
BESIDES = (
    ("/journals/", "amount", CORRECTION),
    ("", "amount", {"kind": "amount"}),
    ("", "pieces", {"kind": "pieces"}),
)
"""What a route's form must say besides a field, so that the field is read; the first that fits."""


def figures(shop: Any) -> list[Any]:
    """Return every number that these forms could change."""
    with unit_of_work(shop.scope) as unit:
        found = [
            unit.session.execute(query).scalar_one()
            for query in (
                select(func.coalesce(func.sum(CartLine.quantity), 0)),
                select(func.coalesce(func.sum(Stock.on_hand), 0)),
                select(func.count()).select_from(Refund),
                select(func.count()).select_from(Shipment),
                select(func.count()).select_from(Correction),
                select(func.count()).select_from(Approval),
            )
        ]
    with unit_of_work(directory_scope()) as unit:
        tokens = select(func.count()).select_from(ApiToken)
        return [*found, unit.session.execute(tokens).scalar_one()]


def with_value(place: Place, name: str, value: str) -> Attack:
    besides = (
        more for part, of, more in BESIDES if part in place.rule and name.partition("-")[0] == of
    )
    changed = {**next(besides, {}), name: value}
    fields = tuple((n, changed.get(n, v)) for n, v in fields_of(place) if n not in OTHER_BUTTONS)
    return Attack("POST", fields=fields)


def shop_of(attacker: Attacker, party: Any) -> Any:
    """Return the shop that this one's pages are about: an admin looks at another."""
    with unit_of_work(directory_scope()) as unit:
        return get_shop(unit, UUID(attacker.ids.get("shop_id", str(party.shop.id))))


@pytest.mark.parametrize("face", HTML)
def test_no_number_that_is_none_has_an_effect(places, attackers, party, face):
    attacker, checked = attackers[face], []
    shop = shop_of(attacker, party)
    for place in places[face]:
        names = {n for n, _ in fields_of(place)} if place.method == "POST" else set()
        for name in sorted(n for n in names if CHECKED.fullmatch(n)):
            attacker.renew()
            before = figures(shop)
            for value in NONSENSE:
                status, _, _ = attacker.send(place, with_value(place, name, value))
                assert status < 500, f"{place} {name}={value!r:.40}: {status}"
                assert figures(shop) == before, f"{place} {name}={value!r:.40}: {status}"
            checked.append(f"{place} {name}")
    assert bool(checked) == (face not in WITHOUT_NUMBERS), checked


def test_control_an_amount_that_is_one_is_posted(places, attackers, party):
    attacker = attackers["admin_console"]
    shop = shop_of(attacker, party)
    (place,) = (
        each
        for each in places["admin_console"]
        if (each.method, each.rule) == ("POST", "/journals/<uuid:shop_id>/new")
    )
    attacker.renew()
    before = figures(shop)
    status, _, page = attacker.send(place, with_value(place, "amount", "1.00"))
    assert status == 303, page
    assert figures(shop) != before
