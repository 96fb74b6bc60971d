"""Ids that may be seen outside: time-ordered, opaque, made in Python (RFC 9562, version 7)."""

import os
import secrets
import time
import uuid

_VERSION_AND_VARIANT = (0x7 << 76) | (0b10 << 62)


def new_id() -> uuid.UUID:
    """Return a new UUID version 7: 48 bits of milliseconds, then 74 random bits."""
    milliseconds = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10), "big")
    high, low = (random >> 62) & 0xFFF, random & ((1 << 62) - 1)
    return uuid.UUID(int=(milliseconds << 80) | (high << 64) | low | _VERSION_AND_VARIANT)


def new_token() -> str:
    """Return a secret of 256 bits for a link or a cookie; store only its hash."""
    return secrets.token_urlsafe(32)


def parse_id(text: str) -> uuid.UUID | None:
    """Return the id written in `text`, or None where it is not one."""
    try:
        return uuid.UUID(text)
    except (ValueError, AttributeError, TypeError):
        return None
