"""Sealed columns: personal data encrypted with AES-256-GCM before it reaches the database.

One key from the configuration for now, named in each value, so that the envelope of one key for
each person can follow without a change to any caller (SEC-002, LUX-NFR2.1).
"""

import base64
import hashlib
import hmac
import secrets
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import LargeBinary
from sqlalchemy.types import TypeDecorator

_NONCE_BYTES = 12
_KEY_NAME_BYTES = 4


class SealBrokenError(Exception):
    """A sealed value was made with a key we do not have, or was changed."""


class KeyRing:
    """The keys that seal and open; the first seals, all of them open."""

    def __init__(self, keys: tuple[str, ...], blind_index_key: str) -> None:
        decoded = [base64.urlsafe_b64decode(key) for key in keys]
        self._keys = {_key_name(key): AESGCM(key) for key in decoded}
        self._first = _key_name(decoded[0])
        self._blind_index_key = blind_index_key.encode()

    def seal(self, plain: str, *, purpose: str) -> bytes:
        """Encrypt `plain`; `purpose` (table.column) is bound in and must be given to open it."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = self._keys[self._first].encrypt(nonce, plain.encode(), purpose.encode())
        return self._first + nonce + sealed

    def open(self, sealed: bytes, *, purpose: str) -> str:
        """Decrypt what `seal` made. Raises SealBrokenError."""
        name, rest = sealed[:_KEY_NAME_BYTES], sealed[_KEY_NAME_BYTES:]
        key = self._keys.get(name)
        if key is None:
            raise SealBrokenError("sealed with a key that is not in SEALING_KEYS")
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


class Sealed(TypeDecorator[str]):
    """A column of personal data: text in Python, AES-256-GCM in the database."""

    impl = LargeBinary
    cache_ok = True

    def __init__(self, purpose: str) -> None:
        super().__init__()
        self.purpose = purpose

    def process_bind_param(self, value: str | None, dialect: Any) -> bytes | None:  # noqa: ARG002
        """Encrypt on the way in."""
        return None if value is None else key_ring().seal(value, purpose=self.purpose)

    def process_result_value(self, value: Any, dialect: Any) -> str | None:  # noqa: ARG002
        """Decrypt on the way out."""
        return None if value is None else key_ring().open(bytes(value), purpose=self.purpose)


def normalise_email(address: str) -> str:
    """Return the form of an address that is compared: trimmed, lower case."""
    return address.strip().casefold()
