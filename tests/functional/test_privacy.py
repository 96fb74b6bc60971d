"""A person's data on the marketplace: addresses, answers, taking it along, being erased."""

import io
import json
import re
import uuid
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest

from app.domains.accounts.memberships.operations import grant_role
from app.domains.accounts.rules import Role
from app.domains.notifications.ports import Mailer
from app.domains.privacy.erasing import erase_due, repeat_erasures
from app.faces.shared import cookies
from app.faces.storefront import carts
from app.foundation.clock import clock
from app.foundation.database import directory_scope
from app.foundation.ports import port, provide
from app.foundation.unit_of_work import unit_of_work
from tests.conftest import BASE_DOMAIN, ROOT, HostClient, drain
from tests.functional import journey, people
from tests.functional.signing_in import sign_in

PASSWORD = "a long pass phrase"


@pytest.fixture(autouse=True)
def clock_as_it_was():
    yield
    clock.reset()


class Account:
    """A signed-in person on the marketplace."""

    def __init__(self, platform, **facts):
        self.person_id, self.email = people.make_person(**facts)
        self.client = sign_in(platform.web, BASE_DOMAIN, self.email, PASSWORD)

    def get(self, path):
        return self.client.get(f"/en{path}")

    def post(self, path, page="/account/privacy", **form):
        token = re.search(r'name="form_token" value="([^"]+)"', self.get(page).text)[1]
        return self.client.post(
            f"/en{path}", {"form_token": token, **form},
            headers={"Referer": f"http://{BASE_DOMAIN}/en{page}"},
        )  # fmt: skip


ADDRESS = {name: value for name, value in journey.ADDRESS.items() if name != "email"}


def test_addresses_follow_their_country_and_one_is_used_first(platform):
    account = Account(platform)
    assert "You keep no address yet" in account.get("/account/addresses").text
    new = "/account/addresses/new"
    wrong = account.post(new, page=new, **{**ADDRESS, "postal_code": "1"})
    assert wrong.status_code == 422
    assert "Lindenstraße 5" in wrong.text, "what was typed stays"
    assert account.post(new, page=new, **ADDRESS).status_code == 303
    assert account.post(new, page=new, **{**ADDRESS, "street_address": "Neu 1"}).status_code == 303
    twice = {"address_id": str(uuid.uuid4()), **ADDRESS, "street_address": "Doppelt 2"}
    for _ in range(2):
        assert account.post(new, page=new, **twice).status_code == 303
    page = account.get("/account/addresses").text
    assert page.count("Doppelt 2<br>") == 1, "a form that is sent twice is one address"
    assert page.count("Used first") == 1
    ids = re.findall(r'href="/en/account/addresses/([0-9a-f-]{36})"', page)
    assert page.index("Lindenstraße 5") < page.index("Neu 1")
    account.post(f"/account/addresses/{ids[1]}/first", page="/account/addresses")
    page = account.get("/account/addresses").text
    assert page.index("Neu 1") < page.index("Lindenstraße 5")
    assert "State" in account.get(f"{new}?country_code=US").text
    for unknown in ("", "?country_code=", "?country_code=XX"):
        assert "Postcode" in account.get(new + unknown).text, "the fields of the shops' country"
    account.post(f"/account/addresses/{ids[1]}/remove", page="/account/addresses")
    page = account.get("/account/addresses").text
    assert "Neu 1" not in page
    assert "Used first" in page, "the one that is left"
    stranger = Account(platform)
    assert stranger.get(f"/account/addresses/{ids[0]}").status_code == 404
    for act in ("first", "remove"):
        answer = stranger.post(f"/account/addresses/{ids[0]}/{act}")
        assert answer.status_code == 404, act


def test_nothing_is_agreed_to_until_it_is_ticked(platform):
    account = Account(platform)
    page = account.get("/account/privacy").text
    assert not re.search(r"<input[^>]*checkbox[^>]*checked", page)
    account.post("/account/privacy/answers", platform_news="1")
    assert re.search(r"<input[^>]*checkbox[^>]*checked", account.get("/account/privacy").text)
    account.post("/account/privacy/answers")
    page = account.get("/account/privacy").text
    assert not re.search(r"<input[^>]*checkbox[^>]*checked", page)
    assert page.index("Taken back") < page.index("Agreed</strong>"), "the history, newest first"


def test_everything_is_taken_along_at_once(platform, shop):
    account = Account(platform)
    people.order_as(platform, shop, account.person_id, email=account.email)
    answer = account.post("/account/privacy/export")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/zip"
    assert "attachment" in answer.headers["Content-Disposition"]
    assert "no-store" in answer.headers["Cache-Control"]
    with zipfile.ZipFile(io.BytesIO(answer.data)) as files:
        content = json.loads(files.read("export.json"))
    assert content["platform"]["person"][0]["email"] == account.email
    assert shop.slug in content["shops"]
    assert shop.name in account.get("/account/privacy").text


def test_taking_along_and_erasing_ask_for_a_fresh_proof(platform):
    account = Account(platform)
    clock.move(timedelta(minutes=6))
    for path in ("export", "erase"):
        answer = account.post(f"/account/privacy/{path}")
        assert answer.status_code == 303, path
        assert "/prove" in answer.headers["Location"], path


def test_an_erasure_is_shown_with_its_day_and_can_be_taken_back(platform):
    account = Account(platform)
    assert "For seven days nothing is erased" in account.get("/account/privacy/erase").text
    assert account.post("/account/privacy/erase", "/account/privacy/erase").status_code == 303
    page = account.get("/account/privacy").text
    assert "Your account will be erased after" in page
    assert "Keep my account" in page
    assert "You have asked for this already" in account.get("/account/privacy/erase").text
    assert account.post("/account/privacy/keep").status_code == 303
    assert "Keep my account" not in account.get("/account/privacy").text


def test_both_wishes_are_told_by_mail(platform, mails):
    account = Account(platform, name="Ada")
    account.post("/account/privacy/erase", "/account/privacy/erase")
    drain()
    account.post("/account/privacy/keep")
    drain()
    told = [mail for mail in mails if mail.to == account.email]
    subjects = [mail.subject for mail in told]
    assert subjects[-2:] == ["Your account will be erased", "Your account stays"]
    assert "/account/privacy" in told[-2].text


def test_who_was_erased_cannot_sign_in_and_the_address_is_free(platform):
    account = Account(platform)
    account.post("/account/privacy/erase", "/account/privacy/erase")
    clock.move(timedelta(days=7, minutes=1))
    erase_due()
    assert account.get("/account").status_code == 303, "the session is over"
    market = HostClient(platform.web, BASE_DOMAIN)
    answer = market.post("/en/sign-in", {"email": account.email, "password": PASSWORD})
    assert answer.status_code == 422
    assert people.make_person(account.email)


def test_the_last_mail_says_that_the_account_is_erased_and_is_sent_once(platform, mails):
    account = Account(platform, name="Ada")
    account.post("/account/privacy/erase", "/account/privacy/erase")
    clock.move(timedelta(days=7, minutes=1))
    erase_due()
    drain()
    told = [mail for mail in mails if mail.to == account.email]
    assert told[-1].subject == "Your account is erased"
    assert "This is our last mail" in told[-1].text
    assert repeat_erasures() >= 1
    drain()
    assert [mail for mail in mails if mail.to == account.email] == told, "never again"


class Unreachable:
    """A post office that refuses, with the address in its words as SMTP servers do."""

    def send(self, mail):
        raise OSError(f"no such mailbox: {mail.to}")


def test_a_last_mail_that_cannot_be_sent_keeps_nobody_from_being_erased(platform, capfd):
    account = Account(platform, name="Ada")
    account.post("/account/privacy/erase", "/account/privacy/erase")
    drain()
    before = port(Mailer)
    clock.move(timedelta(days=7, minutes=1))
    provide(Mailer, Unreachable())
    try:
        erase_due()
    finally:
        provide(Mailer, before)
    assert account.get("/account").status_code == 303, "the session is over"
    told = "".join(capfd.readouterr())
    assert account.email not in told


def test_what_is_under_way_is_named(platform, shop):
    account = Account(platform)
    with unit_of_work(directory_scope()) as unit:
        grant_role(unit, person_id=account.person_id, shop_id=shop.id, role=Role.OWNER)
    people.order_as(platform, shop, account.person_id, email=account.email)
    page = account.get("/account/privacy/erase").text
    assert f"You are the only owner of {shop.name}" in page
    assert "it must arrive" in page
    assert "Erase my account in seven days" not in page
    refused = account.post("/account/privacy/erase")
    assert refused.status_code == 409
    assert "something is still under way" in refused.text
    assert "Keep my account" not in account.get("/account/privacy").text


def test_every_cookie_that_we_set_is_on_the_page(platform):
    names = {
        cookies.SESSION, cookies.DEVICE, cookies.NONCE, cookies.PARKED, cookies.SECOND_STEP,
        cookies.BROWSER, carts.CART, "notices",
    }  # fmt: skip
    page = HostClient(platform.web, BASE_DOMAIN).get("/en/cookies").text
    assert {name for name in names if f">{name}</td>" in page} == names
    setters = [
        path for path in Path(ROOT, "app").rglob("*.py")
        if re.search(r"response\.set_cookie\(", path.read_text())
    ]  # fmt: skip
    assert [path.name for path in setters] == ["cookies.py"], "every cookie goes through one place"
    used = {
        name for path in Path(ROOT, "app/faces").rglob("*.py")
        for name in re.findall(r"set_cookie\(response, (?:cookies\.)?(\w+)", path.read_text())
    }  # fmt: skip
    assert used - {"name"} <= {
        "SESSION",
        "DEVICE",
        "NONCE",
        "PARKED",
        "CART",
        "SECOND_STEP",
        "BROWSER",
    }, used
