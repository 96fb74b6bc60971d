"""What is hashed, and how: the same for the sealer, the checkpoint and the verifier.

A row's hash is over all its columns; an entry's hash is over the entry before it, its place in the
chain, what the verifier must know when the row's time is over, and the row's hash. Leaves and
nodes of the tree over all heads are told apart by their first byte (RFC 6962).
"""

import hashlib
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from app.foundation.database import DIRECTORY

START = bytes(32)
_LEAF, _NODE = b"\x00", b"\x01"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class LogTables:
    """The log and the chain of one kind of database, as they are written in SQL."""

    log: str
    chain: str
    forget: str


_OF_DIRECTORY = LogTables(
    "directory.directory_audit", "directory.directory_audit_chain",
    "directory.forget_directory_audit",
)  # fmt: skip
_OF_CELL = LogTables("platform.audit", "platform.audit_chain", "platform.forget_audit")

ROW_TEXT = (
    "jsonb_build_array(a.shop, a.id, a.xact::text, a.kind, a.actor, a.action, a.object_kind,"
    " a.object_id, a.before, a.after, a.fields, a.place, a.network, a.trace,"
    " (extract(epoch FROM a.recorded_at) * 1000000)::bigint)::text"
)
"""A row `a` of the log as one text, whatever the session's settings: every column is in it."""


def tables_of(database: str) -> LogTables:
    """Return the names of the log and its chain in a database."""
    return _OF_DIRECTORY if database == DIRECTORY else _OF_CELL


def hash_row(row_text: str) -> bytes:
    """Return the hash of a row, given as ROW_TEXT."""
    return hashlib.sha256(row_text.encode()).digest()


@dataclass(frozen=True, slots=True)
class Entry:
    """One link of a chain: what the hash binds besides the link before it.

    `audit_id` is the row's id in 16 bytes, `sealed_at` in microseconds since 1970.
    """

    chain: str
    position: int
    audit_id: bytes
    xact: int
    kind: str
    sealed_at: int
    row_hash: bytes


def hash_entry(before: bytes, entry: Entry) -> bytes:
    """Return the hash of an entry that stands behind the entry with the hash `before`."""
    name = f"{entry.chain}\0{entry.kind}\0".encode()
    numbers = struct.pack(">QQq", entry.position, entry.xact, entry.sealed_at)
    return hashlib.sha256(before + name + numbers + entry.audit_id + entry.row_hash).digest()


def microseconds(instant: datetime) -> int:
    """Return an instant as the chain keeps it: microseconds since 1970."""
    return (instant - _EPOCH) // timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, order=True)
class Head:
    """How far a chain of a database has come: its last position and that entry's hash."""

    database: str
    chain: str
    position: int
    hash: bytes


def hash_heads(heads: Iterable[Head]) -> bytes:
    """Return the root of the tree over heads, whatever their order; of none, a hash of nothing."""
    level: Sequence[bytes] = [
        hashlib.sha256(
            _LEAF + f"{head.database}\0{head.chain}\0{head.position}\0".encode() + head.hash
        ).digest()
        for head in sorted(heads)
    ]
    if not level:
        return hashlib.sha256(b"").digest()
    while len(level) > 1:
        level = [_join(level[i : i + 2]) for i in range(0, len(level), 2)]
    return level[0]


def _join(pair: Sequence[bytes]) -> bytes:
    return pair[0] if len(pair) == 1 else hashlib.sha256(_NODE + pair[0] + pair[1]).digest()
