"""Root keys on this machine: a list, from the configuration or from a file that is read again.

For the demo and for a marketplace on one machine. The first key wraps, all of them unwrap.
"""

import base64
import hashlib
import secrets
from collections.abc import Callable
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.foundation.ports import KeyStoreUnavailableError, WrappedKey

_NONCE_BYTES = 12


class LocalKeyStore:
    """Answers for KeyStore with keys in base64, each named by its own hash."""

    def __init__(self, read: Callable[[], tuple[str, ...]]) -> None:
        self._read = read

    @property
    def current(self) -> str:
        """The name of the first key."""
        return next(iter(self._keys()))

    def wrap(self, key: bytes, *, place: str) -> WrappedKey:
        """Encrypt a place's key with the first key."""
        keys = self._keys()
        name, nonce = next(iter(keys)), secrets.token_bytes(_NONCE_BYTES)
        return WrappedKey(name, nonce + AESGCM(keys[name]).encrypt(nonce, key, place.encode()))

    def unwrap(self, kept: WrappedKey, *, place: str) -> bytes:
        """Decrypt a place's key with the key of its name."""
        try:
            key = self._keys()[kept.root_name]
        except KeyError:
            raise LookupError(f"no root key is called {kept.root_name}") from None
        nonce, body = kept.wrapped[:_NONCE_BYTES], kept.wrapped[_NONCE_BYTES:]
        try:
            return AESGCM(key).decrypt(nonce, body, place.encode())
        except InvalidTag:
            raise ValueError("a wrapped key was changed, or belongs to another place") from None

    def _keys(self) -> dict[str, bytes]:
        decoded = [base64.urlsafe_b64decode(text) for text in self._read()]
        if not decoded:
            raise KeyStoreUnavailableError("no root key is given")
        return {key_name(key): key for key in decoded}


def key_name(key: bytes) -> str:
    """Return what a root key is called: by a hash of it, which tells nothing of it."""
    return "local-" + hashlib.sha256(b"galleria root key" + key).hexdigest()[:12]


def keys_in(path: Path) -> Callable[[], tuple[str, ...]]:
    """Return what reads root keys from a file, one in each line, each time anew."""

    def read() -> tuple[str, ...]:
        try:
            return tuple(path.read_text().split())
        except OSError as error:
            raise KeyStoreUnavailableError(f"{path.name}: {error.strerror}") from error

    return read
