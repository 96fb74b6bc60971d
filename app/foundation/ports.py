"""Where the wiring puts gateways, and where domains take them from by the port's type."""

from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

Port = TypeVar("Port")
_provided: dict[type, Any] = {}


def provide(port: type[Port], gateway: Port) -> None:
    """Let `gateway` answer for `port` in this process; the wiring does it once at start."""
    _provided[port] = gateway


def port(wanted: type[Port]) -> Port:
    """Return what answers for a port. Raises LookupError where the wiring gave nothing."""
    try:
        gateway: Port = _provided[wanted]
    except KeyError:
        raise LookupError(f"nothing provides {wanted.__name__}: the wiring has not run") from None
    return gateway


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """A key as it is kept: encrypted, with the name of the root key that can open it."""

    root_name: str
    wrapped: bytes


class KeyStoreUnavailableError(Exception):
    """The key store did not answer in time, or refused; asking again later is safe."""


class KeyStore(Protocol):
    """Keeps the root keys: they wrap and unwrap the keys of places, and never leave the store.

    `place` is bound in: what was wrapped for one place is refused for another. Every method raises
    KeyStoreUnavailableError; `unwrap` raises LookupError for a root key that it does not know and
    ValueError for bytes that were changed or belong to another place.
    """

    @property
    def current(self) -> str:
        """The name of the root key that wraps now."""

    def wrap(self, key: bytes, *, place: str) -> WrappedKey:
        """Encrypt a place's key with the current root key."""

    def unwrap(self, kept: WrappedKey, *, place: str) -> bytes:
        """Decrypt a place's key with the root key that wrapped it."""
