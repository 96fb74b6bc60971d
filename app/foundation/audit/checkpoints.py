"""Checkpoints: a signed root over all chains, kept where the platform's database cannot reach.

One series for the whole marketplace. Each names the chains that grew since the one before, and the
root of the tree over all; each carries the hash of the file before it. So whoever has the files
and the public key knows what every chain was at every checkpoint.
"""

import base64
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from app.foundation.audit.chain import Head, hash_heads
from app.foundation.audit.ports import CheckpointStore
from app.foundation.audit.rules import SEVEN_YEARS
from app.foundation.audit.verifying import Fault, Finding

VERSION = 1
CHECKPOINTS = "checkpoints"
KEPT = SEVEN_YEARS + timedelta(days=30)
"""How long a checkpoint is locked: as long as the rows that it speaks of, and a month."""


def public_key_of(signing_key: str) -> str:
    """Return the public key of a signing key, both base64."""
    return _encode(_raw(_private(signing_key).public_key()))


def key_name(public_key: str) -> str:
    """Return the name by which checkpoints call a public key."""
    return hashlib.sha256(base64.b64decode(public_key)).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of checkpoints, base64: the first signing key signs; all of them verify.

    `public` are further keys that only verify: an auditor has no others.
    """

    signing: tuple[str, ...] = ()
    public: tuple[str, ...] = ()

    def verifying(self) -> dict[str, Ed25519PublicKey]:
        """Return the public keys by name."""
        known = (*self.public, *(public_key_of(key) for key in self.signing))
        return {
            key_name(key): Ed25519PublicKey.from_public_bytes(base64.b64decode(key))
            for key in known
        }


@dataclass(slots=True)
class History:
    """What the checkpoints say, read from first to last; `faults` are those of the files."""

    heads: dict[tuple[str, str], Head] = field(default_factory=dict)
    claims: dict[str, dict[str, dict[int, bytes]]] = field(default_factory=dict)
    faults: list[Finding] = field(default_factory=list)
    count: int = 0
    last_number: int = 0
    last_at: datetime | None = None
    last_digest: str = ""

    def claims_of(self, database: str) -> dict[str, dict[int, bytes]]:
        """Return what is claimed of a database's chains: by chain, the hash at a position."""
        return self.claims.get(database, {})

    def note(self, number: int, why: str) -> None:
        """Add a fault of a checkpoint's file."""
        self.faults.append(Finding(Fault.UNSIGNED, CHECKPOINTS, why, number))

    def take(self, heads: Iterable[Head]) -> None:
        """Take up heads that a checkpoint names."""
        for head in heads:
            self.heads[head.database, head.chain] = head
            of_database = self.claims.setdefault(head.database, {})
            of_database.setdefault(head.chain, {})[head.position] = head.hash


def name_of(number: int) -> str:
    """Return the name of a checkpoint's file."""
    return f"{number:012d}.json"


def read_history(store: CheckpointStore, keys: Keys) -> History:
    """Read every checkpoint in order; what is wrong with a file is a fault, and nothing is raised."""
    history, verifying = History(), keys.verifying()
    for name in store.list_names():
        number = history.last_number + 1
        if name != name_of(number):
            history.note(number, f"{name_of(number)} is missing or misplaced, found {name}")
        content = store.get(name) or b""
        body = _read(history, name, content, verifying)
        if body is not None:
            _follow(history, name, body)
        history.last_number = _number_in(name, number)
        history.last_digest = hashlib.sha256(content).hexdigest()
        history.count += 1
    return history


def _read(
    history: History, name: str, content: bytes, keys: dict[str, Ed25519PublicKey]
) -> dict[str, Any] | None:
    try:
        file = json.loads(content)
        keys[file["key"]].verify(base64.b64decode(file["signature"]), file["body"].encode())
        body: dict[str, Any] = json.loads(file["body"])
    except KeyError:
        history.note(history.last_number + 1, f"{name} is signed by a key that is not known")
    except (InvalidSignature, ValueError, TypeError, AttributeError):
        history.note(history.last_number + 1, f"{name} was changed, or is no checkpoint")
    else:
        return body
    return None


def _follow(history: History, name: str, body: dict[str, Any]) -> None:
    number = body["number"]
    if name != name_of(number):
        history.note(number, f"{name} is checkpoint {number}")
    if body["previous"] != history.last_digest:
        history.note(number, f"{name} does not follow the file before it")
    history.take(
        Head(database, chain, position, bytes.fromhex(hashed))
        for database, chain, position, hashed in body["heads"]
    )
    if body["root"] != hash_heads(history.heads.values()).hex():
        history.note(number, f"{name} has another root than its heads")
    history.last_at = datetime.fromisoformat(body["at"])


def _number_in(name: str, otherwise: int) -> int:
    stem = name.removesuffix(".json")
    return int(stem) if stem.isascii() and stem.isdigit() else otherwise


def write_checkpoint(
    store: CheckpointStore, keys: Keys, history: History, *, heads: Iterable[Head], at: datetime
) -> int:
    """Sign and keep the next checkpoint over `heads` and all that were known; return its number.

    `history` then knows it too. Raises CheckpointExistsError where another process was quicker,
    CheckpointStoreError; LookupError without a signing key.
    """
    if not keys.signing:
        raise LookupError("no key signs checkpoints: set AUDIT_SIGNING_KEYS")
    grown = [head for head in heads if history.heads.get((head.database, head.chain)) != head]
    known = {**history.heads, **{(head.database, head.chain): head for head in grown}}
    body = json.dumps(
        {
            "version": VERSION,
            "number": history.last_number + 1,
            "at": at.isoformat(),
            "previous": history.last_digest,
            "heads": [[h.database, h.chain, h.position, h.hash.hex()] for h in sorted(grown)],
            "chains": len(known),
            "root": hash_heads(known.values()).hex(),
        },
        separators=(",", ":"),
    )
    content = _sign(body, keys.signing[0])
    store.put(name_of(history.last_number + 1), content, keep_until=at + KEPT)
    history.take(grown)
    history.last_number += 1
    history.last_digest, history.last_at = hashlib.sha256(content).hexdigest(), at
    history.count += 1
    return history.last_number


def _sign(body: str, signing_key: str) -> bytes:
    signature = _private(signing_key).sign(body.encode())
    file = {
        "key": key_name(public_key_of(signing_key)), "signature": _encode(signature), "body": body,
    }  # fmt: skip
    return json.dumps(file, indent=1).encode()


def _private(signing_key: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(base64.b64decode(signing_key))


def _raw(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)


def _encode(value: bytes) -> str:
    return base64.b64encode(value).decode()
