"""One sign-in everywhere: joining, signing in, going from host to host, proving, losing a session."""

import re
from datetime import timedelta
from urllib.parse import urlencode, urlsplit

import pytest

from app.domains.accounts.memberships.operations import grant_role
from app.domains.accounts.people.queries import find_person_id
from app.domains.accounts.rules import PLATFORM, Role
from app.domains.accounts.sessions.errors import HandOverSpentError
from app.domains.accounts.sessions.operations.handing_over import take_over as exchange
from app.foundation.database import directory_scope
from app.foundation.tokens import hash_token
from app.foundation.unit_of_work import unit_of_work
from tests.conftest import BASE_DOMAIN, HostClient, drain
from tests.functional.challenges import solve
from tests.functional.signing_in import (
    PASSWORD,
    make_person,
    sign_in,
    sign_in_as,
    take_over,
    try_password,
)

CONSOLE = f"console.{BASE_DOMAIN}"
NEW = "nine quiet herons at dusk"


def path_of(answer) -> str:
    parts = urlsplit(answer.headers["Location"])
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def token_field(client: HostClient, path: str) -> str:
    found = re.search(r'name="form_token" value="([^"]+)"', client.get(path).text)
    assert found, path
    return found[1]


def link_in(mail, part: str) -> str:
    found = re.search(rf"http://{re.escape(BASE_DOMAIN)}(/[a-z]{{2}}{part}/[\w-]+)", mail.text)
    assert found, mail.text
    return found[1]


def solved(market: HostClient) -> dict[str, str]:
    return solve(market.get("/en/sign-up").text)


def join(platform, mails, email: str, next_path: str = "") -> HostClient:
    market = platform.client(BASE_DOMAIN)
    form = {"name": "Nora New", "email": email, "password": NEW} | solved(market)
    answer = market.post("/en/sign-up", form | ({"next": next_path} if next_path else {}))
    assert answer.status_code == 200, answer.text
    drain()
    path = link_in(mails[-1], "/sign-up/finish")
    assert market.get(path).status_code == 200
    assert market.get("/en/account").status_code == 303, "looking at the link makes no account"
    answer = market.post(path)
    assert answer.status_code == 303
    assert path_of(answer) == (next_path or "/en/account")
    assert market.post(path).status_code == 410
    return market


def test_joining_proves_the_address_and_signs_in(platform, mails):
    market = join(platform, mails, "nora.one@example.com", "/en/account/sessions")
    assert "nora.one@example.com" in market.get("/en/account").text
    assert "This browser" in market.get("/en/account/sessions").text


def test_joining_without_a_password_leads_to_a_passkey(platform, mails):
    market = platform.client(BASE_DOMAIN)
    form = {"name": "Kay", "email": "kay@example.com", "way": "passkey", "password": ""}
    assert market.post("/en/sign-up", form | solved(market)).status_code == 200
    drain()
    answer = market.post(link_in(mails[-1], "/sign-up/finish"))
    assert path_of(answer).startswith("/en/account/security/passkeys/new?")
    assert market.get(path_of(answer)).status_code == 200
    empty = try_password(platform.client(BASE_DOMAIN), "kay@example.com", "")
    assert empty.status_code == 422


def test_joining_twice_tells_only_the_owner_of_the_address(platform, mails):
    join(platform, mails, "nora.two@example.com")
    stranger = platform.client(BASE_DOMAIN)
    answers = [
        stranger.post(
            "/en/sign-up", {"name": "X", "email": email, "password": NEW} | solved(stranger)
        )
        for email in ("nora.two@example.com", "nobody.yet@example.com")
    ]
    shown = [answer.text.replace("nora.two@", "").replace("nobody.yet@", "") for answer in answers]
    assert answers[0].status_code == answers[1].status_code == 200
    assert shown[0] == shown[1]
    drain()
    assert [mail.subject for mail in mails[-2:]] == [
        "You have a Galleria account already", "Finish your Galleria account",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"name": " \t"}, "Tell us your name"),
        ({"email": "no address"}, "does not look like an e-mail address"),
        ({"password": "short"}, "at least 15 characters"),
        ({"password": "password1234567"}, "guessed first"),
    ],
)
def test_what_joining_refuses_is_said_at_the_field(platform, changes, told):
    market = platform.client(BASE_DOMAIN)
    form = {"name": "N", "email": "n@example.com", "password": NEW} | solved(market) | changes
    answer = market.post("/en/sign-up", form)
    assert answer.status_code == 422
    assert told in answer.text
    assert NEW not in answer.text


def test_one_sign_in_opens_every_host_and_ends_everywhere(platform, shop):
    market = sign_in(platform.web, BASE_DOMAIN, make_person((shop.id, Role.OWNER)))
    console = take_over(market, platform.client(CONSOLE))
    in_shop = take_over(market, platform.shop_client(shop.slug))
    assert console.get(f"/shops/{shop.id}/orders").status_code == 200
    console.post("/sign-out")
    for client, path in ((market, "/en/account"), (console, f"/shops/{shop.id}/orders")):
        assert client.get(path).status_code == 303
    assert in_shop.cookie("session"), "the cookie is there still and opens nothing"
    assert in_shop.get("/sign-in").headers["Location"].startswith(f"http://{BASE_DOMAIN}/hand-over")


def test_a_code_counts_once_for_its_host_and_browser_and_minute(platform, shop, moved_clock):
    market = sign_in(platform.web, BASE_DOMAIN, make_person())
    host = f"{shop.slug}.{BASE_DOMAIN}"

    def code() -> str:
        query = urlencode({"to": host, "next": "/", "nonce": hash_token("n").hex()})
        back = market.get(f"/en/hand-over?{query}")
        assert urlsplit(back.headers["Location"]).netloc == host
        return re.search(r"code=([\w-]+)", back.headers["Location"])[1]

    def take(code: str, host: str = host, nonce: str = "n") -> str:
        with unit_of_work(directory_scope()) as unit:
            return exchange(unit, code=code, host=host, nonce=hash_token(nonce).hex())

    first = code()
    assert take(first)
    for wrong in ((first,), (code(), CONSOLE), (code(), host, "another browser's")):
        with pytest.raises(HandOverSpentError):
            take(*wrong)
    late = code()
    moved_clock.move(timedelta(seconds=61))
    with pytest.raises(HandOverSpentError):
        take(late)
    assert "sign in again" in platform.shop_client(shop.slug).get("/signed-in?again=1").text


@pytest.mark.parametrize(
    "host", ["evil.example", f"nowhere.{BASE_DOMAIN}", f"{BASE_DOMAIN}.evil.example", "", "a b"]
)
def test_no_code_is_made_for_a_host_that_is_not_ours(platform, host):
    market = sign_in(platform.web, BASE_DOMAIN, make_person())
    query = urlencode({"to": host, "next": "/", "nonce": "n"})
    assert market.get(f"/en/hand-over?{query}").headers["Location"] == "/en/"


@pytest.mark.parametrize(
    "path", ["//evil.example", "/\\evil.example", "https://evil.example", "/a\nb", "evil", "/\t/x"]
)
def test_signing_in_never_leads_to_another_site(platform, path):
    answer = platform.client(BASE_DOMAIN).post(
        "/en/sign-in", {"email": make_person(), "password": PASSWORD, "next": path}
    )
    assert answer.headers["Location"] == "/en/account"


def test_a_form_without_a_session_comes_back_filled_in(platform, shop):
    console = sign_in_as(platform, "console", (shop.id, Role.OWNER))
    page = f"/shops/{shop.id}/products"
    listed = console.get(page).text
    page = re.search(rf'href="({page}/[0-9a-f-]+)"', listed)[1]
    stock = re.search(r'name="(stock-[0-9a-f-]+)"', console.get(page).text)[1]
    stranger = platform.client(CONSOLE)
    form = {stock: "4321", "is_published": "1", "form_token": "of another session"}
    lost = stranger.post(page, form, headers={"Referer": f"http://{CONSOLE}{page}"})
    assert lost.status_code == 303
    assert path_of(lost) == f"/sign-in?{urlencode({'next': page})}"
    market = sign_in(platform.web, BASE_DOMAIN, make_person((shop.id, Role.OWNER)))
    take_over(market, stranger, page)
    filled = stranger.get(page).text
    assert re.search(rf'name="{stock}"[^>]* value="4321"', filled), filled
    assert "Nothing is lost" in filled
    token = re.search(r'name="form_token" value="([^"]+)"', filled)[1]
    assert stranger.post(page, {**form, "form_token": token}).status_code == 303
    assert "4321" in stranger.get(page).text
    assert "Nothing is lost" not in stranger.get(page).text


@pytest.mark.parametrize("is_same", [True, False])
def test_what_one_person_had_written_is_shown_to_them_alone(platform, shop, moved_clock, is_same):
    """On a shared computer, where the session of the first ended by itself."""
    first, second = (make_person((shop.id, Role.OWNER)) for _ in range(2))
    console = take_over(sign_in(platform.web, BASE_DOMAIN, first), platform.client(CONSOLE))
    page = f"/shops/{shop.id}/people"
    moved_clock.move(timedelta(hours=25))
    lost = console.post(
        f"/shops/{shop.id}/invitations",
        {"email": "kept.address@example.com", "role": "orders"},
        headers={"Referer": f"http://{CONSOLE}{page}"},
    )
    assert lost.status_code == 303
    take_over(sign_in(platform.web, BASE_DOMAIN, first if is_same else second), console, page)
    assert ("kept.address@example.com" in console.get(page).text) is is_same


def test_idle_merchants_prove_themselves_and_idle_buyers_do_not(platform, shop, moved_clock):
    market = sign_in(platform.web, BASE_DOMAIN, make_person((shop.id, Role.OWNER)))
    console = take_over(market, platform.client(CONSOLE))
    buyer = sign_in(platform.web, BASE_DOMAIN, make_person())
    moved_clock.move(timedelta(minutes=16))
    assert buyer.get("/en/account").status_code == 200
    page = f"/shops/{shop.id}/orders"
    led = console.get(page)
    assert urlsplit(led.headers["Location"]).netloc == BASE_DOMAIN
    asked = market.get(path_of(led))
    assert "15 minutes" in asked.text
    form = {
        "form_token": re.search(r'name="form_token" value="([^"]+)"', asked.text)[1],
        "to": CONSOLE, "next": page, "password": "not this one at all",
    }  # fmt: skip
    assert market.post("/en/prove", form).status_code == 422
    proved = market.post("/en/prove", form | {"password": PASSWORD})
    assert proved.headers["Location"] == f"http://{CONSOLE}{page}"
    assert console.get(page).status_code == 200
    moved_clock.move(timedelta(hours=24))
    assert path_of(console.get(page)).startswith("/sign-in"), "24 h absolute, whatever was proved"
    assert path_of(buyer.get("/en/account")).startswith("/en/sign-in")


def test_changing_the_address_wants_a_fresh_proof_and_tells_both(platform, mails, moved_clock):
    email = make_person()
    market = sign_in(platform.web, BASE_DOMAIN, email)
    other = sign_in(platform.web, BASE_DOMAIN, email)
    moved_clock.move(timedelta(minutes=6))
    assert path_of(market.get("/en/account/email")).startswith("/en/prove")
    token = token_field(market, "/en/prove")
    market.post("/en/prove", {"form_token": token, "password": PASSWORD, "to": "", "next": ""})
    new = f"new.{email}"
    answer = market.post("/en/account/email", {"form_token": token, "email": new})
    assert answer.status_code == 303, answer.text
    drain()
    to_new, to_old = mails[-2:]
    assert (to_new.to, to_old.to) == (new, email)
    assert other.post(link_in(to_new, "/email/confirm")).status_code == 303
    assert new in market.get("/en/account").text or path_of(market.get("/en/account"))
    drain()
    assert mails[-1].to == email
    sign_in(platform.web, BASE_DOMAIN, new)
    assert other.post(link_in(to_old, "/email/undo")).status_code == 303
    sign_in(platform.web, BASE_DOMAIN, email)
    assert market.get("/en/account").status_code == 303, "whoever changed it is signed out"


def test_sessions_are_listed_and_ended(platform):
    email = make_person()
    mine, other = (sign_in(platform.web, BASE_DOMAIN, email) for _ in range(2))
    page = mine.get("/en/account/sessions").text
    (ending,) = re.findall(r'action="(/en/account/sessions/[0-9a-f-]+/end)"', page)
    stranger = sign_in(platform.web, BASE_DOMAIN, make_person())
    theirs = {"form_token": token_field(stranger, "/en/account")}
    assert stranger.post(ending, theirs).status_code == 404
    own = {"form_token": token_field(mine, "/en/account")}
    assert mine.post(ending, own).status_code == 303
    assert other.get("/en/account").status_code == 303
    assert mine.get("/en/account").status_code == 200


def test_a_change_of_rights_gives_every_session_a_new_secret(platform, shop):
    email = make_person((shop.id, Role.OWNER))
    console = sign_in(platform.web, CONSOLE, email)
    before = console.cookie("session").value
    page = f"/shops/{shop.id}/orders"
    with unit_of_work(directory_scope()) as unit:
        person_id = find_person_id(unit, email=email)
        grant_role(unit, person_id=person_id, shop_id=PLATFORM, role=Role.ADMIN)
    assert console.get(page).status_code == 200
    after = console.cookie("session").value
    assert after != before
    late = platform.client(CONSOLE)
    late._client.set_cookie("session", before, domain=CONSOLE)
    assert late.get(page).status_code == 200, "a request that was under way is not lost"


def test_a_new_browser_is_told_by_mail_and_a_known_one_is_not(platform, mails):
    email = make_person()
    first = sign_in(platform.web, BASE_DOMAIN, email)
    drain()
    told = len(mails)
    again = first.post("/en/sign-in", {"email": email, "password": PASSWORD})
    assert again.status_code == 303
    drain()
    assert len(mails) == told, "the first browser, and the same one again"
    sign_in(platform.web, BASE_DOMAIN, email)
    drain()
    assert mails[-1].subject == "A new sign-in to your account"
    assert mails[-1].to == email
