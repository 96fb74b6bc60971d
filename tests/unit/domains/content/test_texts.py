"""What was typed becomes a page's text, and comes back as it was typed."""

import json

import pytest

from app.domains.content.rules.texts import clean_texts, find_problems, html_of, text_of
from app.foundation.sanitising import sanitise_html
from tests.conftest import ROOT

CONTENT = ROOT / "app" / "command_line" / "demo_content"


@pytest.mark.parametrize(
    ("typed", "html"),
    [
        ("", ""), ("One", "<p>One</p>"), ("a < b & c", "<p>a &lt; b &amp; c</p>"),
        ("One\n\nTwo\nlines", "<p>One</p><p>Two<br>lines</p>"),
        ("## Why *not*\n\nSo", "<h2>Why <em>not</em></h2><p>So</p>"),
        ("- **One.** two\n- three", "<ul><li><strong>One.</strong> two</li><li>three</li></ul>"),
        ("> Said\n> twice", "<blockquote><p>Said<br>twice</p></blockquote>"),
        ("2 * 3 * 4 and ** and *", "<p>2 * 3 * 4 and ** and *</p>"),
        ("##no heading\n-no list", "<p>##no heading<br>-no list</p>"),
        ("I <3 you", "<p>I &lt;3 you</p>"),
    ],
)  # fmt: skip
def test_plain_signs_become_a_page_and_come_back(typed, html):
    assert html_of(typed) == html
    assert text_of(html) == typed
    assert html_of(text_of(html)) == html


@pytest.mark.parametrize(
    "html",
    ['<p>See <a href="https://a.example">there</a></p>', "<table><tbody><tr><td>1</td></tr></tbody></table>",
     "<h3>Small</h3>", "<p>One</p>two", "<ol><li>One</li></ol>", "<p>* one *two*</p>"],
)  # fmt: skip
def test_what_plain_signs_cannot_say_stays_and_loses_nothing(html):
    assert html_of(text_of(html)) == sanitise_html(html)


def test_html_that_does_harm_is_taken_out():
    assert "onclick" not in html_of('<p onclick="x()">One</p>')
    assert "<script" not in html_of("<p>One</p><script>x</script>")
    assert html_of("<script>x</script>") == "<p>&lt;script&gt;x&lt;/script&gt;</p>"


@pytest.mark.parametrize(
    "content", sorted(CONTENT.glob("*/shop.json")), ids=lambda each: each.parent.name
)
def test_the_demo_shops_texts_can_be_edited_without_html(content):
    for texts in json.loads(content.read_text())["texts"].values():
        for name in ("story", "craft", "delivery_and_returns"):
            html = sanitise_html(texts[name])
            typed = text_of(html)
            assert "<" not in typed
            assert html_of(typed) == html


def test_empty_texts_are_left_out_and_long_ones_are_told():
    assert clean_texts({"de": {"tagline": "  ", "hero_title": " A  B "}, "fr": {}}) == {
        "de": {"hero_title": "A B"}, "fr": {},
    }  # fmt: skip
    assert list(find_problems({"de": {"tagline": "x" * 121}, "en": {"tagline": "x" * 120}})) == [
        "tagline-de"
    ]
