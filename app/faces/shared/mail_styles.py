"""What mails wear: the tokens of a theme, written out, for mail programs know no variables.

Light for all and dark behind a media query, whatever a theme shows first on its pages: many mail
programs turn a dark mail light again by force, and none a light one into something unreadable.
"""

import re
from functools import lru_cache
from pathlib import Path

from markupsafe import Markup

HERE = Path(__file__).parent
SHEET = HERE / "templates" / "mails" / "mail.css"
STYLES = HERE / "styles"
PLAIN = "plain"
"""The theme of the platform's own mails: the tokens as they are."""
_COMMENT = re.compile(r"/\*.*?\*/\s*", re.DOTALL)
_SCHEME = re.compile(r"@media \(prefers-color-scheme: (\w+)\) \{\s*:root \{(.*?)\}\s*\}", re.DOTALL)
_ROOT = re.compile(r":root \{(.*?)\}", re.DOTALL)
_TOKEN = re.compile(r"--([a-z0-9-]+):\s*([^;]+);")
_USE = re.compile(r"var\(--([a-z0-9-]+)\)")
_WEB_FONT = re.compile(r'"[^"]+ (?:Variable|fallback)", ')
_RULE = re.compile(r"^([^@{}\n][^{}]*) \{ (.*?) \}$", re.MULTILINE)
_COLOUR = re.compile(r"(?:^|; )((?:background|color|border[a-z-]*): [^;]*var\([^;]*)")
_MISSING = {"name-spacing": "0"}
_SCHEMES = ("light", "dark")


@lru_cache(maxsize=8)
def mail_style(theme: str) -> Markup:
    """Return the style sheet of a theme's mails: maker, box, house, or plain."""
    sheet = _COMMENT.sub("", SHEET.read_text())
    light, dark = (_tokens(theme, scheme) for scheme in _SCHEMES)
    night = "\n".join(
        f"  {selector} {{ {'; '.join(coloured)} }}"
        for selector, body in _RULE.findall(sheet)
        if (coloured := _COLOUR.findall(body))
    )
    dark_sheet = f"@media (prefers-color-scheme: dark) {{\n{night}\n}}\n"
    return Markup(_fill(sheet, light) + _fill(dark_sheet, dark))  # noqa: S704 - files of our own


def _fill(sheet: str, tokens: dict[str, str]) -> str:
    """Put values where tokens are used, and where those use tokens themselves."""
    while _USE.search(sheet):
        sheet = _USE.sub(lambda use: tokens[use[1]], sheet)
    return sheet


def _tokens(theme: str, scheme: str) -> dict[str, str]:
    """Return what a theme's tokens are in a scheme, without fonts that a mail cannot load."""
    found = dict(_MISSING)
    for name in ("tokens",) if theme == PLAIN else ("tokens", theme):
        css = _COMMENT.sub("", (STYLES / f"{name}.css").read_text())
        for block in _ROOT.findall(_SCHEME.sub("", css)):
            found.update(_TOKEN.findall(block))
        for wanted, block in _SCHEME.findall(css):
            if wanted == scheme:
                found.update(_TOKEN.findall(block))
    return {key: _WEB_FONT.sub("", value) for key, value in found.items()}
