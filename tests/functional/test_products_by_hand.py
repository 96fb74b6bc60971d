"""A merchant makes a product by hand and changes it; the shop sells it as it does imported ones."""

import re
import secrets

import pytest
from sqlalchemy import func, select

from app.domains.accounts.rules import Role
from app.domains.catalog.making.rules import html_of, text_of
from app.domains.catalog.models import Product, Variant, VariantPrice
from app.foundation.identifiers import new_id
from app.foundation.unit_of_work import unit_of_work
from tests.conftest import drain, open_shop
from tests.functional.signing_in import sign_in_as


class Table:
    """A shop's products in the console, and a person who may change them."""

    def __init__(self, platform, shop, role=Role.CATALOGUE):
        self.platform, self.shop = platform, shop
        self.client = sign_in_as(platform, "console", (shop.id, role))
        self.path = f"/shops/{shop.id}/products"

    def post(self, path, form):
        page = self.client.get(f"/shops/{self.shop.id}/rights").text
        token = re.search(r'name="form_token" value="([^"]+)"', page)[1]
        return self.client.post(path, {"form_token": token, **form})

    def make(self, **form):
        asked = {"product_id": str(new_id()), "is_published": "1", "title-en": "Bowl",
                 "variant-0-price": "42.50", "variant-0-stock": "3"}  # fmt: skip
        return self.post(f"{self.path}/new", {**asked, **form})

    def made(self, **form):
        answer = self.make(**form)
        assert answer.status_code == 303, answer.text
        return answer.headers["Location"]

    def form(self, path):
        """The fields of a product's form as the page fills them in."""
        page = self.client.get(f"{path}/edit").text
        fields = re.findall(r'<input (?=[^>]*name="([^"]+)")(?=[^>]*value="([^"]*)")[^>]*>', page)
        areas = re.findall(r'<textarea [^>]*name="([^"]+)"[^>]*>\n?(.*?)</textarea>', page, re.S)
        skipped = {"form_token", "is_published"}
        return {name: value for name, value in [*fields, *areas]
                if name not in skipped and not name.endswith("-remove")}  # fmt: skip

    def shown(self, handle, language="en"):
        drain()
        return self.platform.shop_client(self.shop.slug).get(f"/{language}/products/{handle}")


@pytest.fixture(scope="module")
def shop(platform):
    return open_shop(f"table-{secrets.token_hex(4)}", platform)


@pytest.fixture(scope="module")
def table(platform, shop):
    return Table(platform, shop)


def count_products(shop) -> int:
    with unit_of_work(shop.scope) as unit:
        return unit.session.execute(select(func.count()).select_from(Product)).scalar_one()


def test_a_product_is_made_by_hand_shown_and_found(platform, shop, table):
    path = table.made(**{
        "title-en": "Oak <bowl>", "text-en": "Turned & oiled.\n\nFor fruit\nor bread.",
        "title-de": "Schale aus Eiche", "tags": "wood,  oak ,wood,", "vendor": "Workshop",
        "variant-0-before": "49", "variant-0-sku": "OB-1", "variant-0-barcode": "4006381333931",
    })  # fmt: skip
    page = table.shown("oak-bowl").text
    assert "Oak &lt;bowl&gt;" in page
    assert "<p>Turned &amp; oiled.</p><p>For fruit<br>or bread.</p>" in page
    assert "€42.50" in page
    assert "€49.00" in page
    assert "OB-1" in page
    assert "Only 3 left" in page
    assert "Schale aus Eiche" in table.shown("oak-bowl", "de").text
    client = platform.shop_client(shop.slug)
    assert "oak-bowl" in client.get("/en/search?q=eiche").text
    bought = re.search(r'name="variant_id" value="([^"]+)"', page)[1]
    assert client.post("/en/cart/lines", {"variant_id": bought, "quantity": "1"}).status_code == 303
    assert "Oak &lt;bowl&gt;" in client.get("/en/cart").text
    form = table.form(path)
    assert form["text-en"] == "Turned &amp; oiled.\n\nFor fruit\nor bread."
    assert (form["tags"], form["variant-0-price"]) == ("wood, oak", "42.50")
    assert form["variant-0-barcode"] == "4006381333931"


def test_options_make_variants_and_change_without_losing_them(shop, table):
    path = table.made(**{
        "title-en": "Dish", "options": "Wood / Size", "variant-0-choices": "Oak / small",
        "variant-1-choices": "Oak / large", "variant-1-price": "60,5", "variant-1-stock": "1",
    })  # fmt: skip
    page = table.shown("dish").text
    assert "<legend>Wood</legend>" in page
    assert 'value="large"' in page
    form = table.form(path)
    first, second = form["variant-0-id"], form["variant-1-id"]
    changed = form | {
        "variant-0-choices": "Oak / large", "variant-1-choices": "Oak / small",
        "variant-2-choices": "Ash / small", "variant-2-price": "30", "variant-2-stock": "7",
    }  # fmt: skip
    assert table.post(f"{path}/edit", {**changed, "is_published": "1"}).status_code == 303
    form = table.form(path)
    assert [form[f"variant-{n}-id"] for n in range(2)] == [first, second], "they keep their ids"
    assert form["variant-0-choices"] == "Oak / large"
    assert form["variant-2-choices"] == "Ash / small"
    stock = re.findall(r'name="stock-[^"]+"[^>]*value="(\d+)"', table.client.get(path).text)
    assert stock == ["3", "1", "7"]
    gone = form | {"variant-0-remove": "1"}
    assert table.post(f"{path}/edit", gone).status_code == 303
    assert table.form(path)["variant-0-id"] == second
    assert table.shown("dish").status_code == 404, "no longer on sale"


def test_what_a_form_does_not_show_stays(shop, table):
    with unit_of_work(shop.scope) as unit:
        product = unit.session.execute(
            select(Product).where(Product.handle == "elder-ring")
        ).scalar_one()
        product.translations = {"de": {"title": "Ring", "options": {"Metal": "Metall"}}}
        variant = unit.session.execute(select(Variant).where(Variant.sku == "ER-S")).scalar_one()
        variant.weight_grams = 12
        unit.session.add(
            VariantPrice(variant_id=variant.id, currency="USD", amount=1, compare_at=None)
        )
    path = f"{table.path}/{product.id}"
    form = table.form(path)
    assert form["text-en"] == "&lt;p&gt;Silver with &lt;b&gt;ore&lt;/b&gt;&lt;/p&gt;"
    form["text-en"] = "<p>Silver <b>ore</b><script>alert(1)</script></p>"
    assert table.post(f"{path}/edit", {**form, "is_published": "1"}).status_code == 303
    page = table.shown("elder-ring", "de").text
    assert "<legend>Metall</legend>" in page
    assert "<p>Silver <b>ore</b>alert(1)</p>" in page
    with unit_of_work(shop.scope) as unit:
        kept = unit.session.get(Variant, variant.id)
        assert (kept.weight_grams, kept.sku) == (12, "ER-S")
        prices = select(VariantPrice.amount).where(VariantPrice.variant_id == variant.id)
        assert sorted(unit.session.execute(prices).scalars()) == [1, 11900]


BAD = [
    ({"title-en": " "}, "title-en", "A product needs a title"),
    ({"title-en": "x" * 256}, "title-en", "At most 255 characters"),
    ({"text-fr": "x" * 20_001}, "text-fr", "At most 20,000 characters"),
    ({"vendor": "x" * 101}, "vendor", "At most 100 characters"),
    ({"tags": ",".join(str(n) for n in range(31))}, "tags", "At most 30 tags"),
    ({"variant-0-price": ""}, "variant-0-price", "Write a price"),
    ({"variant-0-price": "-1"}, "variant-0-price", "Write a price"),
    ({"variant-0-price": "1e3"}, "variant-0-price", "Write a price"),
    ({"variant-0-price": "9.999"}, "variant-0-price", "Write a price"),
    ({"variant-0-before": "42.50"}, "variant-0-before", "must be higher"),
    ({"variant-0-before": "?"}, "variant-0-before", "Write a price"),
    ({"variant-0-stock": "1.5"}, "variant-0-stock", "Write a whole number"),
    ({"variant-0-stock": "²"}, "variant-0-stock", "Write a whole number"),
    ({"variant-0-stock": "1000001"}, "variant-0-stock", "Write a whole number"),
    ({"options": "A / B / C / D"}, "options", "At most three options"),
    ({"options": "A / A"}, "options", "At most three options"),
    ({"options": "A / "}, "variant-0-choices", "Write one choice for each option"),
    ({"options": "Size"}, "variant-0-choices", "Write one choice for each option"),
    ({"variant-0-choices": "small"}, "variant-0-choices", "Name the options first"),
    ({"variant-2-price": "5"}, "variant-2-choices", "Another variant has the same choices"),
]


def test_bad_input_is_told_at_its_field_and_keeps_what_was_typed(shop, table):
    path = table.made()
    form, before = table.form(path), count_products(shop)
    for wrong, field, words in BAD:
        sent = {"tags": "kept, here", **wrong}
        for answer in (table.make(**sent), table.post(f"{path}/edit", form | sent)):
            if field == "variant-0-stock" and answer.status_code == 303:
                continue  # a variant that is there is counted on the product's own page
            assert answer.status_code == 422, wrong
            told = re.search(rf'id="{field}-error">([^<]*)<', answer.text)
            assert told, (wrong, field)
            assert words in told[1], wrong
            assert "kept, here" in answer.text or "tags" in wrong
    assert count_products(shop) == before


def test_a_second_click_makes_no_second_one_and_a_title_s_address_is_free(shop, table):
    again, before = {"product_id": str(new_id()), "title-en": "Spoon"}, count_products(shop)
    assert {table.make(**again).status_code for _ in range(2)} == {303}
    table.made(**{"title-en": "Spoon"})
    assert table.shown("spoon").status_code == 200
    assert table.shown("spoon-2").status_code == 200
    assert count_products(shop) == before + 2


def test_only_who_may_change_products_of_this_shop(platform, shop, table):
    path = table.made()
    form = table.form(path)
    other = Table(platform, open_shop(f"shop-{secrets.token_hex(4)}", platform))
    theirs = other.made(**{"variant-0-id": form["variant-0-id"]})
    assert other.form(theirs)["variant-0-id"] != form["variant-0-id"]
    assert other.client.get(f"{other.path}/{path.rpartition('/')[2]}/edit").status_code == 404
    for role in (Role.CONCIERGE, Role.SUPPLIER):
        person = Table(platform, shop, role)
        assert person.client.get(f"{path}/edit").status_code == 404
        assert person.post(f"{path}/edit", form).status_code == 404
        assert person.make().status_code == 404
    assert "Make a product" not in Table(platform, shop, Role.CONCIERGE).client.get(table.path).text


@pytest.mark.parametrize(
    ("typed", "html"),
    [
        ("", ""), ("One", "<p>One</p>"), ("a < b & c", "<p>a &lt; b &amp; c</p>"),
        ("One\r\n\r\nTwo\nlines", "<p>One</p><p>Two<br>lines</p>"),
        ("<b>Bold</b>", "<b>Bold</b>"), ("<ul><li>One</li></ul>", "<ul><li>One</li></ul>"),
    ],
)  # fmt: skip
def test_plain_text_becomes_paragraphs_and_comes_back(typed, html):
    assert html_of(typed) == html
    assert text_of(html) == typed.replace("\r\n", "\n")
    assert html_of(text_of(html)) == html
