"""A merchant says who they are: name, texts, pictures, imprint; seen at once, undone, never lost."""

import html
import io
import re
import secrets

import psycopg
import pytest
from PIL import Image

from app.domains.accounts.permissions import GRANTED, SHOP_ROLES, Permission
from app.domains.accounts.rules import Role
from app.domains.content.operations import save_profile
from app.foundation.unit_of_work import unit_of_work
from tests.conftest import BASE_DOMAIN, drain, open_shop
from tests.functional import settling
from tests.functional.signing_in import sign_in_as
from tests.functional.test_pictures import make_picture
from tests.functional.test_statements import count
from tests.unit.domains.media.test_uploads import SVG, bomb

IMPRINT = {
    "legal_name": "Ada Brandt Goldschmiede", "street": "Burgstraße 1", "postal_code": "09599",
    "city": "Freiberg", "country": "DE", "email": "ada@brandt.example", "phone": "+49 3731 555010",
    "vat_id": "de 123 456 789", "register": "HRA 4711, Amtsgericht Chemnitz",
}  # fmt: skip


class Desk:
    """A person at the page of the shop's profile."""

    def __init__(self, platform, shop, client):
        self.platform, self.shop, self.client = platform, shop, client
        self.path = f"/shops/{shop.id}/profile"

    def page(self, part=""):
        return self.client.get(f"{self.path}/{part}" if part else self.path).text

    def form(self, part):
        """Return what the page's first form holds, as a browser would send it back."""
        page = self.page(part)
        fields = dict(re.findall(r'<input[^>]*? name="([^"]+)"[^>]*? value="([^"]*)"', page))
        fields |= dict(
            re.findall(r'<textarea[^>]*? name="([^"]+)"[^>]*>\n(.*?)</textarea>', page, re.S)
        )
        chosen = re.search(r'<option value="([A-Z]{2})" selected', page)
        fields = {name: html.unescape(value) for name, value in fields.items()}
        return {
            name: value for name, value in fields.items() if not name.startswith(("without", "part"))
        } | ({"country": chosen[1]} if chosen else {})  # fmt: skip

    def save(self, part, form=None, **changed):
        form = {**(form or self.form(part)), **changed}
        kind = "multipart/form-data" if part == "pictures" else None
        return self.client.post(f"{self.path}/{part}", form, content_type=kind)

    def undo(self, part):
        page = self.page(part)
        found = re.search(r'action="([^"]+/undo)".*?name="seen" value="(\d+)"', page, re.S)
        token = re.search(r'name="form_token" value="([^"]+)"', page)[1]
        return self.client.post(found[1], {"form_token": token, "part": part, "seen": found[2]})

    def shown(self, path="/en/"):
        return self.platform.shop_client(self.shop.slug).get(path).text


@pytest.fixture(scope="module")
def shop(platform):
    return open_shop(f"desk-{secrets.token_hex(4)}", platform)


@pytest.fixture(scope="module")
def administrator(platform, shop):
    return sign_in_as(platform, "console", (shop.id, Role.ADMINISTRATOR))


@pytest.fixture(scope="module")
def owner(platform, shop):
    return sign_in_as(platform, "console", (shop.id, Role.OWNER))


@pytest.fixture(scope="module")
def clerk(platform, shop):
    return sign_in_as(platform, "console", (shop.id, Role.ORDERS))


@pytest.fixture
def desk(platform, shop, administrator):
    with unit_of_work(shop.scope) as unit:
        save_profile(unit, texts={"en": {"tagline": "Made by hand"}}, pictures={}, contact_email="")
    return Desk(platform, shop, administrator)


def test_texts_are_seen_at_once_in_each_language(desk):
    answer = desk.save(
        "texts",
        **{
            "tagline-en": "Rings from  Freiberg", "tagline-de": "Ringe aus Freiberg",
            "story_html-en": "One\n\n## Two <3\n\n- *three*\n- **four**",
            "delivery_html-fr": "Sous deux jours.", "seo_description-en": "Silver rings",
        },
    )  # fmt: skip
    assert answer.status_code == 303, answer.text
    assert "Saved. Buyers see it now." in desk.client.get(answer.headers["Location"]).text
    assert "Rings from Freiberg" in desk.shown()
    assert 'content="Silver rings"' in desk.shown()
    assert "Ringe aus Freiberg" in desk.shown("/de/")
    assert "Rings from Freiberg" in desk.shown("/fr/"), "as the shop speaks where nothing is told"
    story = desk.shown("/de/story")
    assert "<p>One</p><h2>Two &lt;3</h2><ul><li><em>three</em></li>" in story
    assert "Sous deux jours." in desk.shown("/fr/delivery")
    assert desk.form("texts")["story_html-en"] == "One\n\n## Two <3\n\n- *three*\n- **four**"


def test_an_imprint_is_checked_kept_and_shown(desk):
    assert "has not written its imprint yet" in desk.shown("/en/imprint")
    wrong = desk.save("imprint", **IMPRINT | {"postal_code": "1", "phone": "call me", "vat_id": "X",
                                              "email": "ada@"})  # fmt: skip
    assert wrong.status_code == 422
    assert wrong.text.count('aria-invalid="true"') == 4
    assert 'value="call me"' in wrong.text, "what was typed stays"
    assert "has not written" in desk.shown("/en/imprint")
    answer = desk.save("imprint", **IMPRINT)
    assert answer.status_code == 303, answer.text
    page = desk.shown("/de/imprint")
    for told in ("Ada Brandt Goldschmiede", "Burgstraße 1", "09599 Freiberg", "Deutschland",
                 "mailto:ada@brandt.example", "tel:+493731555010", "DE123456789", "HRA 4711"):  # fmt: skip
        assert told in page, told
    footer = desk.shown().split("<footer")[1]
    assert "Ada Brandt Goldschmiede<br>Burgstraße 1<br>09599 Freiberg" in footer
    assert "/en/imprint" in footer


def test_a_part_of_an_imprint_may_be_saved_and_what_is_missing_is_said(desk, shop, clerk):
    first = f"/shops/{shop.id}/orders"
    assert "Your shop has no imprint yet." in desk.client.get(first).text
    assert desk.save("imprint", legal_name="Ada Brandt").status_code == 303
    page = desk.client.get(first).text
    assert "Your imprint is not complete yet." in page
    assert "Street and number" in page
    assert "Not finished" in desk.page()
    desk.save("imprint", **IMPRINT)
    page = desk.client.get(first).text
    assert "imprint" not in page.lower()
    assert "Story" in page, "other gaps are still named"
    assert "Story" not in clerk.get(first).text, "only to whoever may fill them"


def test_two_people_at_once_lose_nothing(platform, shop, desk, owner):
    other = Desk(platform, shop, owner)
    mine, theirs = desk.form("texts"), other.form("texts")
    assert (
        other.save("texts", theirs, **{"tagline-en": "Theirs", "hero_text-de": "x"}).status_code
        == 303
    )
    told = desk.save("texts", mine, **{"tagline-en": "Mine", "hero_title-fr": "Bagues"})
    assert told.status_code == 409
    assert "A colleague saved this page" in told.text
    assert 'value="Mine"' in told.text
    assert 'value="Bagues"' in told.text
    assert re.search(r'class="theirs-text">\s*Theirs', told.text)
    assert "Theirs" in desk.shown()
    seen = re.search(r'name="seen" value="(\d+)"', told.text)[1]
    kept = mine | {"tagline-en": "Mine", "hero_text-de": "x", "seen": seen}
    assert desk.save("texts", kept).status_code == 303
    assert "Mine" in desk.shown()
    assert other.form("texts")["hero_text-de"] == "x"
    assert desk.save("imprint", **IMPRINT).status_code == 303, "another part is nobody's conflict"


def test_the_last_change_is_undone_and_done_again(desk):
    desk.save("texts", **{"tagline-en": "First"})
    desk.save("texts", **{"tagline-en": "Second"})
    page = desk.page("texts")
    assert desk.undo("texts").status_code == 303
    assert "First" in desk.shown()
    assert desk.undo("texts").status_code == 303
    assert "Second" in desk.shown()
    found = re.search(
        r'/undo".*?name="form_token" value="([^"]+)".*?name="seen" value="(\d+)"', page, re.S
    )
    stale = {"form_token": found[1], "part": "texts", "seen": found[2]}
    assert desk.client.post(f"{desk.path}/undo", stale).status_code == 303
    assert "nothing was put back" in desk.page("texts")
    assert "Second" in desk.shown()
    for nonsense in (
        {"part": "x"},
        {"part": "pictures", "seen": "x"},
        {"part": "texts", "seen": "9" * 99},
    ):
        form = {"form_token": found[1], **nonsense}
        assert desk.client.post(f"{desk.path}/undo", form).status_code == 303


def png(size=(600, 200)):
    buffer = io.BytesIO()
    Image.new("RGBA", size, (200, 10, 10, 90)).save(buffer, "PNG")
    return buffer.getvalue()


def test_pictures_are_sent_told_and_removed(desk, shop):
    empty = desk.form("pictures")
    answer = desk.save(
        "pictures", empty, logo=(io.BytesIO(png()), "logo.png"),
        hero=(io.BytesIO(make_picture(1600, 900)), "wide.jpg"),
        **{"hero-alt-en": "A bench", "hero-alt-de": "Ein  Werkbrett"},
    )  # fmt: skip
    assert answer.status_code == 303, answer.text
    home = desk.shown("/de/")
    assert 'alt="Ein Werkbrett"' in home
    assert re.search(
        rf'class="logo"[^>]+media\.{BASE_DOMAIN}/{shop.slug}/\w+-320.webp"[^>]+alt="Shop ', home
    )
    assert 'alt="A bench"' in desk.shown("/fr/")
    assert desk.save("pictures", logo=(io.BytesIO(png((300, 300))), "mark.png")).status_code == 303
    home = desk.shown()
    assert f"<span>{shop.name}</span>" in home, "a mark stands beside the name, not in its place"
    assert 'alt="A bench"' in home, "what was not sent stays"
    file = re.search(r'class="logo" src="http://[^/]+(/[^"]+)"', home)[1]
    sent = desk.platform.client(f"media.{BASE_DOMAIN}").get(file)
    assert Image.open(io.BytesIO(sent.data)).mode == "RGBA", "a mark stands on any ground"
    assert desk.save("pictures", **{"without-hero": "1"}).status_code == 303
    assert "A bench" not in desk.shown()
    desk.undo("pictures")
    assert 'alt="A bench"' in desk.shown()


def test_two_people_with_pictures_lose_nothing(platform, shop, desk, owner):
    desk.save(
        "pictures", logo=(io.BytesIO(png()), "logo.png"),
        hero=(io.BytesIO(make_picture(800, 450)), "hero.jpg"), **{"hero-alt-en": "Before"},
    )  # fmt: skip
    mine = desk.form("pictures")
    Desk(platform, shop, owner).save("pictures", **{"hero-alt-de": "Von der Kollegin"})
    sent = (io.BytesIO(make_picture(700, 900)), "tall.jpg")
    told = desk.save("pictures", mine, portrait=sent, **{"without-logo": "1"})
    assert told.status_code == 409
    assert re.search(r'class="theirs-text" lang="de">\s*Von der Kollegin', told.text)
    assert re.search(r'name="without-logo" value="1" checked', told.text), "the wish stays"
    again = {
        "form_token": mine["form_token"], "without-logo": "1",
        **dict(re.findall(r'name="(seen|sent-portrait)" value="([^"]+)"', told.text)),
    }  # fmt: skip
    assert desk.save("pictures", again).status_code == 303
    assert 'class="logo"' not in desk.shown()
    assert again["sent-portrait"] in desk.shown("/en/story")


@pytest.mark.parametrize(
    "file", [SVG, b"not a picture", bomb(30_000, 30_000), b""], ids=["svg", "text", "bomb", "empty"]
)
def test_a_file_that_is_no_picture_is_refused_and_the_others_are_kept(desk, file):
    good = make_picture(800, 450)
    answer = desk.save(
        "pictures", hero=(io.BytesIO(good), "hero.jpg"), logo=(io.BytesIO(file), "logo.svg"),
        **{"hero-alt-en": "Kept"},
    )  # fmt: skip
    assert answer.status_code == 422
    assert 'id="logo-error"' in answer.text
    kept = re.search(r'name="sent-hero" value="(\w{32})"', answer.text)[1]
    assert 'value="Kept"' in answer.text
    assert "Kept" not in desk.shown()
    again = desk.save("pictures", **{"sent-hero": kept, "hero-alt-en": "Kept"})
    assert again.status_code == 303
    assert kept in desk.shown()
    foreign = desk.save("pictures", **{"sent-hero": "0" * 32})
    assert foreign.status_code == 303
    assert kept in desk.shown(), "what is no picture of this shop changes nothing"


def test_a_shop_is_renamed_and_named_back(platform, desk, shop):
    before = shop.name
    form = {"form_token": desk.form("")["form_token"], "seen": before}
    other = desk.client.post(desk.path, form | {"name": "  Brandt &\u200b Erz "})
    assert other.status_code == 303, other.text
    platform.web._shops.forget()
    assert "Brandt &amp; Erz" in desk.shown()
    late = desk.client.post(desk.path, form | {"name": "Third"})
    assert late.status_code == 409
    assert "Brandt &amp; Erz" in late.text
    for name in ("", " ", "x" * 81):
        assert desk.client.post(desk.path, form | {"name": name}).status_code == 422
    assert f"Call it “{html.escape(before)}” again" in desk.page()
    back = form | {"seen": "Brandt & Erz", "name": before}
    assert desk.client.post(desk.path, back).status_code == 303
    platform.web._shops.forget()
    assert before in desk.shown()


def test_every_change_is_in_the_log_by_the_names_of_its_fields(platform, desk, shop, owner):
    desk.save("imprint", **IMPRINT)
    desk.save("texts", **{"tagline-en": "Logged"})
    desk.undo("texts")
    with psycopg.connect(platform.server.directory) as connection:
        rows = connection.execute(
            "SELECT action, object_id, before, after FROM platform.audit WHERE shop = %s"
            " AND object_kind = 'profile' ORDER BY xact DESC, id DESC LIMIT 3",
            [shop.scope.schema],
        ).fetchall()
    (undone, _, gone, back), (_, _, was, now), (_, part, nothing, imprint) = rows
    assert undone == "put_profile_back"
    assert (set(gone), set(back), set(was), set(now)) == ({"tagline"},) * 4
    assert part == "imprint"
    assert set(IMPRINT) == set(imprint)
    assert nothing == {}
    assert "Brandt" not in str(rows), "names are kept as hashes"
    page = owner.get(f"/shops/{shop.id}/log").text
    assert "changed what the shop says of itself" in page
    assert "Full legal name" in page


def test_only_owner_and_administrator_change_it(desk, clerk):
    may = {role for role in SHOP_ROLES if Permission.CHANGE_PROFILE in GRANTED[role]}
    assert may == {Role.OWNER, Role.ADMINISTRATOR}
    for part in ("", "/texts", "/pictures", "/imprint"):
        assert clerk.get(f"{desk.path}{part}").status_code == 404
    assert clerk.post(f"{desk.path}/texts", {"tagline-en": "x"}).status_code in {403, 404}


def test_bad_input_is_told_and_kept(desk):
    long = desk.save("texts", **{"tagline-de": "x" * 121, "story_html-en": "y" * 20_001})
    assert long.status_code == 422
    assert long.text.count('aria-invalid="true"') == 2
    assert "x" * 121 in long.text
    evil = desk.save(
        "texts", **{"story_html-en": '<p onclick="x()">Hi<script>alert(1)</script></p>'}
    )
    assert evil.status_code == 303
    story = desk.shown("/en/story").split("<main")[1].split("</main>")[0]
    assert "<p>Hi" in story
    assert "onclick" not in story
    assert "<script" not in story
    assert desk.save("imprint", country="XX").status_code == 422
    assert desk.save("imprint", seen="-1", legal_name="N").status_code == 409


def test_a_profile_costs_a_page_no_statement(platform, shop, desk):
    paths = ("/en/", "/en/story", "/en/collections/all")
    client = platform.shop_client(shop.slug)
    before = [count(platform, client.get, path) for path in paths]
    desk.save("imprint", **IMPRINT)
    desk.save("pictures", logo=(io.BytesIO(png()), "logo.png"))
    assert [count(platform, client.get, path) for path in paths] == before
    assert count(platform, client.get, "/en/imprint") <= count(platform, client.get, "/en/story")


def test_mails_about_an_order_say_who_writes(platform, shop, desk, mails):
    desk.save("imprint", **IMPRINT, represented_by="Ada Brandt")
    settling.buy(platform, shop, quantity=1)
    drain()
    (mail,) = [each for each in mails if each.message_id.startswith("order-confirmed")]
    line = "Ada Brandt Goldschmiede, Burgstraße 1, 09599 Freiberg, "
    for told in (line, "HRA 4711, Amtsgericht Chemnitz", "DE123456789", "+49 3731 555010"):
        assert told in mail.text, told
        assert told in mail.html, told
