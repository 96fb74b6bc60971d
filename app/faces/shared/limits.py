"""How often who may ask for what (FR-048): one table, windows in Redis, answers of 429.

A page costs one round trip to Redis. Where Redis is away, each process counts for itself until it
is back: nobody is refused for it, and nothing stands open. Webhooks have no limit: providers send
in bursts, and an unsigned message ends at its signature. Addresses are kept as keyed hashes only.
"""

import hmac
import ipaddress
import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any

from flask import Flask, Response, current_app, g, request
from flask_babel import lazy_gettext
from flask_limiter import ApplicationLimit, Limiter, RateLimitExceeded, RequestLimit
from redis import ConnectionPool

from app.faces.shared.formatting import span
from app.foundation.configuration import Configuration
from app.foundation.errors import GalleriaError

STRATEGY = "sliding-window-counter"
REDIS_SECONDS = 0.25
"""How long a request waits for Redis before this process counts for itself."""
LONGEST_WAIT_SECONDS = 900
_TOO_MANY = 429
_UNLIMITED = frozenset({"asset", "icon"})
_NOWHERE = "nowhere"
"""What leads to no view is counted too."""
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class TooManyRequestsError(GalleriaError):
    """More requests than the table allows came from one person, connection or network."""

    code = "too_many_requests"
    status = _TOO_MANY
    message = lazy_gettext(
        "Too many requests came from your connection. Wait %(wait)s, then try again; nothing is"
        " lost."
    )


@dataclass(frozen=True, slots=True)
class Rule:
    """How often one kind of request may come; each is (how many, in how many minutes)."""

    kind: str
    endpoints: tuple[str, ...]
    """Face and endpoint, with * for any; the first rule that matches holds."""
    client: tuple[int, int]
    """From one address (of IPv6: a /64, which is what one household has)."""
    network: tuple[int, int] | None = None
    """From one network (/24, of IPv6 a /48)."""
    person: tuple[int, int] | None = None
    """From one signed-in person, wherever from."""
    everyone: tuple[int, int] | None = None
    """From all together: what the platform as a whole lets happen."""
    only_writes: bool = True


# Signing in has counters of its own for failures, by account, device, address and network
# (accounts/factors): what stands here only keeps floods from them. A passkey is counted apart, so
# that nobody's tries of passwords ever stop one.
RULES = (
    Rule("passkey", ("* sign_in.*passkey", "* second_step.*passkey", "* prove.*passkey",
                     "* reset.passkey"), (60, 5)),
    Rule("sign-in", ("* sign_in.take", "* second_step.*", "* prove.*", "* password.*"),
         (60, 5), (600, 5), (60, 5)),
    Rule("sign-up", ("* sign_up.*",), (20, 60), (200, 60), None, (3000, 60)),
    Rule("reset", ("* reset.*",), (20, 60), (200, 60), (20, 60), (3000, 60)),
    Rule("mail", ("* email.take", "* people.send", "* people.send_again", "* rights.offer"),
         (30, 60), None, (30, 60), (3000, 60)),
    Rule("payment", ("storefront checkout.place", "storefront orders.begin",
                     "shop_api checkouts.place", "shop_api orders.pay"),
         (20, 10), (100, 10), (20, 10)),
    Rule("payment page", ("storefront orders.pay", "storefront orders.returned",
                          "shop_api orders.check"),
         (60, 10), (300, 10), only_writes=False),
    Rule("export", ("* *.export",), (10, 60), None, (10, 60)),
    Rule("import", ("merchant_console products.take_file",), (20, 10), None, (20, 10)),
    Rule("pictures", ("merchant_console pictures.save", "merchant_console collections.change"),
         (150, 10), None, (150, 10)),
    Rule("report", ("* take_reports",), (30, 1), (300, 1), None, (3000, 1)),
    Rule("search", ("storefront browsing.search",), (120, 1), only_writes=False),
    Rule("picture", ("media *",), (6000, 1), only_writes=False),
    Rule("API", ("*_api *",), (600, 1), None, (600, 1), only_writes=False),
    Rule("write", ("*",), (120, 1), None, (120, 1)),
    Rule("page", ("*",), (600, 1), only_writes=False),
)  # fmt: skip


@lru_cache(maxsize=2048)
def rule_for(face: str, endpoint: str, *, is_write: bool) -> Rule:
    """Return the rule that holds for a request to an endpoint of a face."""
    name = f"{face} {endpoint}"
    return next(
        rule
        for rule in RULES
        if (is_write or not rule.only_writes)
        and any(fnmatchcase(name, pattern) for pattern in rule.endpoints)
    )


def current_rule() -> Rule:
    """Return the rule that holds for this request."""
    face = current_app.name.removeprefix("app.faces.")
    return rule_for(face, request.endpoint or "", is_write=request.method not in _SAFE)


def client_address() -> str:
    """Return the address of who asks: our own proxy's word, or the connection's."""
    return request.remote_addr or "0.0.0.0"  # noqa: S104 - nothing is bound


def client_key() -> str:
    """Return what a client is counted by; a keyed hash, for an address is personal data."""
    return _key_of(client_address(), 32, 64, _secret())


def network_key() -> str:
    """Return what a client's network is counted by."""
    return _key_of(client_address(), 24, 48, _secret())


def person_key() -> str:
    """Return what a signed-in person is counted by, and every program with a key of theirs."""
    return f"person:{_person().person_id}"


def _person() -> Any:
    """Return who asks: a visitor of a page, or who a program's key speaks for."""
    return g.get("visitor") or g.get("bearer")


def _secret() -> str:
    configuration: Configuration = current_app.config["GALLERIA"]
    return configuration.secret_keys[0]


@lru_cache(maxsize=4096)
def _key_of(address: str, of_ipv4: int, of_ipv6: int, secret: str) -> str:
    network = _network(address, of_ipv4, of_ipv6)
    return hmac.digest(secret.encode(), f"limits:{network}".encode(), "sha256").hex()[:32]


def _network(address: str, of_ipv4: int, of_ipv6: int) -> str:
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return "unknown"
    parsed = getattr(parsed, "ipv4_mapped", None) or parsed
    length = of_ipv4 if parsed.version == 4 else of_ipv6  # noqa: PLR2004 - the protocol's number
    return str(ipaddress.ip_network((parsed, length), strict=False))


def install_limits(app: Flask, configuration: Configuration) -> None:
    """Count each request before anything is done for it, and refuse those that are too many."""

    def of(choose: Callable[[Rule], tuple[int, int] | None]) -> Callable[[], str]:
        return lambda: _text(choose(current_rule()), configuration.rate_limit_factor)

    limiter = _make_limiter(
        configuration,
        ApplicationLimit(of(lambda rule: rule.client), client_key, scope=_kind),
        ApplicationLimit(of(lambda rule: rule.network), network_key, scope=_kind),
        ApplicationLimit(of(lambda rule: rule.everyone), lambda: "everyone", scope=_kind),
    )
    limiter.init_app(app)
    app.register_error_handler(RateLimitExceeded, _refuse)

    @app.after_request
    def say_when(response: Response) -> Response:
        if response.status_code == _TOO_MANY:
            seconds = g.get("retry_after", LONGEST_WAIT_SECONDS)
            response.headers.setdefault("Retry-After", str(seconds))
        return response


def install_person_limits(app: Flask, configuration: Configuration) -> None:
    """Count by person too; to be called after the sessions, which say who it is."""

    def of_person() -> str:
        return _text(current_rule().person, configuration.rate_limit_factor)

    limiter = _make_limiter(configuration, ApplicationLimit(of_person, person_key, scope=_kind))
    limiter.request_filter(lambda: _person() is None)
    limiter.init_app(app)


def _make_limiter(configuration: Configuration, *limits: ApplicationLimit) -> Limiter:
    limiter = Limiter(
        client_key,
        application_limits=list(limits),
        strategy=STRATEGY,
        storage_uri=configuration.redis_url,
        storage_options={"connection_pool": _pool(configuration.redis_url)},  # type: ignore[dict-item]
        in_memory_fallback_enabled=True,
        swallow_errors=True,
        on_breach=_note_wait,
        request_identifier=lambda: request.endpoint or _NOWHERE,
    )
    limiter.logger.setLevel(logging.WARNING)
    limiter.request_filter(lambda: request.endpoint in _UNLIMITED)
    return limiter


@lru_cache(maxsize=8)
def _pool(url: str) -> ConnectionPool:
    """Return this process's one pool of connections for limits."""
    return ConnectionPool.from_url(
        url, socket_timeout=REDIS_SECONDS, socket_connect_timeout=REDIS_SECONDS
    )


def _kind(_: str) -> str:
    return current_rule().kind


def _text(limit: tuple[int, int] | None, factor: float) -> str:
    return f"{math.ceil(limit[0] * factor)} per {limit[1]} minute" if limit else ""


def _note_wait(limit: RequestLimit) -> None:
    wait = math.ceil(limit.reset_at - time.time())
    g.retry_after = min(max(wait, 1), LONGEST_WAIT_SECONDS)


def _refuse(_: RateLimitExceeded) -> Any:
    """Answer in the face's own look, or as the API answers every problem."""
    error = TooManyRequestsError(wait=span(g.get("retry_after", LONGEST_WAIT_SECONDS)))
    return current_app.handle_user_exception(error)
