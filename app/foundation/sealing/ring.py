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
_HMAC_BYTES = 32


class KeyRing:
    """The first release's keys, by the name that its values begin with; and the key of look-ups."""

    def __init__(
        self, keys: tuple[str, ...], index_keys: tuple[str, ...], *, unnamed: str = ""
    ) -> None:
        """Take the keys that open, and the keys of look-ups, of which the first one writes.

        Indexes of the key `unnamed` bear no name, as the first release wrote them.
        """
        decoded = [base64.urlsafe_b64decode(key) for key in keys]
        self._keys = {_key_name(key): AESGCM(key) for key in decoded}
        self._index_keys = {
            b"" if key == unnamed else _index_name(key.encode()): key.encode() for key in index_keys
        }

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

    @property
    def index_names(self) -> tuple[bytes, ...]:
        """The names with which valid indexes begin, the one that writes in front."""
        return tuple(self._index_keys)

    def blind_indexes(self, plain: str) -> tuple[bytes, ...]:
        """Return all that a text may be found by; the first is what is written."""
        return tuple(
            name + hmac.digest(key, plain.encode(), hashlib.sha256)
            for name, key in self._index_keys.items()
        )

    def blind_index(self, plain: str) -> bytes:
        """Return what a sealed value is looked up by: equal for equal texts, telling nothing."""
        return self.blind_indexes(plain)[0]

    def fingerprint(self, plain: str) -> bytes:
        """Return what is counted for a short while: 32 bytes, without a name; ends with its key."""
        return self.blind_index(plain)[-_HMAC_BYTES:]


def _key_name(key: bytes) -> bytes:
    return hashlib.sha256(b"galleria key name" + key).digest()[:_KEY_NAME_BYTES]


def _index_name(key: bytes) -> bytes:
    return hashlib.sha256(b"galleria blind index" + key).digest()[:_KEY_NAME_BYTES]


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


def email_indexes(address: str) -> tuple[bytes, ...]:
    """Return all that an e-mail address may be found by; the first is what is written."""
    return key_ring().blind_indexes(normalise_email(address))


def normalise_email(address: str) -> str:
    """Return the form of an address that is compared: trimmed, lower case."""
    return address.strip().casefold()
