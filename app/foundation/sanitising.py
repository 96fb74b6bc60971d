"""The one wrapper around bleach: what HTML a merchant may write."""

import bleach

TAGS = frozenset(
    {"p", "br", "h2", "h3", "h4", "ul", "ol", "li", "strong", "b", "em", "i", "u", "blockquote", "a",
     "table", "thead", "tbody", "tr", "th", "td", "span", "div", "hr", "sup", "sub", "small"}
)  # fmt: skip
ATTRIBUTES = {"a": ["href", "title"], "th": ["scope"], "td": ["colspan", "rowspan"]}
PROTOCOLS = frozenset({"http", "https", "mailto", "tel"})


def sanitise_html(html: str) -> str:
    """Return `html` with only harmless tags; everything else is removed, its text kept (FR-043)."""
    cleaner = bleach.Cleaner(
        tags=TAGS, attributes=ATTRIBUTES, protocols=PROTOCOLS, strip=True, strip_comments=True
    )
    return str(cleaner.clean(html))
