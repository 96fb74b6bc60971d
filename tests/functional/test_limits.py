"""Limits of requests (FR-048): by client, network, person and in all, with Redis and without it."""

import contextlib
import json
import re
import secrets
import select
import socket
import socketserver
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest
import redis

from app.dispatcher import Dispatcher
from app.domains.accounts.rules import Role
from app.faces.shared import limits
from app.faces.shared.limits import RULES, rule_for
from tests.conftest import BASE_DOMAIN, HostClient
from tests.functional.signing_in import make_person, sign_in, sign_in_as
from tests.functional.test_keys_for_programs import key_in, make_key
from tests.integration.tenancy.test_every_route import FACES

TENTH = 0.1
WAIT = re.compile(r"Wait \d+ (?:second|minute)s?, then try again")


def limited(platform, **changes):
    """Return the web application with a tenth of production's limits, which ends sooner."""
    changes = {"rate_limit_factor": TENTH, "trusted_proxy_hops": 1, **changes}
    return Dispatcher(platform.configuration.model_copy(update=changes))


def somewhere() -> str:
    """Return an address that no other test has; shared by nobody for the length of a window."""
    return f"2001:db8:{secrets.randbelow(65536):x}:{secrets.randbelow(65536):x}::1"


def from_address(address: str) -> dict[str, str]:
    return {"X-Forwarded-For": address}


@pytest.fixture(scope="module")
def web(platform):
    return limited(platform)


def exhaust(client: HostClient, address: str, path: str = "/en/search?q=ring"):
    """Ask until refused; return how often it went well, and the refusal."""
    for done in range(1000):
        answer = client.get(path, headers=from_address(address))
        if answer.status_code != 200:
            return done, answer
    raise AssertionError("never refused")


def test_a_client_who_asks_too_often_is_refused_in_the_face_s_look(platform, web, shop):
    client, address = HostClient(web, f"{shop.slug}.{BASE_DOMAIN}"), somewhere()
    done, refused = exhaust(client, address)
    assert done == 12
    assert refused.status_code == 429
    assert 1 <= int(refused.headers["Retry-After"]) <= 900
    assert "Too many tries" in refused.text
    assert WAIT.search(refused.text)
    assert shop.name in refused.text
    assert refused.headers["Cache-Control"] == "no-store"
    assert client.get("/en/search", headers=from_address(somewhere())).status_code == 200
    assert client.get("/en/", headers=from_address(address)).status_code == 200, "another kind"


def test_the_api_answers_a_problem(web, shop):
    client, address = HostClient(web, f"{shop.slug}.{BASE_DOMAIN}"), somewhere()
    done, refused = exhaust(client, address, "/api/v1/countries")
    assert done == 60
    assert refused.status_code == 429
    assert refused.mimetype == "application/problem+json"
    problem = json.loads(refused.text)
    assert problem["code"] == "too_many_requests"
    assert WAIT.search(problem["detail"])


def test_as_many_as_are_allowed_are_let_in_when_they_come_at_once(web, shop):
    host, headers = f"{shop.slug}.{BASE_DOMAIN}", from_address(somewhere())
    with ThreadPoolExecutor(8) as pool:
        told = list(
            pool.map(
                lambda _: HostClient(web, host).get("/en/search", headers=headers).status_code,
                range(32),
            )
        )
    assert (told.count(200), told.count(429)) == (12, 20)


def test_what_leads_nowhere_is_counted_too(web, shop):
    client, address = HostClient(web, f"{shop.slug}.{BASE_DOMAIN}"), somewhere()
    told = [
        client.get(f"/en/{secrets.token_hex(4)}", headers=from_address(address)).status_code
        for _ in range(61)
    ]
    assert told == [404] * 60 + [429]


@pytest.mark.parametrize("language", ["de", "fr"])
def test_the_refusal_is_told_in_the_reader_s_language(web, shop, language):
    client, address = HostClient(web, f"{shop.slug}.{BASE_DOMAIN}"), somewhere()
    _, refused = exhaust(client, address, f"/{language}/search")
    assert "Too many" not in refused.text


def test_a_spoofed_address_changes_nothing_without_a_proxy_of_ours(platform, shop):
    """0 hops: whatever the header says, the connection's address counts."""
    client = HostClient(limited(platform, trusted_proxy_hops=0), f"{shop.slug}.{BASE_DOMAIN}")
    forget_client(platform, "127.0.0.1")
    answers = [
        client.get("/en/search", headers=from_address(somewhere())).status_code for _ in range(13)
    ]
    assert answers.count(200) == 12
    assert set(answers[12:]) == {429}
    forget_client(platform, "127.0.0.1")


def test_only_what_our_own_proxy_added_counts(platform, web, shop):
    """1 hop: the client writes addresses in front; the last one is our proxy's."""
    client, real = HostClient(web, f"{shop.slug}.{BASE_DOMAIN}"), somewhere()
    answers = [
        client.get("/en/search", headers=from_address(f"{somewhere()}, {real}")).status_code
        for _ in range(14)
    ]
    assert answers.count(429) == 2


def test_a_household_and_a_network_are_one(web):
    """A /64 is one client; a /48 is one network with a limit of its own."""
    market, prefix = HostClient(web, BASE_DOMAIN), f"2001:db8:{secrets.token_hex(2)}"

    def report(address):
        headers = {"Content-Type": "application/csp-report", **from_address(address)}
        return market.post("/csp-reports", b"{}", headers=headers).status_code

    assert {report(f"{prefix}:1::{n:x}") for n in range(1, 4)} == {204}
    assert report(f"{prefix}:1::ffff") == 429, "the household's limit"
    told = [report(f"{prefix}:{n:x}::1") for n in range(2, 30)]
    assert told == [204] * 27 + [429], "the network's own limit"
    assert report(somewhere()) == 204


def test_tries_of_passwords_stop_no_passkey(web):
    market, address = HostClient(web, BASE_DOMAIN), somewhere()

    def send(path):
        form = {"email": f"{secrets.token_hex(4)}@example.com", "password": "x", "credential": "{}"}
        return market.post(path, form, headers=from_address(address)).status_code

    assert 429 in {send("/en/sign-in") for _ in range(7)}
    assert send("/en/sign-in/passkey/options") == 200
    assert send("/en/sign-in/passkey") != 429


def test_a_person_is_counted_wherever_they_are(platform, web, shop):
    owner = sign_in_as(platform, "console", (shop.id, Role.OWNER))
    token = owner.cookie("session").value
    client = HostClient(web, f"console.{BASE_DOMAIN}")
    client._client.set_cookie("session", token, domain=client.host)
    path = f"/shops/{shop.id}/import"
    token = client.get(path).text.split('name="form_token" value="')[1].split('"')[0]

    def send():
        return client.post(path, {"form_token": token}, headers=from_address(somewhere()))

    assert 429 not in {send().status_code for _ in range(2)}
    assert send().status_code == 429


def test_a_program_is_counted_as_its_person_wherever_it_is(platform, web):
    person = sign_in(platform.web, BASE_DOMAIN, make_person())
    key = key_in(make_key(person, ["see_account"]))
    market = HostClient(web, BASE_DOMAIN)

    def ask():
        headers = {"Authorization": f"Bearer {key}", **from_address(somewhere())}
        return market.get("/api/v1/account", headers=headers).status_code

    told = [ask() for _ in range(62)]
    assert set(told[:60]) == {200}
    assert set(told[60:]) == {429}


def test_every_changing_route_of_a_face_has_a_rule(platform):
    """And what takes passwords, makes payments or searches has a stricter one than the rest."""
    found = {}
    for face, make in FACES.items():
        for rule in make(platform.configuration).url_map.iter_rules():
            for method in rule.methods - {"HEAD", "OPTIONS"} if face != "webhooks" else ():
                kind = rule_for(face, rule.endpoint, is_write=method != "GET").kind
                found[f"{method} {face}{rule.rule}"] = kind
    assert found["POST storefront/checkout/place"] == "payment"
    assert found["POST marketplace/sign-in"] == "sign-in"
    assert found["GET merchant_console/sign-in"] == "page"
    assert found["GET storefront/search"] == "search"
    assert found["POST shop_api/api/v1/carts/<cart>/order"] == "payment"
    assert found["GET shop_api/api/v1/products"] == "API"
    assert found["POST storefront/cart/lines"] == "write"
    unused = {rule.kind for rule in RULES} - set(found.values())
    assert unused == set(), "a rule that names no route of ours"


def test_what_is_kept_in_redis_is_no_address(platform, web, shop):
    client, address = HostClient(web, f"{shop.slug}.{BASE_DOMAIN}"), "203.0.113.77"
    client.get("/en/", headers=from_address(address))
    kept = redis.Redis.from_url(platform.configuration.redis_url).keys("LIMITS*")
    assert kept
    assert not [key for key in kept if b"203.0.113" in key]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_without_redis_each_process_counts_for_itself(platform, shop):
    """Never a 500, never wide open; also when many ask at the moment in which it goes."""
    web = limited(platform, redis_url=f"redis://127.0.0.1:{free_port()}/0")
    client, address = HostClient(web, f"{shop.slug}.{BASE_DOMAIN}"), somewhere()
    with ThreadPoolExecutor(8) as pool:
        path, headers = "/en/search", from_address(address)
        answers = list(
            pool.map(
                lambda _: HostClient(web, client.host).get(path, headers=headers).status_code,
                range(24),
            )
        )
    assert set(answers) == {200, 429}
    assert 12 <= answers.count(200) <= 20, "at most those that asked as it went are not counted"


class Way(socketserver.BaseRequestHandler):
    """A way to the real Redis, which can be there or not."""

    to: tuple[str, int]

    def handle(self):
        with socket.create_connection(self.to) as there:
            pair = {self.request: there, there: self.request}
            while True:
                ready, _, _ = select.select(list(pair), [], [], 10)
                for end in ready:
                    content = end.recv(65536)
                    if not content:
                        return
                    pair[end].sendall(content)


def test_when_redis_is_back_it_counts_again(platform, shop):
    real, port = urlsplit(platform.configuration.redis_url), free_port()
    Way.to = (real.hostname, real.port)
    web = limited(platform, redis_url=f"redis://:{real.password}@127.0.0.1:{port}/0")
    client, address = HostClient(web, f"{shop.slug}.{BASE_DOMAIN}"), somewhere()
    assert exhaust(client, address)[0] == 12, "counted by this process alone"
    with socketserver.ThreadingTCPServer(("127.0.0.1", port), Way) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        deadline = time.monotonic() + 10
        while not kept_in_redis(platform, client, address) and time.monotonic() < deadline:
            time.sleep(0.2)
            client.get("/en/search", headers=from_address(address))
        assert kept_in_redis(platform, client, address)
        server.shutdown()


def kept_in_redis(platform, client, address) -> bool:
    app = client._client.application._faces["storefront"]._application
    with app.test_request_context(environ_base={"REMOTE_ADDR": address}):
        key = limits.client_key()
    with redis.Redis.from_url(platform.configuration.redis_url) as server:
        return bool(server.keys(f"*{key}*"))


def test_a_redis_that_hangs_costs_a_moment_and_no_more(platform, shop):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        web = limited(platform, redis_url=f"redis://127.0.0.1:{silent.getsockname()[1]}/0")
        client = HostClient(web, f"{shop.slug}.{BASE_DOMAIN}")
        began = time.monotonic()
        assert client.get("/en/", headers=from_address(somewhere())).status_code == 200
        assert time.monotonic() - began < 5
        silent.setblocking(False)
        assert callers(silent) >= 1, "the control: it was asked"
        for _ in range(5):
            assert client.get("/en/", headers=from_address(somewhere())).status_code == 200
        assert callers(silent) < 5, "not each of them waits for it again"


def callers(server: socket.socket) -> int:
    """Count those who called since the last look."""
    count = 0
    with contextlib.suppress(BlockingIOError):
        while True:
            server.accept()[0].close()
            count += 1
    return count


def test_a_page_costs_one_round_trip_and_a_file_of_ours_none(platform, web, shop):
    client, address = HostClient(web, f"{shop.slug}.{BASE_DOMAIN}"), somewhere()
    client.get("/en/", headers=from_address(address))
    server = redis.Redis.from_url(platform.configuration.redis_url)

    def trips(path):
        before = server.info("commandstats").get("cmdstat_evalsha", {}).get("calls", 0)
        client.get(path, headers=from_address(address)).close()
        return server.info("commandstats").get("cmdstat_evalsha", {}).get("calls", 0) - before

    assert trips("/en/products/elder-ring") == 1
    assert trips("/favicon.ico") == 0


def forget_client(platform, address: str) -> None:
    """Let an address be counted from nothing."""
    web = limited(platform)
    app = web._faces[next(iter(web._faces))]._application
    with app.test_request_context(environ_base={"REMOTE_ADDR": address}):
        keys = (limits.client_key(), limits.network_key())
    server = redis.Redis.from_url(platform.configuration.redis_url)
    for key in keys:
        for kept in server.keys(f"*{key}*"):
            server.delete(kept)


def test_a_refusal_costs_no_statement(platform, web, shop):
    """It is answered before anything is read of the shop."""
    from tests.functional.test_statements import counted

    client, address = HostClient(web, f"{shop.slug}.{BASE_DOMAIN}"), somewhere()
    exhaust(client, address)
    with counted(platform) as sent:
        assert client.get("/en/search", headers=from_address(address)).status_code == 429
    assert sent == []
