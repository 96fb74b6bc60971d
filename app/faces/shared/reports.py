"""What browsers report of our content policy: counted log lines, without anything of a person.

Of a report only the directive, the host of what was blocked and the name of our own view are kept:
addresses of pages carry orders' secrets. Equal reports are logged the 1st, 2nd, 4th, 8th … time.
"""

import json
import re
import threading
from collections import Counter
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import structlog
from flask import Flask, Response, abort, current_app, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from app.faces.shared.access import public
from app.faces.shared.languages import LANGUAGES
from app.faces.shared.security import REPORTS

LARGEST_REPORT = 16 * 1024
MOST_IN_ONE = 20
MOST_KINDS = 500
_TYPES = frozenset({"application/csp-report", "application/reports+json", "application/json"})
_WORD = re.compile(r"[a-z][a-z-]{0,39}")
_HOST = re.compile(r"[a-z0-9.\[\]:-]{1,100}")

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Violation:
    """What a report says, as far as it is kept."""

    directive: str
    blocked: str
    view: str
    face: str


class ViolationCounter:
    """Counts equal violations in this process; its memory has an end."""

    def __init__(self) -> None:
        self._counts: Counter[Violation] = Counter()
        self._lock = threading.Lock()

    def add(self, violation: Violation) -> int:
        """Return how often this violation has been reported."""
        with self._lock:
            if violation not in self._counts and len(self._counts) >= MOST_KINDS:
                self._counts.clear()
            self._counts[violation] += 1
            return self._counts[violation]


def install_reports(app: Flask) -> None:
    """Take what browsers report, on the face's own host."""
    counter = ViolationCounter()

    @app.post(REPORTS)
    @public
    def take_reports() -> Response:
        for report in _read_reports():
            violation = _violation(report)
            count = counter.add(violation)
            if count & (count - 1) == 0:
                log.warning(
                    "content policy violated", directive=violation.directive,
                    blocked=violation.blocked, view=violation.view, face=violation.face,
                    count=count,
                )  # fmt: skip
        return Response(status=204)


def _read_reports() -> list[dict[str, Any]]:
    if request.mimetype not in _TYPES:
        abort(415)
    if (request.content_length or 0) > LARGEST_REPORT:
        raise RequestEntityTooLarge
    try:
        found = json.loads(request.get_data())
    except (ValueError, RecursionError):
        abort(400)
    reports = found if isinstance(found, list) else [found]
    bodies = (_body(report) for report in reports[:MOST_IN_ONE])
    return [body for body in bodies if body]


def _body(report: Any) -> dict[str, Any]:
    """Return what a report of either form says; nothing of another kind."""
    if not isinstance(report, dict):
        return {}
    inner = report.get("csp-report") or report.get("body")
    is_ours = report.get("type", "csp-violation") == "csp-violation"
    return inner if is_ours and isinstance(inner, dict) else {}


def _violation(body: dict[str, Any]) -> Violation:
    def text(*names: str) -> str:
        found = next((body[name] for name in names if isinstance(body.get(name), str)), "")
        return str(found)[:2048]

    directive = text("effectiveDirective", "effective-directive", "violated-directive")
    word = _WORD.match(directive.casefold())
    return Violation(
        directive=word[0] if word else "unknown",
        blocked=_origin(text("blockedURL", "blocked-uri")),
        view=_view(text("documentURL", "document-uri")),
        face=current_app.name.removeprefix("app.faces."),
    )


def _origin(address: str) -> str:
    """Return what was blocked without its path: a word such as `inline`, or scheme and host."""
    address = address.casefold().strip()
    if _WORD.fullmatch(address):
        return address
    try:
        url = urlsplit(address)
        host = url.netloc.rpartition("@")[2]
    except ValueError:
        return "unknown"
    if not _WORD.fullmatch(url.scheme):
        return "unknown"
    return f"{url.scheme}://{host}" if _HOST.fullmatch(host) else f"{url.scheme}:"


def _view(address: str) -> str:
    """Return the name of our view that a page's address means."""
    try:
        path = urlsplit(address).path
    except ValueError:
        return ""
    first, _, rest = path.lstrip("/").partition("/")
    path = f"/{rest}" if first in LANGUAGES else path
    try:
        endpoint, _values = current_app.url_map.bind("").match(path)
    except HTTPException:
        return ""
    return str(endpoint)
