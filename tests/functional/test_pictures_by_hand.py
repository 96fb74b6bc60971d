"""A merchant sends pictures of a product, says what they show, orders them, takes one off and back."""

import io
import random
import re
import secrets
from functools import cached_property

import pytest
from sqlalchemy import delete, select

from app.domains.accounts.rules import Role
from app.domains.catalog.imports.operations import import_products
from app.domains.catalog.imports.parsing import parse_products
from app.domains.catalog.models import Product, ProductPicture
from app.domains.catalog.pictures.rules import MOST_PICTURES
from app.domains.media.operations import ensure_media, mark_missing
from app.foundation.identifiers import new_id
from app.foundation.unit_of_work import unit_of_work
from tests.conftest import BASE_DOMAIN, drain, open_shop, product_file
from tests.functional.signing_in import sign_in_as
from tests.functional.test_pictures import make_picture as make_any_picture
from tests.unit.domains.media.test_uploads import SVG, bomb, picture, zipped

CONSOLE = f"console.{BASE_DOMAIN}"


def make_picture() -> bytes:
    """Return a picture that no other is, small enough to be made anew in no time."""
    return make_any_picture(400, 300)


class Bench:
    """A product of a shop on its page of the console, and a person who may change it."""

    def __init__(self, platform, shop, role=Role.CATALOGUE, handle="elder-ring", client=None):
        self.platform, self.shop, self.handle = platform, shop, handle
        self.client = client or sign_in_as(platform, "console", (shop.id, role))
        with unit_of_work(shop.scope) as unit:
            self.product_id = unit.session.execute(
                select(Product.id).where(Product.handle == handle)
            ).scalar_one()
        self.path = f"/shops/{shop.id}/products/{self.product_id}"

    @property
    def page(self):
        return self.client.get(self.path).text

    def send(self, *files, act="add", headers=None, **fields):
        sent = [(io.BytesIO(content), name) for name, content in files]
        form = {"form_token": self.token, "act": act, "pictures": sent, **fields}
        return self.client.post(
            f"{self.path}/pictures", form, headers=headers, content_type="multipart/form-data"
        )

    @cached_property
    def token(self):
        return re.search(r'name="form_token" value="([^"]+)"', self.page)[1]

    @property
    def ids(self):
        return re.findall(r'data-picture="([^"]+)"', self.page)

    @property
    def shown(self):
        """What the shop's own page shows: hash and words of each picture, in order."""
        drain()
        page = self.platform.shop_client(self.shop.slug).get(f"/de/products/{self.handle}").text
        gallery = re.findall(r"<img [^>]+>", page, re.S)
        return [
            (re.search(r"([0-9a-f]{32})-", each)[1], re.search(r'alt="([^"]*)"', each)[1])
            for each in gallery
        ]


@pytest.fixture(scope="module")
def shop(platform):
    return open_shop(f"bench-{secrets.token_hex(4)}", platform)


@pytest.fixture(scope="module")
def client(platform, shop):
    return sign_in_as(platform, "console", (shop.id, Role.CATALOGUE))


def bring(shop, file):
    with unit_of_work(shop.scope) as unit:
        return import_products(unit, file=parse_products(file, currency="EUR"))


@pytest.fixture
def bench(platform, shop, client):
    """A product of each test's own."""
    handle = f"ring-{secrets.token_hex(4)}"
    bring(shop, product_file(5).replace(b"elder-ring", handle.encode()))
    return Bench(platform, shop, handle=handle, client=client)


def test_pictures_are_sent_told_and_shown(platform, shop, bench):
    assert "No pictures yet" in bench.page
    answer = bench.send(("ring.jpg", make_picture()), ("hand.png", picture("PNG")))
    assert answer.status_code == 303, answer.text
    page = bench.page
    assert "2 pictures were added." in page
    assert f"http://media.{BASE_DOMAIN}/{shop.slug}/" in page
    assert "ring.jpg" not in page, "a file's name is not kept"
    first, second = bench.ids
    words = {f"alt-en-{first}": "A silver <ring>", f"alt-de-{first}": " Ein  silberner Ring "}
    assert bench.send(act="save", **words).status_code == 303
    (kept, told), (other, untold) = bench.shown
    assert (told, untold) == ("Ein silberner Ring", "")
    client = platform.shop_client(shop.slug)
    page = client.get(f"/fr/products/{bench.handle}").text
    assert "A silver &lt;ring&gt;" in page, "what is not told in French is told as the shop speaks"
    assert f"{kept}-320.webp 320w" in page
    assert f"{kept}-" in client.get("/en/collections/all?sort=newest").text, (
        "the card shows the main picture"
    )
    assert bench.send(act=f"first:{second}").status_code == 303
    assert [each for each, _ in bench.shown] == [other, kept]
    assert f"{other}-" in client.get("/en/collections/all?sort=newest").text


def test_order_is_changed_by_buttons_and_by_dragging(bench):
    bench.send(*[(f"{n}.jpg", make_picture()) for n in range(3)])
    a, b, c = bench.ids
    for act, wanted in (
        (f"up:{c}", [a, c, b]), (f"up:{a}", [a, c, b]), (f"down:{b}", [a, c, b]),
        (f"down:{a}", [c, a, b]), (f"first:{b}", [b, c, a]), (f"place:{b}:2", [c, a, b]),
        (f"place:{b}:999", [c, a, b]), (f"place:{b}:0", [b, c, a]), (f"place:{c}:-1", [c, b, a]),
        ("up:nothing", [c, b, a]), ("", [c, b, a]), ("up", [c, b, a]),
    ):  # fmt: skip
        assert bench.send(act=act).status_code == 303
        assert bench.ids == wanted, act


def test_what_is_typed_is_kept_whatever_button_is_pressed(bench):
    bench.send(("a.jpg", make_picture()), ("b.jpg", make_picture()))
    first, second = bench.ids
    bench.send(act=f"up:{second}", **{f"alt-en-{first}": "Front", f"alt-fr-{second}": "Dos"})
    page = bench.page
    assert 'value="Front"' in page
    assert 'value="Dos"' in page
    assert bench.ids == [second, first]
    bench.send(("no.svg", SVG), **{f"alt-en-{first}": "Front of it"})
    assert 'value="Front of it"' in bench.page


def test_a_removed_picture_is_put_back_where_it_was(bench):
    bench.send(*[(f"{n}.jpg", make_picture()) for n in range(3)])
    a, b, c = bench.ids
    bench.send(act="save", **{f"alt-en-{b}": "The clasp"})
    answer = bench.send(act=f"remove:{b}")
    page = bench.client.get(answer.headers["Location"]).text
    assert "You can put it back below for 30 days" in page
    assert '<details class="other-way" open>' in page
    assert bench.ids == [a, c]
    assert len(bench.shown) == 2
    assert bench.send(act=f"remove:{b}").status_code == 404, "it is gone already"
    assert bench.send(act=f"restore:{b}").status_code == 303
    assert bench.send(act=f"restore:{b}").status_code == 303, "once more changes nothing"
    assert bench.ids == [a, b, c]
    assert "The clasp" in bench.page


def test_the_same_picture_is_one_and_comes_back_when_it_is_sent_again(bench):
    same = make_picture()
    assert bench.send(("a.jpg", same)).status_code == 303
    refused = bench.send(("b.jpg", same), ("c.jpg", make_picture()))
    assert refused.status_code == 422
    assert "b.jpg: This picture is among the product&#39;s already." in refused.text
    assert "One picture was added." in refused.text
    first, second = bench.ids
    bench.send(act=f"remove:{first}")
    assert bench.send(("a.jpg", same)).status_code == 303
    assert bench.ids == [second, first]


HEIC = b"\x00\x00\x00\x18ftypheic" + bytes(200)
BAD = [
    (SVG, "This is an SVG drawing"),
    (b'<?xml version="1.0"?>' + SVG, "This is an SVG drawing"),
    (HEIC, "This is a HEIC file"),
    (b"\x89PNG\r\n\x1a\n" + bytes(300), "could not read this file"),
    (b"plain words", "could not read this file"),
    (b"", "could not read this file"),
    (picture("TIFF"), "could not read this file"),
    (picture()[:600], "could not read this file"),
    (picture() + zipped(), "something else besides"),
    (bomb(50_000, 50_000), "more than 60 million pixels"),
    (picture() + bytes(30 * 1024 * 1024), "larger than 20 MB"),
]


def test_what_is_not_taken_is_told_by_its_name(bench):
    for number, (content, words) in enumerate(BAD, start=1):
        answer = bench.send(("<odd> name.png", content), ("good.jpg", make_picture()))
        assert answer.status_code == 422, words
        assert "&lt;odd&gt; name.png: " in answer.text
        assert words in answer.text
        assert len(bench.ids) == number, "the good one is taken all the same"


@pytest.mark.parametrize("times", [10, pytest.param(200, marks=pytest.mark.nightly)])
def test_broken_pictures_of_every_kind_break_no_page(shop, bench, times):
    chance, statuses = random.Random(times), set()
    for kind in ("JPEG", "PNG", "WEBP", "AVIF", "GIF") * times:
        content = bytearray(picture(kind, size=(64, 48)))
        for _ in range(chance.randrange(1, 12)):
            content[chance.randrange(12, len(content))] = chance.randrange(256)
        if chance.random() < 0.3:
            del content[chance.randrange(len(content)) :]
        statuses.add(bench.send((f"x.{kind}", bytes(content))).status_code)
        with unit_of_work(shop.scope) as unit:
            unit.session.execute(delete(ProductPicture))
    assert statuses == {303, 422}


def test_nothing_chosen_too_many_and_too_much(platform, shop, bench):
    answer = bench.send(act="add")
    assert (answer.status_code, "Choose one or several" in answer.text) == (422, True)
    with unit_of_work(shop.scope) as unit:
        media = ensure_media(unit, sources=[f"demo:{n}" for n in range(MOST_PICTURES)])
        unit.session.add_all(
            ProductPicture(product_id=bench.product_id, media_id=id, position=n, alt="", alts={})
            for n, id in enumerate(media.values(), start=1)
        )
        unit.session.flush()
        (lost, *_) = media.values()
        mark_missing(unit, media_id=lost, attempts=8, problem="unreadable")
    assert "Being fetched" in bench.page
    assert "is no picture that we can read" in bench.page
    assert "We no longer try" in bench.page
    answer = bench.send(("one.jpg", make_picture()))
    assert answer.status_code == 422
    assert f"A product has at most {MOST_PICTURES} pictures" in answer.text
    large = picture() + bytes(52 * 1024 * 1024)
    answer = bench.send(("a.jpg", large), ("b.jpg", large))
    assert answer.status_code == 413


def test_a_script_that_sends_one_by_one_is_answered_in_json(bench):
    asked = {"Accept": "application/json"}
    good, bad = (bench.send(("x.png", each), headers=asked) for each in (make_picture(), SVG))
    assert (good.status_code, good.json["problems"]) == (200, [])
    assert bad.status_code == 422
    assert bad.json["problems"][0].startswith("x.png: This is an SVG drawing")


def test_only_who_may_change_products_of_this_shop(platform, shop, bench):
    bench.send(("a.jpg", make_picture()))
    (mine,) = bench.ids
    other = Bench(platform, open_shop(f"shop-{secrets.token_hex(4)}", platform))
    assert other.send(act=f"remove:{mine}").status_code == 404, "another shop's is none"
    assert other.send(act=f"up:{new_id()}").status_code == 404
    assert other.send(act=f"restore:{mine}").status_code == 404
    looks = Bench(platform, shop, Role.CONCIERGE, handle=bench.handle)
    assert "Elder ring" in looks.page
    assert 'name="pictures"' not in looks.page
    token = re.search(r'name="form_token" value="([^"]+)"', bench.page)[1]
    for role in (Role.CONCIERGE, Role.SUPPLIER):
        person = sign_in_as(platform, "console", (shop.id, role))
        page = person.get(f"/shops/{shop.id}/rights").text
        token = re.search(r'name="form_token" value="([^"]+)"', page)[1]
        answer = person.post(
            f"{bench.path}/pictures", {"form_token": token, "act": f"remove:{mine}"}
        )
        assert answer.status_code == 404, role
    assert bench.ids == [mine]


def test_a_file_that_is_imported_again_leaves_what_was_sent_by_hand(platform, shop, bench):
    bench.send(("a.jpg", make_picture()))
    (mine,) = bench.ids
    own = product_file(5).replace(b"elder-ring", bench.handle.encode())
    assert bring(shop, own).updated == 0
    assert bench.ids == [mine]
    named = own.replace(b"139.00,\n", b"139.00,https://pictures.example/ring.jpg\n")
    assert bring(shop, named).updated == 1
    assert len(bench.ids) == 2
    assert bench.ids[1] == mine
    assert bring(shop, named).updated == 0
