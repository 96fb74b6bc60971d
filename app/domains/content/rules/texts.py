"""What a shop's texts may hold, and how what was typed becomes a page's: plain signs, no HTML."""

import re
from collections.abc import Mapping
from html import escape, unescape
from typing import Any

from flask_babel import lazy_gettext

from app.foundation.sanitising import sanitise_html

LONGEST: dict[str, int] = {
    "tagline": 120, "hero_title": 80, "hero_text": 500, "story_html": 20_000, "craft_html": 20_000,
    "delivery_html": 20_000, "seo_description": 300,
}  # fmt: skip
"""The texts that a merchant writes, and how many characters each may have."""
MAIN = ("tagline", "story_html", "delivery_html")
"""Without these a shop's pages have gaps."""
_TAG = re.compile(
    r"</?(?:p|br|h[1-6]|ul|ol|li|strong|b|em|i|u|blockquote|a|table|div|span|hr)\b[^>]*>"
)
_BLOCK = re.compile(r"<(h2|ul|blockquote|p)>(.*?)</\1>", re.DOTALL)
_STRONG = re.compile(r"\*\*(?=\S)(.+?)(?<=\S)\*\*")
_EMPHASIS = re.compile(r"(?<![*\w])\*(?=[^\s*])(.+?)(?<=[^\s*])\*(?![*\w])")
_BETWEEN_TAGS = re.compile(r">\s+<(?=/?(?:p|h2|ul|li|blockquote)\b)")


def clean_texts(told: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    """Return texts by language as pages show them; empty ones are left out."""
    cleaned = {
        language: {name: _clean(name, texts.get(name, "")) for name in LONGEST}
        for language, texts in told.items()
    }
    return {
        language: {name: text for name, text in texts.items() if text}
        for language, texts in cleaned.items()
    }


def _clean(name: str, text: str) -> str:
    return html_of(text) if name.endswith("_html") else " ".join(text.split())


def find_problems(told: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """Return what is wrong with texts as they were typed, by the field of the form."""
    return {
        f"{name}-{language}": lazy_gettext(
            "This is too long: at most %(most)s characters, and it has %(count)s.",
            most=most, count=len(texts[name].strip()),
        )
        for language, texts in told.items()
        for name, most in LONGEST.items()
        if len(texts.get(name, "").strip()) > most
    }  # fmt: skip


def html_of(text: str) -> str:
    """Return what was typed as a page shows it: paragraphs, headings, lists, or its own HTML."""
    if _TAG.search(text):
        return sanitise_html(text)
    blocks = re.split(r"\n[ \t]*\n", text.replace("\r\n", "\n").strip())
    return "".join(_block(block.strip("\n")) for block in blocks if block.strip())


def _block(block: str) -> str:
    lines = [line.strip() for line in block.strip().split("\n")]
    if len(lines) == 1 and lines[0].startswith("## "):
        return f"<h2>{_inline(lines[0][3:].strip())}</h2>"
    if all(line.startswith("- ") for line in lines):
        items = "".join(f"<li>{_inline(line[2:].strip())}</li>" for line in lines)
        return f"<ul>{items}</ul>"
    if all(line.startswith("> ") for line in lines):
        said = _inline("\n".join(line[2:] for line in lines))
        return f"<blockquote><p>{said}</p></blockquote>"
    told = _inline("\n".join(lines))
    return f"<p>{told}</p>"


def _inline(text: str) -> str:
    safe = _STRONG.sub(r"<strong>\1</strong>", escape(text, quote=False))
    return _EMPHASIS.sub(r"<em>\1</em>", safe).replace("\n", "<br>")


def text_of(html: str) -> str:
    """Return a page's text as it is typed; what cannot be written with plain signs stays HTML."""
    plain = _BETWEEN_TAGS.sub("><", html.strip())
    text = "\n\n".join(_typed(*found.groups()) for found in _BLOCK.finditer(plain))
    return text if html_of(text) == plain else html


def _typed(tag: str, inner: str) -> str:
    if tag == "ul":
        return "\n".join(
            f"- {_signs(item)}" for item in re.findall(r"<li>(.*?)</li>", inner, re.DOTALL)
        )
    if tag == "blockquote":
        lines = _signs(re.sub(r"^<p>|</p>$", "", inner)).split("\n")
        return "\n".join(f"> {line}" for line in lines)
    return f"## {_signs(inner)}" if tag == "h2" else _signs(inner)


def _signs(html: str) -> str:
    text = re.sub(r"</?(?:strong|b)>", "**", re.sub(r"</?(?:em|i)>", "*", html))
    return unescape(re.sub(r"<br\s*/?>\n?", "\n", text))
