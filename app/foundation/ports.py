"""Where the wiring puts gateways, and where domains take them from by the port's type."""

from typing import Any, TypeVar

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
