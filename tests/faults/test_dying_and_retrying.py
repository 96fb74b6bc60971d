"""R5 (promises.md), its second half: die at any commit, then try again: still one effect.

Each changing route of the storefront, the API, the consoles and the webhooks dies before and after
each of its commits, so also between what the provider was told and our note of it; then ten send
the same again. The reactions to the provider's messages die the same way, and the purchase ends as
one that nothing disturbed. Nightly: every commit; up to fifty at once.
"""

import random
import secrets
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from app.foundation.clock import clock
from app.foundation.delivery import LEASE
from app.foundation.guards import Guard, disable_guards
from tests.conftest import drain, open_shop
from tests.faults.death import Death, Died
from tests.functional.api.calls import DETAILS, ApiClient, api_of, variant_of
from tests.functional.test_ten_at_once import (
    CASES,
    KEY,
    Case,
    World,
    api_create_cart,
    changing_routes,
    race,
)
from tests.functional.test_what_goes_wrong import deliver
from tests.load.test_webhook_histories import (
    KINDS,
    MOST_ROUNDS,
    Purchase,
    in_order,
    run,
)

MOST_COMMITS, POINTS, NIGHTLY_ROUNDS = 40, 8, 3
MAKERS = [make for group in CASES.values() for make in group]


def new_shop(platform: Any) -> Any:
    return open_shop(f"dies-{secrets.token_hex(4)}", platform)


def dies(case: Case, at: int, *, is_after: bool) -> bool:
    """Send it once and let it die at this commit; say whether it has that many."""
    with Death(at, is_after=is_after) as death:
        try:
            case.send()
        except Died:
            return True
    assert not death.has_struck, "somebody has caught a death"
    return False


def die_everywhere(platform: Any, make: Callable[[World], Case], *, at_once: int = 10) -> int:
    """Die before and after each commit of a request, then send it again; return how many it has."""
    for at in range(1, MOST_COMMITS):
        for is_after in (False, True):
            case = make(World(platform, new_shop(platform)))
            has_died = dies(case, at, is_after=is_after)
            answers = race(case, at_once)
            assert len({str(answer) for answer in answers}) == 1, (at, is_after, answers)
            assert case.effect() == case.expected, (at, is_after)
            if not has_died:
                return at - 1
    raise AssertionError("it commits without end")


@pytest.mark.parametrize("make", MAKERS)
def test_whoever_dies_at_a_commit_and_tries_again_has_one_effect(platform, make):
    assert die_everywhere(platform, make) > 0


def test_control_without_the_keys_a_lost_answer_is_a_second_effect(platform, shop):
    case = api_create_cart(World(platform, shop))
    disable_guards(frozenset({Guard.IDEMPOTENCY.value}))
    try:
        assert dies(case, 1, is_after=True)
        case.send()
    finally:
        disable_guards(frozenset())
    assert case.effect() != case.expected


@pytest.mark.nightly
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("at_once", [2, 50])
@pytest.mark.parametrize("make", MAKERS)
def test_many_at_once_are_one(platform, make, at_once):
    for _ in range(NIGHTLY_ROUNDS):
        case = make(World(platform, new_shop(platform)))
        answers = race(case, at_once)
        assert len({str(answer) for answer in answers}) == 1, answers
        assert case.effect() == case.expected


# --- the provider's messages ------------------------------------------------------------------


class Interrupted:
    """Delivers in order, as `in_order` does, and dies once on the way."""

    def __init__(self, at: int, *, is_after: bool, is_resumed: bool = True) -> None:
        self.death = Death(at, is_after=is_after)
        self._is_resumed = is_resumed

    def __call__(self, purchase: Purchase) -> None:
        told: set[str] = set()
        with self.death:
            for _ in range(MOST_ROUNDS):
                waiting = [event for event in purchase.messages() if event["id"] not in told]
                if not waiting:
                    return
                for event in waiting:
                    self._take(lambda event=event: deliver(purchase.platform, event))
                    self._take(drain)
                    told.add(event["id"])
        raise AssertionError("the provider never stops")

    def _take(self, step: Callable[[], Any]) -> None:
        """Take a step; where it dies, again once the lease of what it held has run out."""
        if self.death.has_struck and not self._is_resumed:
            return
        try:
            step()
        except Died:
            clock.move(LEASE + timedelta(seconds=1))
            if self._is_resumed:
                step()


def without_repeated_mails(ended: dict[str, Any]) -> dict[str, Any]:
    """A mail that was handed over just before a death goes out again, with its Message-ID."""
    return {**ended, "mails": sorted(set(ended["mails"]))}


def count_commits(platform: Any, shop: Any, kind: Callable[[Purchase], None], mails: Any) -> int:
    endless = Interrupted(10**9, is_after=False)
    run(platform, shop, kind, endless, mails)
    return endless.death.commits


def die_at(platform: Any, mails: Any, kind: Callable[[Purchase], None], most: int) -> None:
    shop = new_shop(platform)
    expected = without_repeated_mails(run(platform, shop, kind, in_order, mails))
    commits = count_commits(platform, shop, kind, mails)
    points = [(at, is_after) for at in range(1, commits + 1) for is_after in (False, True)]
    seed = secrets.randbelow(10**6)
    for at, is_after in random.Random(seed).sample(points, min(most, len(points))):
        transport = Interrupted(at, is_after=is_after)
        ended = without_repeated_mails(run(platform, shop, kind, transport, mails))
        assert transport.death.has_struck, (seed, at, is_after)
        assert ended == expected, (seed, at, is_after)


@pytest.mark.parametrize("kind", KINDS)
def test_a_purchase_ends_the_same_whenever_its_jobs_die(platform, mails, kind):
    die_at(platform, mails, kind, POINTS)


@pytest.mark.nightly
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("kind", KINDS)
def test_a_purchase_ends_the_same_at_every_commit(platform, mails, kind):
    die_at(platform, mails, kind, 10**6)


def test_control_what_died_and_is_not_taken_up_again_ends_otherwise(platform, mails):
    """A death does lose something, and the comparison sees it."""
    shop, kind = new_shop(platform), KINDS[0]
    expected = without_repeated_mails(run(platform, shop, kind, in_order, mails))
    for at in (2, 4, 6, 8):
        transport = Interrupted(at, is_after=False, is_resumed=False)
        ended = without_repeated_mails(run(platform, shop, kind, transport, mails))
        assert transport.death.has_struck
        assert ended != expected, at


# --- the same key with another body -----------------------------------------------------------


class Recording(ApiClient):
    """Remembers what was sent last."""

    last: tuple[str, str, Any] = ("", "", None)

    def call(self, method: str, path: str, body: Any = None, key: str | None = None) -> Any:
        if method != "GET":
            Recording.last = (method, path, body)
        return super().call(method, path, body, key)


class RecordedWorld(World):
    def api(self) -> ApiClient:
        return Recording(self.platform, api_of(self.platform, self.shop).host)


def other_body(route: str, world: World, body: Any) -> Any:
    """Return another body that the route would take by itself."""
    if route == "carts.create":
        return {"lines": [{"variant_id": variant_of(world.api(), "tiny-stud"), "quantity": 1}]}
    return {
        "carts.add": {**(body or {}), "quantity": 3},
        "carts.change": {"quantity": 2},
        "carts.remove": {"quantity": 1},
        "checkouts.set_details": {**DETAILS, "email": "another@example.com"},
        "checkouts.set_shipping": {"shipping_option_id": str(world.shop.id)},
        "checkouts.place": {"fingerprint": "0" * 64},
    }[route]


WITHOUT_BODY = {"orders.pay", "orders.check"}
"""They take none, and an order has one payment, whatever the key."""
OF_THE_API = sorted(
    route.removeprefix("shop_api ") for route in CASES if route.startswith("shop_api ")
)


@pytest.mark.parametrize("route", sorted(set(OF_THE_API) - WITHOUT_BODY))
def test_the_same_key_with_another_body_is_refused(platform, shop, route):
    world = RecordedWorld(platform, shop)
    case = CASES[f"shop_api {route}"][0](world)
    first = case.send()
    assert first.status_code in {200, 201}, first.text
    method, path, body = Recording.last
    other = world.api().call(method, path, other_body(route, world, body), KEY)
    assert (other.status_code, other.json["code"]) == (422, "idempotency_key_reused")
    assert case.effect() == case.expected
    clock.move(timedelta(hours=25))
    try:
        again = api_of(platform, shop).call(method, path, body, KEY)
    finally:
        clock.reset()
    assert (again.status_code, again.text) == (first.status_code, first.text), "a day later"
    assert case.effect() == case.expected


def test_every_route_of_the_api_is_asked(platform):
    routes = {r for r in changing_routes(platform) if r.startswith("shop_api ")}
    assert routes == {f"shop_api {route}" for route in OF_THE_API}
