"""Who is acting now, and from where: set once by what takes the request, read by `unit.audit`.

The raw address stays in memory. What is written is a keyed hash, by which the same place is known
again, and the coarse network: /24, or /48 of IPv6 (SEC-012).
"""

import hashlib
import hmac
import ipaddress
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

SYSTEM, GUEST, PROVIDER = "system", "guest", "provider"
HASH_DIGITS = 16
_NETWORK = {4: 24, 6: 48}
"""How much of an address is kept, by version."""
_PLACE = {4: 32, 6: 64}
"""How much of an address makes a place: of IPv6 the network, within which browsers change daily."""


def _nobody() -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an act comes from; who acts is asked when it is written, after the sign-in was read."""

    address: str = ""
    find_actor: Callable[[], str] = _nobody


class _Key:
    value: bytes | None = None


NOBODY = Origin()
_origin: ContextVar[Origin | None] = ContextVar("audit_origin", default=None)


def install_audit_key(secret: str) -> None:
    """Give the process the key of the log's hashes; the wiring does it once at start."""
    _Key.value = hmac.digest(secret.encode(), b"galleria audit", hashlib.sha256)


@contextmanager
def acting(*, address: str, find_actor: Callable[[], str] = _nobody) -> Iterator[None]:
    """Do what follows for whoever `find_actor` names, who reaches us from `address`."""
    token = _origin.set(Origin(address, find_actor))
    try:
        yield
    finally:
        _origin.reset(token)


def resolve_actor(named: str) -> str:
    """Return who is written down: whom the caller names, else the person or guest of the request.

    What a provider told while a person's request asked it is that person's act.
    """
    if named not in {SYSTEM, PROVIDER}:
        return named
    asking = _current().find_actor()
    return named if not asking or (named == PROVIDER and asking == GUEST) else asking


def _current() -> Origin:
    return _origin.get() or NOBODY


def current_place() -> tuple[str, str]:
    """Return the keyed hash of the address and its network; both empty where there is none."""
    address = _current().address
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "", ""
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped:
        parsed = parsed.ipv4_mapped
    place, network = (
        str(ipaddress.ip_network(f"{parsed}/{prefix}", strict=False))
        for prefix in (_PLACE[parsed.version], _NETWORK[parsed.version])
    )
    return keyed_hash("place", place), network


def keyed_hash(purpose: str, value: str) -> str:
    """Return a short hash that is equal for equal values and tells nothing without the key.

    Raises LookupError where the wiring has not run.
    """
    if _Key.value is None:
        raise LookupError("no key for the log: the wiring has not run")
    return hmac.digest(_Key.value, f"{purpose}\0{value}".encode(), "sha256").hex()[:HASH_DIGITS]
