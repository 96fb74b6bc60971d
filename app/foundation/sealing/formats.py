"""The bytes of sealed values and wrapped keys: what stands in front, what is bound in. Pure.

Every value begins with a mark and the name of the key that opens it, so that rows can be counted by
key with SQL alone, and a reader needs to guess nothing.

    place value    mark, version of the place's key (4), nonce (12), cipher text and tag
    person value   mark, id of the person's key (16), nonce (12), cipher text and tag
    wrapped key    mark, version of the place's key (4), nonce (12), key and tag (48): 68 in all
"""

import secrets
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.foundation.sealing.errors import SealBrokenError

PLACE_MARK, PERSON_MARK, WRAPPED_MARK = b"\x00gp\x02", b"\x00gk\x02", b"\x00gw\x02"
UNSEEN_MARK = b"?"
"""In front of a value whose key a statement did not see."""
MARK_BYTES, VERSION_BYTES, ID_BYTES, NONCE_BYTES, KEY_BYTES, TAG_BYTES = 4, 4, 16, 12, 32, 16
WRAPPED_BYTES = MARK_BYTES + VERSION_BYTES + NONCE_BYTES + KEY_BYTES + TAG_BYTES


def new_key() -> bytes:
    """Return a fresh AES-256 key."""
    return secrets.token_bytes(KEY_BYTES)


def version_head(version: int) -> bytes:
    """Return how a value begins that a place's key of this version seals."""
    return PLACE_MARK + version.to_bytes(VERSION_BYTES)


def seal_in_place(cipher: AESGCM, version: int, plain: str, *, purpose: str, place: str) -> bytes:
    """Encrypt a text with a place's key."""
    return version_head(version) + _encrypt(cipher, plain.encode(), _bound(purpose, place))


def open_in_place(cipher: AESGCM, sealed: bytes, *, purpose: str, place: str) -> str:
    """Decrypt what `seal_in_place` made. Raises SealBrokenError."""
    body = sealed[MARK_BYTES + VERSION_BYTES :]
    return _decrypt(cipher, body, _bound(purpose, place)).decode()


def seal_for_person(cipher: AESGCM, key_id: UUID, plain: str, *, purpose: str) -> bytes:
    """Encrypt a text with a person's key."""
    head = PERSON_MARK + key_id.bytes
    return head + _encrypt(cipher, plain.encode(), _bound(purpose, str(key_id)))


def open_for_person(cipher: AESGCM, sealed: bytes, *, purpose: str) -> str:
    """Decrypt what `seal_for_person` made. Raises SealBrokenError."""
    body = sealed[MARK_BYTES + ID_BYTES :]
    return _decrypt(cipher, body, _bound(purpose, str(key_id_of(sealed)))).decode()


def wrap(cipher: AESGCM, version: int, key: bytes, *, key_id: UUID, place: str) -> bytes:
    """Encrypt a person's key with the key of a place."""
    head = WRAPPED_MARK + version.to_bytes(VERSION_BYTES)
    return head + _encrypt(cipher, key, _bound("sealing_key", place, str(key_id)))


def unwrap(cipher: AESGCM, wrapped: bytes, *, key_id: UUID, place: str) -> bytes:
    """Decrypt what `wrap` made. Raises SealBrokenError."""
    body = wrapped[MARK_BYTES + VERSION_BYTES :]
    return _decrypt(cipher, body, _bound("sealing_key", place, str(key_id)))


def version_of(value: bytes) -> int:
    """Return which version of the place's key a place value or a wrapped key was made with."""
    return int.from_bytes(value[MARK_BYTES : MARK_BYTES + VERSION_BYTES])


def key_id_of(sealed: bytes) -> UUID:
    """Return which person's key a value was sealed with."""
    return UUID(bytes=sealed[MARK_BYTES : MARK_BYTES + ID_BYTES])


def _bound(*facts: str) -> bytes:
    return "\x1f".join(facts).encode()


def _encrypt(cipher: AESGCM, plain: bytes, bound: bytes) -> bytes:
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + cipher.encrypt(nonce, plain, bound)


def _decrypt(cipher: AESGCM, body: bytes, bound: bytes) -> bytes:
    try:
        return cipher.decrypt(body[:NONCE_BYTES], body[NONCE_BYTES:], bound)
    except (InvalidTag, ValueError) as error:
        raise SealBrokenError("a sealed value was changed or moved") from error
