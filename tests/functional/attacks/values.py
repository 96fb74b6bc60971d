"""What an attacker types: text that breaks what reads it, and whole requests made of it (R9)."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote_plus

from hypothesis import strategies as st

NASTY = (
    "", " ", "\x00", "a\x00b", "\ud800", "x\udfff", "'", "'; --", '"><script>alert(1)</script>',
    "{{7*7}}", "%(name)s", "%s%n", "{0.__class__}", "../../etc/passwd", "..\\..", "/\\evil.example",
    "//evil.example", "https://evil.example/", "javascript:alert(1)", "\r\nSet-Cookie: a=b", "-1",
    "0", "-0", "1.5", "1,5", "1e309", "NaN", "Infinity", "0x10", "9" * 19, "9" * 30, "9" * 5000,
    "-" + "9" * 5000, "\u0669", "\uff19\uff19", "\u00b2", "\u4e94", "1_000", "+1", " 1", "null",
    "true", "[]", "{}", "2026-02-30", "0000-00-00", "9999-12-31T25:61:61", "-292277022399-01-01",
    "00000000-0000-0000-0000-000000000000", "urn:uuid:0", "{" + "f" * 32 + "}",
    "\uff11" * 32, "a@b", "@", "x" * 300 + "@example.com", "a@xn--", "a@\u2100.example",
    "\u202e\u200b\ufeff", "\u0130\u1e9e\ufb03", "e\u0301" * 500, "\U0001f9ff" * 200, "x" * 70_000,
    "DE", "XX", "de-\x00", "EUR", "on",
)  # fmt: skip
"""Each of these broke something somewhere."""
NAMES = ("a[b][c]", "a.b", "__proto__", "", "\x00", "\ud800", "page", "q", "next", "lang", "format")
HEADERS = {
    "Accept-Language": ("", "*", "xx", "de;q=nan", "en;q=1e999", "," * 500, "\xff\xfe", "x" * 9000),
    "Accept": ("", "text/*;q=abc", "\xff", "a/b;" * 900),
    "Referer": ("", "http://[", "//", "\xff"),
    "Range": ("bytes=9-1", "bytes=-", "bytes=" + "0-0," * 400, "\xff"),
    "If-None-Match": ("*", '"', "W/\xff"),
    "If-Modified-Since": ("0", "Sat, 99 Foo 9999 99:99:99 GMT", "\xff"),
    "If-Range": ('"', "\xff"),
    "Origin": ("null", "http://[::", "https://evil.example"),
    "Sec-Fetch-Site": ("", "cross-site", "same-origin", "\xff"),
    "HX-Request": ("true", "\xff"),
    "X-Trace-Id": ("x" * 9000, "\xff\xfe", "é" * 70),
    "X-Forwarded-For": ("'", "999.1.1.1", "," * 500),
    "X-Forwarded-Host": ("evil.example", "\xff"),
    "Authorization": ("Basic", "Basic \xff", "Bearer", "Bearer \xff", "Bearer gal_", "Digest a=,="),
    "Idempotency-Key": ("", "\xff" * 20, "x" * 16, "x" * 9000),
    "Content-Encoding": ("gzip", "\xff"),
    "Transfer-Encoding": ("\xff",),
    "Expect": ("100-continue", "\xff"),
    "X-Giant": ("x" * 60_000,),
}
"""Headers that something of ours or of the libraries reads."""
COOKIES = ("", "\xff\xfe", "=", ";;;", '"', "\\000", "x" * 4000, "a=b; a=c", "%00", "eyJh.eyJh.x")
METHODS = ("PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "TRACE", "PROPFIND", "X")
CONTENT = (
    ("application/json", b'{"a": [[[[{}]]]]}'), ("application/json", b"[" * 20_000),
    ("application/json", b'{"a": "\\ud800"}'), ("application/json; charset=x", b"\xff"),
    ("application/csp-report", b'{"csp-report": [1]}'), ("application/csp-report", b"\xff"),
    ("application/reports+json", b'[{"type": 1, "body": []}, 7, null]'),
    ("application/reports+json", b'[{"type": "csp-violation", "body": {"blockedURL": ["\\ud800"]}}]'),
    ("application/csp-report", b'{"csp-report": {"blocked-uri": "http://[", "line-number": 1e999}}'),
    ("text/plain", b"a=b"), ("", b"a=b"), ("multipart/form-data", b"--x\r\n"),
    ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data\r\n\r\n\r\n--x--"),
    ("multipart/form-data; boundary=", b"----"), ("application/x-www-form-urlencoded", b"\xff=%ff&%"),
    ("application/x-www-form-urlencoded; charset=utf-16", b"a=b"), ("a/b; \xff", b""),
    ("application/x-www-form-urlencoded", b"a=b&" * 1500), ("\xff", b"x"),
)  # fmt: skip
FILES = (
    b"", b"\x00" * 90, b"\xff\xfe" + "Handle,Title".encode("utf-16-le"), b"\x89PNG\r\n\x1a\n\x00",
    b"PK\x03\x04" + b"\x00" * 60, b"Handle,Title,Variant Price\na,b,-1\n",
    b'Handle,Title,Variant Price\n"a,b,1\n', b"Handle,Title,Variant Price\na,b," + b"9" * 5000,
    b"Handle,Title,Variant Price,Variant Inventory Qty\na,b,1.00,99999999999999999999\n",
    b"Handle,Title,Variant Price\n\x00,\x00,1\n", b"Handle,Title,Variant Price\na,\xed\xa0\x80,1\n",
    b"Handle,Handle,Handle\na,b,c\n", b"," * 9000, b"Handle\n" + b"a\n" * 900,
    b'Handle,Title,Body (HTML),Variant Price\na,b,"<svg onload=x><![CDATA[",1.00\n',
    b"GIF89a" + b"\xff" * 40, b'<svg xmlns="http://www.w3.org/2000/svg" onload="x"/>', b"\xef\xbb\xbf",
)  # fmt: skip
TEXTS = st.one_of(st.sampled_from(NASTY), st.text(st.characters(), max_size=30))


@dataclass(frozen=True)
class Attack:
    """One request, on one route."""

    method: str
    fields: tuple[tuple[str, str], ...] = ()
    files: tuple[tuple[str, bytes], ...] = ()
    content: tuple[str, bytes] | None = None
    query: bytes = b""
    arguments: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    cookie: str | None = None
    is_multipart: bool = False

    def __repr__(self) -> str:
        told = {name: value for name, value in vars(self).items() if value}
        return "Attack(" + ", ".join(f"{name}={value!r:.400}" for name, value in told.items()) + ")"


def encode(pairs: Any) -> bytes:
    """Return pairs as a form's body; lone surrogates as the bytes that some clients send."""
    return "&".join(f"{_quote(name)}={_quote(value)}" for name, value in pairs).encode()


def _quote(text: str) -> str:
    return quote_plus(text.encode("utf-8", "surrogatepass"))


@st.composite
def changed_fields(draw: Any, filled: tuple[tuple[str, str], ...], kept: frozenset[str]) -> Any:
    """Return a form's fields with some of them changed, left out, sent twice or made up."""
    pairs: list[tuple[str, str]] = []
    for name, value in filled:
        fate = draw(st.integers(0, 19 if name not in kept else 400))
        if fate == 1:
            continue
        pairs.append((name, draw(TEXTS) if 2 <= fate <= 8 else value))
        if fate == 9:
            pairs.append((name, draw(TEXTS)))
        if fate == 10:
            pairs.append((f"{name}[x]", draw(TEXTS)))
        if fate == 11 and "-" in name:
            pairs.append((f"{name.rpartition('-')[0]}-{draw(TEXTS)}", value))
    if draw(st.integers(0, 9)) == 9:
        pairs.append((draw(st.one_of(st.sampled_from(NAMES), TEXTS)), draw(TEXTS)))
    return tuple(pairs)


@st.composite
def attacks(
    draw: Any,
    method: str,
    *,
    filled: tuple[tuple[str, str], ...] = (),
    uploads: tuple[str, ...] = (),
    arguments: tuple[str, ...] = (),
    kept: frozenset[str] = frozenset(),
) -> Attack:
    """Return a request: the form's own, with what an attacker would change of it."""
    fields = draw(changed_fields(filled, kept))
    fate = draw(st.integers(0, 29))
    told: dict[str, Any] = {"method": method}
    if method == "GET":
        told["query"] = encode(fields)
    else:
        told["fields"] = fields
        told["files"] = tuple((name, draw(st.sampled_from(FILES))) for name in uploads)
        told["is_multipart"] = bool(uploads) or fate == 20
    if fate == 0:
        told["method"] = draw(st.sampled_from(METHODS))
    if fate in {1, 2, 3}:
        names = draw(st.lists(st.sampled_from(sorted(HEADERS)), max_size=3, unique=True))
        told["headers"] = {name: draw(st.sampled_from(HEADERS[name])) for name in names}
    if fate in {4, 5} and method != "GET":
        told["content"] = draw(st.sampled_from(CONTENT))
    if fate in {6, 7} and arguments:
        name = draw(st.sampled_from(arguments))
        told["arguments"] = {name: draw(TEXTS)}
    if fate in {8, 9}:
        told["query"] = draw(st.one_of(st.binary(max_size=40), st.just(b"page=%ff&q=%00&\xff")))
    if fate == 10:
        told["cookie"] = draw(st.sampled_from(COOKIES))
    return Attack(**told)
