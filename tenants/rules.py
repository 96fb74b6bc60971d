"""Pure rules about shops: which steps between states exist, and which addresses may be chosen."""

import re

STEPS: dict[str, frozenset[str]] = {
    "opening": frozenset({"open", "closed"}),
    "open": frozenset({"suspended", "closed"}),
    "suspended": frozenset({"open", "closed"}),
    "closed": frozenset({"erased"}),
    "erased": frozenset(),
}
RESERVED_SLUGS = frozenset(
    {"www", "console", "admin", "api", "mail", "static", "assets", "media", "help", "status", "pay"}
)
LONGEST_NAME = 80
_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{1,38}[a-z0-9]")


def can_step(state: str, to: str) -> bool:
    """Whether a shop may go from `state` to `to`."""
    return to in STEPS[state]


def clean_name(text: str) -> str:
    """Return a shop's name on one line, without what cannot be seen."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def is_slug(text: str) -> bool:
    """Whether `text` may be a shop's address below the marketplace's domain."""
    return _SLUG.fullmatch(text) is not None and text not in RESERVED_SLUGS and "--" not in text
