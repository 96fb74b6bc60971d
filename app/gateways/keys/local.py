"""Root keys on this machine: a list, from the configuration or from a file that is read again.

For the demo and for a marketplace on one machine. The first key wraps, all of them unwrap.
"""

import base64
import hashlib
import secrets
from collections.abc import Callable, Collection, Iterable
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.foundation.ports import KeyStoreUnavailableError, WrappedKey

_NONCE_BYTES, _KEY_BYTES = 12, 32


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


class RootKeyFile:
    """Root keys in a file, one in each line; read each time anew, so that a new one needs no restart."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> tuple[str, ...]:
        """Return the keys as they stand in the file. Raises KeyStoreUnavailableError."""
        try:
            return tuple(self._path.read_text().split())
        except OSError as error:
            raise KeyStoreUnavailableError(f"{self._path.name}: {error.strerror}") from error

    def add_new(self) -> str:
        """Put a fresh key in front of the others; return its name."""
        key = secrets.token_bytes(_KEY_BYTES)
        self._write((base64.urlsafe_b64encode(key).decode(), *self.read()))
        return key_name(key)

    def keep_only(self, names: Collection[str]) -> int:
        """Remove the keys that are not named; the first stays in any case. Return how many went."""
        first, *others = self.read()
        kept = [text for text in others if key_name(base64.urlsafe_b64decode(text)) in names]
        self._write((first, *kept))
        return len(others) - len(kept)

    def _write(self, keys: Iterable[str]) -> None:
        """Write the file whole, for its owner only: a reader sees the old or the new, never half."""
        fresh = self._path.with_name(f"{self._path.name}.new")
        fresh.unlink(missing_ok=True)
        fresh.touch(mode=0o600)
        fresh.write_text("".join(f"{key}\n" for key in keys))
        fresh.replace(self._path)
