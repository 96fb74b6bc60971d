"""Which addresses are on the public internet: everything else is ours, our provider's or nobody's."""

import ipaddress
import socket
import threading
from collections.abc import Callable
from queue import Empty, Queue

Resolve = Callable[[str, int], list[str]]
"""Return every address that a host's name has, for a port."""

NAME_SECONDS = 5.0
_IPV6_INTERNET = ipaddress.ip_network("2000::/3")
_NOT_FOR_US = tuple(
    ipaddress.ip_network(prefix)
    for prefix in (
        "2001::/32", "2002::/16", "3fff::/20",
        "192.0.0.0/24", "192.88.99.0/24", "168.63.129.16/32",
    )
)  # fmt: skip
"""Within the public ranges: Teredo and 6to4, which carry an IPv4 address that may be one of ours
(NAT64 and the oldest forms are outside 2000::/3), documentation, protocol assignments of which this
Python knows a part only, the 6to4 relay, and the address at which one cloud's machines ask for
their own secrets."""


class PrivateAddressError(Exception):
    """A host's name leads, or may lead, into a network that is not the public internet."""


def is_public(address: str) -> bool:
    """Whether an IP address is on the public internet."""
    parsed = ipaddress.ip_address(address.split("%", maxsplit=1)[0])
    parsed = getattr(parsed, "ipv4_mapped", None) or parsed
    if any(parsed in network for network in _NOT_FOR_US):
        return False
    if isinstance(parsed, ipaddress.IPv6Address) and parsed not in _IPV6_INTERNET:
        return False
    return parsed.is_global and not parsed.is_multicast


def resolve_by_system(host: str, port: int) -> list[str]:
    """Return every address of a host by the system's resolver. Raises OSError.

    The resolver takes no limit of time, so it is asked aside and left alone where it takes too long.
    """
    told: Queue[list[str] | OSError | UnicodeError] = Queue(1)

    def ask() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            told.put(list(dict.fromkeys(str(info[4][0]) for info in found)))
        except (OSError, UnicodeError) as error:
            told.put(error)

    threading.Thread(target=ask, daemon=True).start()
    try:
        answer = told.get(timeout=NAME_SECONDS)
    except Empty:
        raise TimeoutError("the name server does not answer") from None
    if isinstance(answer, Exception):
        raise answer
    return answer


def public_addresses(host: str, port: int, *, resolve: Resolve = resolve_by_system) -> list[str]:
    """Return a host's addresses, all of them public. Raises PrivateAddressError, OSError.

    The name is asked for once; whoever connects goes to one of these very addresses, so that a
    second, different answer of the name server changes nothing.
    """
    found = resolve(host, port)
    if not found or not all(is_public(address) for address in found):
        raise PrivateAddressError(host)
    return found
