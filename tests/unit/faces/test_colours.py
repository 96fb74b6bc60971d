"""Every text can be read on every ground (WCAG 2.1 AA), in each theme, by day and by night."""

import re

import pytest

from tests.conftest import ROOT

STYLES = ROOT / "app" / "faces" / "shared" / "styles"
TOKEN = re.compile(r"--([a-z0-9-]+):\s*(#[0-9a-f]{6})\b")
SCHEME = re.compile(r"@media \(prefers-color-scheme: (\w+)\) \{\s*:root \{(.*?)\}", re.DOTALL)
ROOT_BLOCK = re.compile(r":root \{(.*?)\}", re.DOTALL)
TEXTS = ("text", "text-2", "accent", "good", "warn", "bad")
GROUNDS = ("surface", "surface-2")
PAIRS = [(text, ground) for text in TEXTS for ground in GROUNDS] + [("on-accent", "accent")]
CONTROLS = [("control", "surface"), ("control", "surface-2"), ("accent", "surface")]


def tokens(theme, scheme):
    """Return the colours that count, in the order in which the browser applies them."""
    found = {}
    for name in ("tokens", theme):
        css = (STYLES / f"{name}.css").read_text()
        plain = SCHEME.sub("", css)
        for block in ROOT_BLOCK.findall(plain):
            found.update(TOKEN.findall(block))
        for wanted, block in SCHEME.findall(css):
            if wanted == scheme:
                found.update(TOKEN.findall(block))
    return found


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("theme", ["console", "maker", "box", "house"])
def test_every_pair_of_a_theme_can_be_read(theme, scheme):
    colours = tokens(theme, scheme)
    weak = {
        (one, other): round(contrast(colours[one], colours[other]), 2)
        for pairs, least in ((PAIRS, 4.5), (CONTROLS, 3.0))
        for one, other in pairs
        if contrast(colours[one], colours[other]) < least
    }
    assert weak == {}


def test_words_on_the_houses_pictures_can_be_read():
    colours = tokens("house", "dark")
    assert contrast(colours["on-veil"], colours["veil"]) >= 4.5
    assert contrast(colours["on-accent-on-veil"], colours["accent-on-veil"]) >= 4.5


@pytest.mark.parametrize("door", ["maker", "box", "house"])
def test_the_marketplaces_doors_can_be_read(door):
    css = (STYLES / "marketplace.css").read_text()
    colours = dict(TOKEN.findall(re.search(rf"\.door\.{door} \{{(.*?)\}}", css).group(1)))
    assert contrast(colours["on-door"], colours["door"]) >= 4.5


def test_themes_differ_by_scheme_and_from_each_other():
    """Else the others would compare nothing."""
    surfaces = {
        (theme, scheme): tokens(theme, scheme)["surface"]
        for theme in ("console", "maker", "box", "house")
        for scheme in ("light", "dark")
    }
    assert len(set(surfaces.values())) == len(surfaces)


def test_contrast_is_wcags():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_colours_stand_only_where_tokens_are_set():
    for sheet in ("base", "components", "storefront", "console"):
        rules = (STYLES / f"{sheet}.css").read_text()
        rules = re.sub(r"@media print \{.*?\} \}", "", rules)
        assert re.findall(r"#[0-9a-f]{3,8}\b(?![^{]*\{)", rules) == [], sheet
