"""What a visitor feels: every component can be used by everyone, nothing jumps, pages are light."""

import secrets

import pytest

from app.faces.storefront.views.components import THEMES, is_shown
from tests.browser.test_buying_in_a_browser import check_access, no_sideways_scroll
from tests.conftest import BASE_DOMAIN, open_shop

pytestmark = pytest.mark.browser
MOST_BYTES = 450_000
"""A whole first visit: page, style sheet, script, fonts and the pictures in sight."""
MOST_SHIFT = 0.02
WATCH = """() => {
    window.seen = {shift: 0, paint: 0};
    new PerformanceObserver(list => {
        for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.seen.shift += entry.value;
    }).observe({type: "layout-shift", buffered: true});
    new PerformanceObserver(list => {
        for (const entry of list.getEntries()) window.seen.paint = entry.startTime;
    }).observe({type: "largest-contentful-paint", buffered: true});
}"""
SMALL_TARGETS = """() => [...document.querySelectorAll("a.button, button, .site-nav a, .site-name, .basket-link, select, input[type=search]")]
    .filter(e => e.offsetParent && e.getBoundingClientRect().height < 44)
    .map(e => e.outerHTML.slice(0, 90))"""


TOO_WIDE = """() => [...document.querySelectorAll(".product-card")]
    .filter(e => e.scrollWidth > e.clientWidth).map(e => e.innerText)"""


@pytest.mark.parametrize("width", [320, 1280, 3840])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_component_in_each_theme(platform, chromium, served, shop, width, scheme):
    page = chromium.new_page(
        viewport={"width": width, "height": 900},
        color_scheme=scheme,
        base_url=f"http://{shop.slug}.{BASE_DOMAIN}",
    )
    language = "fr" if width == 320 else "en"
    for theme in THEMES:
        assert page.goto(f"/{language}/_components/{theme}").status == 200
        assert page.evaluate(TOO_WIDE) == [], theme
        check_access(page)
        no_sideways_scroll(page)
        assert page.evaluate(SMALL_TARGETS) == [], theme
    assert page.goto("/en/_components/brutalist").status == 404
    page.close()


def test_the_components_page_is_not_for_production(platform):
    configuration = platform.configuration
    assert is_shown(configuration)
    for values in ({"environment": "production"}, {"url_scheme": "https"}):
        assert not is_shown(configuration.model_copy(update=values))


@pytest.mark.parametrize("kind", ["maker", "box", "house"])
@pytest.mark.parametrize("path", ["/en/", "/de/products/elder-ring"])
def test_nothing_jumps_and_pages_are_light(platform, chromium, served, kind, path):
    """Fonts come late, on purpose: their fallbacks must take the same room."""
    shop = open_shop(f"{kind}-{secrets.token_hex(4)}", platform, kind=kind)
    context = chromium.new_context(viewport={"width": 360, "height": 780})
    page = context.new_page()
    page.add_init_script(f"({WATCH})()")
    sizes = {}

    def late(route):
        page.wait_for_timeout(300)
        route.continue_()

    page.route("**/*.woff2", late)
    page.on("requestfinished", lambda r: sizes.__setitem__(r.url, r.sizes()["responseBodySize"]))
    page.goto(f"http://{shop.slug}.{BASE_DOMAIN}{path}")
    page.evaluate("document.fonts.ready")
    page.wait_for_timeout(400)
    seen = page.evaluate("window.seen")
    fonts = [url for url in sizes if url.endswith(".woff2")]
    assert fonts, "the fonts were fetched, else this shows nothing"
    assert seen["shift"] <= MOST_SHIFT, seen
    assert seen["paint"] > 0
    assert 10_000 < sum(sizes.values()) < MOST_BYTES, sizes
    page.evaluate(
        "document.body.prepend(Object.assign(document.createElement('div'), {id: 'jump'}))"
    )
    page.evaluate(
        "document.getElementById('jump').animate([{paddingTop: '30vh'}], {fill: 'forwards'})"
    )
    page.wait_for_timeout(300)
    assert page.evaluate("window.seen.shift") > MOST_SHIFT, "control: a jump is seen"
    context.close()


FAMILIES = """async () => {
    const words = "Forged, set and sized at the bench: silver, gold and garnet from nearby.";
    const style = getComputedStyle(document.documentElement);
    const measure = document.createElement("canvas").getContext("2d");
    const width = family => (measure.font = `400 40px ${family}`, measure.measureText(words).width);
    const found = [];
    for (const token of ["--text-family", "--display-family"]) {
        const [real, fallback] = style.getPropertyValue(token).split(",").map(name => name.trim());
        await document.fonts.load(`400 40px ${real}`);
        await document.fonts.load(`400 40px ${fallback}`);
        found.push([real, width(real), width(fallback), width("Arial")]);
    }
    return found;
}"""


def test_fallback_fonts_take_the_room_of_the_real_ones(platform, chromium, served, shop):
    page = chromium.new_page(base_url=f"http://{shop.slug}.{BASE_DOMAIN}")
    unmatched = []
    for theme in THEMES:
        page.goto(f"/en/_components/{theme}")
        for family, real, fallback, plain in page.evaluate(FAMILIES):
            assert fallback == pytest.approx(real, rel=0.05), family
            unmatched.append(abs(plain / real - 1))
    assert max(unmatched) > 0.05, "control: an unmatched font does not"
    page.close()
