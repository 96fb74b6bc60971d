"""A merchant makes a collection, fills and orders it; navigation, pages and cards follow."""

import html
import io
import re
import secrets

import pytest
from sqlalchemy import delete, select

from app.domains.accounts.rules import Role
from app.domains.catalog.collections.rules import MOST_COLLECTIONS, MOST_PRODUCTS, handle_of
from app.domains.catalog.models import Collection, CollectionProduct, Product
from app.domains.catalog.operations import record_changed
from app.foundation.identifiers import new_id
from app.foundation.unit_of_work import unit_of_work
from tests.conftest import drain, open_shop
from tests.functional.signing_in import sign_in_as
from tests.functional.test_pictures import make_picture
from tests.unit.domains.media.test_uploads import SVG


class Desk:
    """A shop's collections in the console, and a person who may change them."""

    def __init__(self, platform, shop, role=Role.CATALOGUE):
        self.platform, self.shop = platform, shop
        self.client = sign_in_as(platform, "console", (shop.id, role))
        self.path = f"/shops/{shop.id}/collections"

    def post(self, path, form):
        page = self.client.get(f"/shops/{self.shop.id}/rights").text
        token = re.search(r'name="form_token" value="([^"]+)"', page)[1]
        sent = {"form_token": token, **form}
        return self.client.post(path, sent, content_type="multipart/form-data")

    def make(self, title="Rings", **more):
        form = {"collection_id": str(new_id()), "title-en": title, "is_published": "1", **more}
        return self.post(f"{self.path}/new", form)

    def made(self, title="Rings", **more):
        answer = self.make(title, **more)
        assert answer.status_code == 303, answer.text
        return answer.headers["Location"].partition("#")[0]

    def fill(self, path, act, **form):
        return self.post(f"{path}/products", {"act": act, **form})

    def product(self, handle):
        with unit_of_work(self.shop.scope) as unit:
            return str(
                unit.session.execute(
                    select(Product.id).where(Product.handle == handle)
                ).scalar_one()
            )

    def shown(self, path):
        """What the shop shows a buyer; the handles of the products on the page."""
        drain()
        page = self.platform.shop_client(self.shop.slug).get(path)
        return page, re.findall(r'href="[^"]*/products/([^"]+)"', page.text)

    @property
    def navigation(self):
        page = html.unescape(self.platform.shop_client(self.shop.slug).get("/en/").text)
        header = page.split('class="site-nav"')[1].split("</nav>")[0]
        return re.findall(r'href="/en/collections/([^"]+)"', header)


@pytest.fixture(scope="module")
def shop(platform):
    return open_shop(f"desk-{secrets.token_hex(4)}", platform)


@pytest.fixture(scope="module")
def one_desk(platform, shop):
    return Desk(platform, shop)


@pytest.fixture
def desk(shop, one_desk):
    """A shop whose collections are gone, those that were deleted too."""
    with unit_of_work(shop.scope) as unit:
        ids = list(unit.session.execute(select(Product.id)).scalars())
        unit.session.execute(delete(Collection))
        record_changed(unit, ids)
    return one_desk


def test_a_collection_is_made_filled_ordered_and_shown(platform, shop, desk):
    assert "No collections yet" in desk.client.get(desk.path).text
    path = desk.made("Rings & Glass", **{"title-de": "Ringe", "description-en": "Made by <hand>"})
    assert desk.navigation == ["rings-glass"]
    page, handles = desk.shown("/en/collections/rings-glass")
    assert (page.status_code, handles) == (200, [])
    ring, lens, stud = map(desk.product, ("elder-ring", "lens-necklace", "tiny-stud"))
    assert ring in desk.client.get(f"{path}?q=elder").text
    assert lens not in desk.client.get(f"{path}?q=elder").text
    answer = desk.fill(path, "add", product=[lens, ring, lens, str(new_id()), "nonsense"])
    assert answer.status_code == 303
    assert "2 products were added." in desk.client.get(path).text
    page, handles = desk.shown("/en/collections/rings-glass")
    assert handles == ["lens-necklace", "elder-ring"]
    assert "<h1>Rings &amp; Glass</h1>" in page.text
    assert "<h1>Ringe</h1>" in desk.shown("/de/collections/rings-glass")[0].text
    assert "<h1>Rings &amp; Glass</h1>" in desk.shown("/fr/collections/rings-glass")[0].text
    assert "rings-glass" in platform.shop_client(shop.slug).get("/api/v1/products/elder-ring").text
    desk.fill(path, f"up:{ring}")
    assert desk.shown("/en/collections/rings-glass")[1] == ["elder-ring", "lens-necklace"]
    desk.fill(path, "add", product=stud)
    desk.fill(path, f"first:{stud}")
    desk.fill(path, f"down:{ring}")
    order = ["tiny-stud", "lens-necklace", "elder-ring"]
    assert desk.shown("/en/collections/rings-glass")[1] == order
    newest = desk.shown("/en/collections/all?sort=newest")[1]
    assert newest == ["elder-ring", "lens-necklace", "tiny-stud"], "none became new by all this"
    taken = desk.fill(path, f"remove:{lens}").headers["Location"]
    assert desk.shown("/en/collections/rings-glass")[1] == ["tiny-stud", "elder-ring"]
    undo = re.search(r'value="(put:[^"]+)"', desk.client.get(taken).text)[1]
    desk.fill(path, undo)
    desk.fill(path, undo)
    assert desk.shown("/en/collections/rings-glass")[1] == order


def test_what_is_not_published_is_not_seen_and_what_moves_takes_its_cards_along(desk):
    path = desk.made("Gifts")
    desk.fill(path, "add", product=desk.product("tiny-stud"))
    form = {"title-en": "Gifts", "handle": "presents"}
    assert desk.post(path, form).status_code == 303
    assert desk.navigation == []
    for handle in ("gifts", "presents"):
        assert desk.shown(f"/en/collections/{handle}")[0].status_code == 404
    assert "not published" in desk.client.get(desk.path).text
    assert desk.post(path, {**form, "is_published": "1"}).status_code == 303
    assert desk.shown("/en/collections/presents")[1] == ["tiny-stud"]
    assert desk.shown("/en/collections/gifts")[0].status_code == 404


def test_order_of_the_navigation_deleting_and_bringing_back(desk):
    first, second = desk.made("First"), desk.made("Second")
    desk.fill(first, "add", product=desk.product("tiny-stud"))
    ids = [path.rpartition("/")[2] for path in (first, second)]
    desk.post(desk.path, {"act": f"up:{ids[1]}"})
    assert desk.navigation == ["second", "first"]
    answer = desk.post(desk.path, {"act": f"delete:{ids[0]}"})
    page = desk.client.get(answer.headers["Location"]).text
    assert 'class="other-way" open' in page
    assert desk.navigation == ["second"]
    assert desk.shown("/en/collections/first")[0].status_code == 404
    assert desk.client.get(first).status_code == 404
    assert desk.fill(first, "add", product=desk.product("elder-ring")).status_code == 404
    assert desk.post(desk.path, {"act": f"delete:{ids[0]}"}).status_code == 404
    desk.made("First")
    assert desk.post(desk.path, {"act": f"restore:{ids[0]}"}).status_code == 303
    assert sorted(desk.navigation) == ["first", "first-2", "second"]
    assert desk.shown("/en/collections/first-2")[1] == ["tiny-stud"]
    assert desk.post(desk.path, {"act": f"restore:{new_id()}"}).status_code == 404


BAD = [
    ({"title-en": "  "}, 422, "Give the collection a name"),
    ({"title-en": "", "title-de": "Ringe"}, 422, "Give the collection a name"),
    ({"title-en": "x" * 81}, 422, "at most 80 characters"),
    ({"title-en": "x", "description-fr": "y" * 1001}, 422, "at most 1000"),
    ({"title-en": "x", "handle": "Süße Ringe"}, 422, "Use small letters"),
    ({"title-en": "x", "handle": "-a--b"}, 422, "Use small letters"),
    ({"title-en": "x", "handle": "all"}, 422, "Use small letters"),
    ({"title-en": "x", "handle": "h" * 81}, 422, "Use small letters"),
    ({"title-en": "x", "handle": "taken"}, 409, "Another collection has this address"),
]


def test_bad_input_is_told_and_keeps_what_was_typed(desk):
    desk.made("Taken")
    other = desk.made("Other")
    for form, status, words in BAD:
        sent = {"title-fr": "Bagues d&#39;or", **form}
        for path in (f"{desk.path}/new", other):
            answer = desk.post(path, sent)
            assert (answer.status_code, words in answer.text) == (status, True), (form, path)
            assert "Bagues d" in answer.text
    assert sorted(desk.navigation) == ["other", "taken"]
    form = {"title-en": "Other", "picture": (io.BytesIO(SVG), "x.svg")}
    answer = desk.post(other, form)
    assert (answer.status_code, "This is an SVG drawing" in answer.text) == (422, True)


def test_a_collection_has_a_picture(shop, desk):
    path = desk.made("Seen")
    form = {"title-en": "Seen", "handle": "seen", "is_published": "1"}
    sent = {**form, "picture": (io.BytesIO(make_picture(400, 300)), "x.jpg")}
    assert desk.post(path, sent).status_code == 303
    assert re.search(rf"/{shop.slug}/[0-9a-f]{{32}}-320.webp 320w", desk.shown("/en/")[0].text)
    assert desk.post(path, form).status_code == 303
    assert f"/{shop.slug}/" in desk.client.get(path).text, "it stays when others things change"
    desk.post(path, {**form, "without_picture": "1"})
    assert "-320.webp" not in desk.shown("/en/")[0].text


def test_a_second_click_makes_no_second_one_and_there_is_a_most(shop, desk):
    again = str(new_id())
    assert {desk.make("Once", collection_id=again).status_code for _ in range(2)} == {303}
    with unit_of_work(shop.scope) as unit:
        assert len(unit.session.execute(select(Collection.id)).all()) == 1
        unit.session.add_all(
            Collection(id=new_id(), handle=f"c-{n}", texts={"en": {"title": "C"}}, position=n)
            for n in range(MOST_COLLECTIONS - 1)
        )
    answer = desk.make("More")
    assert (answer.status_code, "at most 100 collections" in answer.text) == (409, True)


def test_a_full_one_takes_no_more(shop, desk):
    path = desk.made("Full")
    with unit_of_work(shop.scope) as unit:
        ids = [new_id() for _ in range(MOST_PRODUCTS)]
        unit.session.add_all(
            Product(
                id=id, handle=str(id), title="P", body_html="", vendor="", product_type="", tags=[],
                is_published=False, options=[], translations={}, created_at=unit.now,
                changed_at=unit.now,
            )
            for id in ids
        )  # fmt: skip
        unit.session.flush()
        collection_id = path.rpartition("/")[2]
        unit.session.add_all(
            CollectionProduct(collection_id=collection_id, product_id=id, position=n)
            for n, id in enumerate(ids, start=1)
        )
    answer = desk.fill(path, "add", product=desk.product("tiny-stud"))
    assert (answer.status_code, "at most 500 products" in answer.text) == (409, True)
    with unit_of_work(shop.scope) as unit:
        unit.session.execute(delete(Product).where(Product.id.in_(ids)))


def test_only_who_may_change_products_of_this_shop(platform, shop, desk):
    path = desk.made("Mine")
    desk.fill(path, "add", product=desk.product("tiny-stud"))
    other = Desk(platform, open_shop(f"shop-{secrets.token_hex(4)}", platform))
    theirs = other.made("Theirs")
    other.fill(theirs, "add", product=desk.product("tiny-stud"))
    assert "Tiny stud" not in other.client.get(theirs).text.split('id="more"')[0]
    for role, sees in ((Role.CONCIERGE, True), (Role.SUPPLIER, False)):
        person = Desk(platform, shop, role)
        assert (person.client.get(path).status_code == 200) is sees
        assert person.fill(path, f"remove:{desk.product('tiny-stud')}").status_code == 404
        assert person.make("New").status_code == 404
    assert "Tiny stud" in desk.client.get(path).text


@pytest.mark.parametrize(
    ("title", "handle"),
    [
        ("Rings", "rings-2"), ("Süße Straße", "susse-strasse"), ("L'œuvre d’été", "l-oeuvre-d-ete"),
        ("指輪", "collection"), ("All", "all-2"), ("x" * 200, "x" * 75), ("--a--", "a"),
    ],
)  # fmt: skip
def test_an_address_is_made_of_a_name(title, handle):
    assert handle_of(title, {"rings"}) == handle
