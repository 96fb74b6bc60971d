"""Blind indexes, and the keys of the first release, which sealed every value directly.

Such values are still opened, until `./galleria keys rotate` or the schedule has sealed them anew.
"""

import base64
import hashlib
import hmac

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.foundation.sealing.errors import SealBrokenError

_NONCE_BYTES = 12
_KEY_NAME_BYTES = 4


class KeyRing:
    """The first release's keys, by the name that its values begin with; and the key of look-ups."""

    def __init__(self, keys: tuple[str, ...], blind_index_key: str) -> None:
        decoded = [base64.urlsafe_b64decode(key) for key in keys]
        self._keys = {_key_name(key): AESGCM(key) for key in decoded}
        self._blind_index_key = blind_index_key.encode()

    def open(self, sealed: bytes, *, purpose: str) -> str:
        """Decrypt a value of the first release. Raises SealBrokenError."""
        name, rest = sealed[:_KEY_NAME_BYTES], sealed[_KEY_NAME_BYTES:]
        key = self._keys.get(name)
        if key is None:
            raise SealBrokenError("sealed with a key that is not among the configuration's")
        try:
            plain = key.decrypt(rest[:_NONCE_BYTES], rest[_NONCE_BYTES:], purpose.encode())
        except InvalidTag as error:
            raise SealBrokenError("a sealed value was changed or moved") from error
        return plain.decode()

    def blind_index(self, plain: str) -> bytes:
        """Return what a sealed value is looked up by: equal for equal texts, telling nothing."""
        return hmac.digest(self._blind_index_key, plain.encode(), hashlib.sha256)


def _key_name(key: bytes) -> bytes:
    return hashlib.sha256(b"galleria key name" + key).digest()[:_KEY_NAME_BYTES]


class _Holder:
    ring: KeyRing | None = None


def install_key_ring(ring: KeyRing) -> None:
    """Give the process its keys; the wiring does it once at start."""
    _Holder.ring = ring


def key_ring() -> KeyRing:
    """Return the process's keys. Raises LookupError where the wiring has not run."""
    if _Holder.ring is None:
        raise LookupError("no keys: the wiring has not run")
    return _Holder.ring


def normalise_email(address: str) -> str:
    """Return the form of an address that is compared: trimmed, lower case."""
    return address.strip().casefold()
