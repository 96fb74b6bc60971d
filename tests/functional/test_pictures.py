"""Pictures on a host of their own: found through their shop alone, isolated, kept for ever."""

import io
import re
import secrets

import pytest
from PIL import Image

from app.domains.media.jobs import fetch_waiting_pictures
from app.domains.media.operations import add_upload
from app.domains.media.ports import PictureSource
from app.domains.media.uploads import read_upload, store_renditions
from app.faces.shared.pictures import picture_url, srcset
from app.foundation.ports import port, provide
from app.foundation.unit_of_work import unit_of_work
from tests.conftest import BASE_DOMAIN, drain, open_shop


def make_picture(width: int = 1200, height: int = 900) -> bytes:
    chance = secrets.token_bytes(3)
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), tuple(chance)).save(buffer, "JPEG")
    return buffer.getvalue()


@pytest.fixture
def picture(shop):
    """A picture that this shop's people sent."""
    made = read_upload(make_picture())
    store_renditions(made)
    with unit_of_work(shop.scope) as unit:
        add_upload(unit, made=made)
    return made


@pytest.fixture
def media(platform):
    return platform.client(f"media.{BASE_DOMAIN}")


def test_a_picture_is_found_through_its_shop_and_kept_for_ever(media, shop, picture):
    answer = media.get(f"/{shop.slug}/{picture.content_hash}-640.webp")
    assert answer.status_code == 200
    assert answer.data == picture.files[640]
    headers = answer.headers
    assert headers["Content-Type"] == "image/webp"
    assert headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "sandbox" in headers["Content-Security-Policy"].split("; ")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "Vary" not in headers
    assert "Set-Cookie" not in headers
    again = media.get(
        f"/{shop.slug}/{picture.content_hash}-640.webp", headers={"If-None-Match": headers["ETag"]}
    )
    assert (again.status_code, again.data) == (304, b"")


def test_what_is_not_this_shop_s_is_nowhere(platform, media, shop, picture):
    other = open_shop(f"shop-{secrets.token_hex(4)}", platform)
    name = picture.content_hash
    for path in (
        f"/{other.slug}/{name}-640.webp", f"/{shop.slug}x/{name}-640.webp", f"/{name}-640.webp",
        f"/{shop.slug}/{name}-641.webp", f"/{shop.slug}/{name}-99999.webp", "/", "//",
        f"/{shop.slug}/{name.upper()}-640.webp", f"/{shop.slug}/../{name}-640.webp",
        f"/{shop.slug}./{name}-640.webp", f"/{shop.slug}%00/{name}-640.webp",
        f"/{shop.slug}/{'0' * 32}-640.webp", f"/{'a' * 5000}/{name}-640.webp",
    ):  # fmt: skip
        answer = media.get(path)
        assert (answer.status_code, answer.data) == (404, b""), path
    assert platform.shop_client(shop.slug).get(f"/media/{name}-640.webp").status_code == 404
    assert media.post(f"/{shop.slug}/{name}-640.webp").status_code in {404, 405}


def test_the_same_picture_sent_twice_is_one_and_has_no_name(shop):
    made = read_upload(make_picture())
    store_renditions(made)
    with unit_of_work(shop.scope) as unit:
        first, second = add_upload(unit, made=made), add_upload(unit, made=made)
    assert first == second


@pytest.mark.parametrize(
    ("width", "plain", "widths"),
    [(1200, 640, [320, 640, 960]), (500, 320, [320]), (90, 90, [90]), (320, 320, [320])],
)
def test_pages_name_only_what_is_there(platform, media, shop, width, plain, widths):
    """Also of a picture between two widths, and of one smaller than all."""
    made = read_upload(make_picture(width, 80))
    store_renditions(made)
    with unit_of_work(shop.scope) as unit:
        add_upload(unit, made=made)
    facts = {"hash": made.content_hash, "width": width, "height": 80}
    app = platform.web._faces["storefront"]._application
    host = f"http://{shop.slug}.{BASE_DOMAIN}:8123"
    with app.test_request_context(base_url=host, environ_overrides={"galleria.shop": shop}):
        named = [picture_url(facts), *(part.split()[0] for part in srcset(facts).split(", "))]
    start = f"http://media.{BASE_DOMAIN}:8123"
    assert named[0] == f"{start}/{shop.slug}/{made.content_hash}-{plain}.webp"
    assert len(named) == 1 + len(widths)
    for address in named:
        assert media.get(address.removeprefix(start)).status_code == 200, address


class OnePicture:
    """Plays the web: every address is the same picture."""

    def fetch(self, source: str) -> bytes:
        return make_picture(700, 500)


def shop_with_a_picture(platform):
    """Open a shop with one product, whose picture has been fetched."""
    from app.domains.catalog.imports.operations import import_products
    from app.domains.catalog.imports.parsing import parse_products

    shop = open_shop(f"shop-{secrets.token_hex(4)}", platform)
    file = (
        b"Handle,Title,Published,Option1 Name,Option1 Value,Variant Inventory Qty,Variant Price,Image Src\n"
        b"seen,Seen,true,Title,Default Title,3,10.00,https://pictures.example/seen.jpg\n"
    )
    with unit_of_work(shop.scope) as unit:
        import_products(unit, file=parse_products(file, currency="EUR"))
    before = port(PictureSource)
    provide(PictureSource, OnePicture())
    try:
        assert len(fetch_waiting_pictures(shop.scope)) == 1
    finally:
        provide(PictureSource, before)
    drain()
    return shop


def test_a_shop_s_pages_and_its_api_show_pictures_from_there(platform, media):
    shop = shop_with_a_picture(platform)
    client = platform.shop_client(shop.slug)
    page = client.get("/en/products/seen")
    found = re.findall(rf'http://media\.{BASE_DOMAIN}(/[^" ]+\.webp)', page.text)
    assert found
    assert {media.get(path).status_code for path in found} == {200}
    assert f'<link rel="preconnect" href="http://media.{BASE_DOMAIN}">' in page.text
    assert f"http://media.{BASE_DOMAIN}:*" in page.headers["Content-Security-Policy"]
    told = client.get("/api/v1/products/seen").json
    assert f"http://media.{BASE_DOMAIN}/{shop.slug}/" in str(told)
