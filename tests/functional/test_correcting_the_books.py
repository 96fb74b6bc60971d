"""Finance corrects a shop's books through the pages; the shop sees it in words of its own."""

import html
import re

import pytest

from app.domains.accounts.rules import PLATFORM, Role
from app.foundation.identifiers import new_id
from tests.conftest import BASE_DOMAIN, drain
from tests.functional.signing_in import make_person, sign_in, sign_in_as

ADMIN = f"admin.{BASE_DOMAIN}"


@pytest.fixture(scope="module")
def finance(platform):
    return [sign_in_as(platform, "admin", (PLATFORM, Role.FINANCE)) for _ in range(2)]


def token(page):
    return {"form_token": re.search(r'name="form_token" value="([^"]+)"', page)[1]}


def words(page):
    return html.unescape(" ".join(re.sub(r"<[^>]+>", " ", page).split()))


def write(client, shop, **fields):
    path = f"/journals/{shop.id}/new"
    page = client.get(path).text
    form = {"correction_id": str(new_id()), "kind": "charge", "amount": "20.00", "order": "",
            "reason": "agreement", "reference": "fin-118", **fields}  # fmt: skip
    return client.post(path, {**token(page), **form})


def test_a_small_correction_is_posted_seen_and_taken_back(platform, shop, finance):
    assert f"/journals/{shop.id}/new" in finance[0].get(f"/shops/{shop.id}").text
    form_id = str(new_id())
    for _ in range(2):  # a second click is the same one
        assert write(finance[0], shop, correction_id=form_id).status_code == 303
    page = finance[0].get("/journals").text
    assert page.count(f"/journals/{shop.id}/{form_id}") == 1
    assert "Agreed with the shop FIN-118" in words(page)
    owner = sign_in_as(platform, "console", (shop.id, Role.OWNER))
    seen = words(owner.get(f"/shops/{shop.id}/balance").text)
    assert "Charge from Galleria Agreed with the shop · FIN-118" in seen
    assert "Galleria's team · corrected the books by hand" in words(
        owner.get(f"/shops/{shop.id}/log").text
    )
    path = f"/journals/{shop.id}/{form_id}"
    shown = finance[1].get(path).text
    form = {**token(shown), "reason": "our_mistake", "reference": "FIN-119"}
    counter = {**form, "correction_id": str(new_id())}
    assert finance[1].post(f"{path}/reverse", counter).status_code == 303
    again = finance[1].post(f"{path}/reverse", {**form, "correction_id": str(new_id())})
    assert again.status_code == 409
    assert "was taken back already" in words(again.text)
    assert "See the counter-entry" in finance[1].get(path).text
    seen = words(owner.get(f"/shops/{shop.id}/balance").text)
    assert "Charge taken back Galleria's mistake · FIN-119" in seen


def test_a_large_one_takes_two_people(platform, shop, finance, mails):
    first, second = finance
    assert write(first, shop, amount="600.00", reference="BIG-1").status_code == 303
    drain()
    asked = [mail for mail in mails if mail.message_id.startswith("journal-asked")]
    assert all(shop.name in mail.text for mail in asked)
    in_english = [mail for mail in asked if "waits for you" in mail.subject]
    assert in_english
    assert all("€600.00" in mail.text for mail in in_english)
    mine, page = first.get("/journals").text, second.get("/journals").text
    assert "somebody else decides" in mine
    approve = re.search(rf'action="(/journals/{shop.id}/[^"]+/approve)"', page)[1]
    assert approve not in mine
    refused = first.post(approve, token(mine))
    assert refused.status_code == 409
    assert "You asked for this yourself" in refused.text
    assert second.post(approve, token(page)).status_code == 303
    assert second.post(approve, token(page)).status_code == 409, "a second click"
    assert "approved by Pat Person" in words(first.get("/journals").text)
    for verb, client in (("decline", second), ("withdraw", first)):
        assert write(first, shop, amount="700.00").status_code == 303
        page = client.get("/journals").text
        act = re.search(rf'action="(/journals/{shop.id}/[^"]+/{verb})"', page)[1]
        assert client.post(act, token(page)).status_code == 303
    page = first.get("/journals").text
    assert "declined" in page
    assert "taken back" in page
    assert "€700.00" not in page.split("Not posted")[0]


WRONG = (
    ({"amount": "0"}, "more than zero"),
    ({"amount": "12.345"}, "more than zero"),
    ({"reference": "Ada Lovelace"}, "at least one digit"),
    ({"reason": ""}, "and why"),
    ({"kind": "everything"}, "what is corrected"),
    ({"kind": "credit", "order": "NOPE"}, "number of a paid order"),
    ({"kind": "write_off", "amount": "5000"}, "owes less than that"),
)


def test_what_is_wrong_is_said_and_what_was_typed_is_kept(shop, finance):
    for fields, said in WRONG:
        answer = write(finance[0], shop, **fields)
        assert answer.status_code in {409, 422}, fields
        assert said in words(answer.text), fields
        for name in ("amount", "reference"):
            if name in fields:
                assert f'value="{fields[name]}"' in answer.text


def test_an_auditor_reads_and_others_find_nothing(platform, shop, finance):
    auditor = sign_in_as(platform, "admin", (PLATFORM, Role.AUDITOR))
    for path in ("/journals", f"/journals/{shop.id}/new"):
        page = auditor.get(path)
        assert page.status_code == 200
        assert re.findall(r'<form method="post" action="(?!/sign-out)', page.text) == []
        assert 'name="reference"' not in page.text
    form = token(finance[0].get(f"/journals/{shop.id}/new").text)
    assert auditor.post(f"/journals/{shop.id}/new", form).status_code in {403, 404}
    support = sign_in_as(platform, "admin", (PLATFORM, Role.PLATFORM_SUPPORT))
    for path in ("/journals", f"/journals/{shop.id}/new", f"/journals/{shop.id}/{new_id()}"):
        assert support.get(path).status_code == 404
    assert finance[0].get(f"/journals/{shop.id}/{new_id()}").status_code == 404
    assert finance[0].get(f"/journals/{new_id()}/new").status_code == 404


@pytest.mark.parametrize(("language", "said"), [("de", "Korrekturen"), ("fr", "Corrections")])
def test_the_pages_speak_german_and_french(platform, shop, language, said):
    email = make_person((PLATFORM, Role.FINANCE), language=language)
    client = sign_in(platform.web, ADMIN, email)
    header = {"Accept-Language": language}
    assert f"<h1>{said}</h1>" in client.get("/journals", headers=header).text
    page = client.get(f"/journals/{shop.id}/new", headers=header).text
    assert "Correct the books" not in page
    assert "What is corrected?" not in page
