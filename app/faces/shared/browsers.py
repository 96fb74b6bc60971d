"""Where a request comes from, in words its sender knows."""

from flask import request
from ua_parser import parse

from app.domains.accounts.sessions.rules import Origin

LONGEST_AGENT = 500


def current_origin() -> Origin:
    """Return the browser's name, as in "Firefox on Linux", and the network address."""
    return Origin(_name(request.headers.get("User-Agent", "")[:LONGEST_AGENT]), _address())


def _name(header: str) -> str:
    found = parse(header)
    browser = found.user_agent.family if found.user_agent else ""
    system = found.os.family if found.os else ""
    return f"{browser} on {system}" if browser and system else browser or system


def _address() -> str:
    return request.remote_addr or ""
