"""What no log line and no error report may carry, whoever wrote it: links' secrets and addresses.

Our own lines name ids only (architecture.md §3). This is the net below: texts of exceptions, lines
of libraries and of the web server, which quote what they were given.
"""

import logging
import re
from collections.abc import Mapping
from typing import Any

GONE = "[…]"
_NAMED = re.compile(
    r"(?i)\b(token|code|secret|password|passwort|nonce|state|signature|key|api_key|cart|email)"
    r"(=|%3D|\"?: ?\"|'?: ?')([^&\s\"'<>;,)]+)"
)
"""A value behind a telling name: in a query, in JSON, in a printed mapping."""
_EMAIL = re.compile(r"[\w.+-]{1,64}(@|%40)[\w-]{1,63}(\.[\w-]{1,63})+")
_LONG = re.compile(r"(?<![\w-])(?:[a-z]{2,8}_)*[A-Za-z0-9_-]{32,}(?![\w-])")
_IDS = re.compile(r"[0-9a-f]{32,64}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[a-z_]+")
"""Long and yet no secret: traces, hashes, UUIDs, names in our code."""
_TRUSTED = frozenset({"trace", "at", "level", "logger", "process", "event_id", "error"})


def scrub(text: str) -> str:
    """Return a text without secrets of links and without e-mail addresses."""
    text = _EMAIL.sub(GONE, _NAMED.sub(rf"\1\2{GONE}", text))
    return _LONG.sub(lambda found: found[0] if _IDS.fullmatch(found[0]) else GONE, text)


def scrub_line(_: Any, __: str, event: dict[str, Any]) -> dict[str, Any]:
    """Scrub a log line's texts; a step of structlog's."""
    for name, value in event.items():
        if isinstance(value, str) and name not in _TRUSTED:
            event[name] = scrub(value)
    return event


class ScrubbingFilter(logging.Filter):
    """Scrubs the lines of a logger that has a handler of its own, such as the web server's."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass, scrubbed."""
        record.msg, record.args = scrub(record.getMessage()), ()
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = scrub(record.exc_text)
        return True


def scrub_report(event: Any, _: Any = None) -> Any:
    """Return an error report without the request's address, headers, cookies and texts' secrets."""
    if isinstance(event, Mapping) and "request" in event:
        method = event["request"].get("method", "") if event["request"] else ""
        event = {**event, "request": {"method": method}}
    return _scrub_all(event)


def _scrub_all(value: Any) -> Any:
    if isinstance(value, str):
        return scrub(value)
    if isinstance(value, Mapping):
        return {name: _scrub_all(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_scrub_all(each) for each in value]
    return value
