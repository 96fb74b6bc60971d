"""The keys of places: made on first use, kept by the process for five minutes, asked for by units.

A place is the directory, or a shop. Its key has versions; the newest seals, all that are kept open.
What a process keeps grows old after `kept_seconds`: so a new version is in use everywhere soon after
it was made, and one that was retired later than that is used by nobody (`rotation.settling` waits for it).
"""

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, Table, literal_column, select
from sqlalchemy.dialects.postgresql import insert

from app.foundation.database import DIRECTORY, Scope, ShopScope, db
from app.foundation.guards import Guard, is_guarded
from app.foundation.ports import KeyStore, KeyStoreUnavailableError, WrappedKey, port
from app.foundation.sealing import formats
from app.foundation.sealing.errors import KeysUnavailableError, SealBrokenError
from app.foundation.sealing.ring import key_ring

log = structlog.get_logger(__name__)
MOST_KEPT = 5000


@dataclass(frozen=True, slots=True)
class PlaceKeys:
    """The opened keys of one place: the newest version seals, each opens its own.

    `former` were there when the keys were read before: a reader that is opening what it found a
    moment ago may still need them.
    """

    current: int
    ciphers: Mapping[int, AESGCM]
    former: Mapping[int, AESGCM] = field(default_factory=dict)
    read_at: float = field(default_factory=time.monotonic)

    def find(self, version: int) -> AESGCM | None:
        """Return what opens values of a version."""
        return self.ciphers.get(version) or self.former.get(version)


@dataclass(frozen=True, slots=True)
class StoredKey:
    """A version of a place's key as it stands in the database."""

    version: int
    kept: WrappedKey


class KeyVault:
    """What this process keeps of the places' keys, so that the key store is not asked each time."""

    def __init__(self, *, kept_seconds: float) -> None:
        self.kept_seconds = kept_seconds
        self._kept: dict[str, PlaceKeys] = {}
        self._lock = threading.Lock()

    def find(self, place: str) -> PlaceKeys | None:
        """Return a place's keys unless they are too old to be relied upon."""
        keys = self._kept.get(place)
        if keys is None or not is_guarded(Guard.KEY_AGE):
            return keys
        return keys if time.monotonic() - keys.read_at < self.kept_seconds else None

    def unlock(self, place: str, stored: Sequence[StoredKey]) -> PlaceKeys:
        """Open what the database has of a place's keys, and keep it. Raises KeysUnavailableError."""
        before = self._kept.get(place)
        ciphers = {key.version: _open(key, place, before) for key in stored}
        keys = PlaceKeys(max(ciphers), ciphers, before.ciphers if before else {})
        with self._lock:
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            self._kept[place] = keys
        return keys

    def forget(self) -> None:
        """Drop everything that is kept: it is read again when it is next needed."""
        with self._lock:
            self._kept.clear()


def _open(key: StoredKey, place: str, before: PlaceKeys | None) -> AESGCM:
    """Ask the key store; where it is away, go on with what was opened before."""
    try:
        return AESGCM(port(KeyStore).unwrap(key.kept, place=place))
    except (LookupError, ValueError) as error:
        raise SealBrokenError(f"the key of {place} cannot be opened: {error}") from error
    except KeyStoreUnavailableError:
        if before is None or key.version not in before.ciphers:
            raise KeysUnavailableError from None
        log.warning("key store away, going on with the key that is kept", place=place)
        return before.ciphers[key.version]


class _Holder:
    vault: KeyVault | None = None


def install_vault(vault: KeyVault) -> None:
    """Give the process its vault; the wiring does it once at start."""
    _Holder.vault = vault


def vault() -> KeyVault:
    """Return the process's vault. Raises LookupError where the wiring has not run."""
    if _Holder.vault is None:
        raise LookupError("no keys: the wiring has not run")
    return _Holder.vault


def key_table(database_kind: str, name: str) -> Table:
    """Return a table of keys: they are declared with the other tables, in foundation/models.py."""
    return db.metadatas[database_kind].tables[
        name if database_kind == "shop" else f"{database_kind}.{name}"
    ]


class UnitKeys:
    """The keys of one unit of work: of its place, read when they are first needed."""

    def __init__(self, scope: Scope, connection: Connection, now: datetime) -> None:
        self._scope = scope
        self._connection = connection
        self._now = now
        self._own: PlaceKeys | None = None
        self._unwrapped: dict[bytes, AESGCM] = {}
        self.held: dict[bytes, Any] = {}
        """The keys of people that this unit has locked, by their owners (people.py)."""

    @property
    def place(self) -> str:
        """Which place the unit is bound to. Raises LookupError for work over all shops."""
        if isinstance(self._scope, ShopScope):
            return self._scope.schema
        if self._scope.database == DIRECTORY:
            return DIRECTORY
        raise LookupError("only the directory and shops have keys")

    @property
    def place_table(self) -> Table:
        """Where the versions of the place's key stand."""
        if self.place == DIRECTORY:
            return key_table("directory", "directory_key")
        return key_table("platform", "shop_key")

    @property
    def people_table(self) -> Table:
        """Where the keys of people stand in this place."""
        if self.place == DIRECTORY:
            return key_table("directory", "person_key")
        return key_table("shop", "sealing_key")

    @property
    def current_version(self) -> int:
        """The version of the place's key that seals now."""
        return self._keys().current

    def seal(self, plain: str, *, purpose: str) -> bytes:
        """Seal a text with the place's key."""
        keys = self._keys()
        cipher = keys.ciphers[keys.current]
        return formats.seal_in_place(cipher, keys.current, plain, purpose=purpose, place=self.place)

    def open(self, sealed: bytes, *, purpose: str) -> str:
        """Open what `seal` made, or the first release. Raises SealBrokenError."""
        if not sealed.startswith(formats.PLACE_MARK):
            return key_ring().open(sealed, purpose=purpose)
        cipher = self._cipher(formats.version_of(sealed))
        return formats.open_in_place(cipher, sealed, purpose=purpose, place=self.place)

    def wrap(self, key: bytes, *, key_id: UUID) -> bytes:
        """Wrap a person's key with the place's."""
        keys = self._keys()
        cipher = keys.ciphers[keys.current]
        return formats.wrap(cipher, keys.current, key, key_id=key_id, place=self.place)

    def unwrap_bytes(self, wrapped: bytes, *, key_id: UUID) -> bytes:
        """Return a person's key in the clear; for wrapping it anew."""
        cipher = self._cipher(formats.version_of(wrapped))
        return formats.unwrap(cipher, wrapped, key_id=key_id, place=self.place)

    def unwrap(self, wrapped: bytes, *, key_id: UUID) -> AESGCM:
        """Return what opens and seals for a person; unwrapped once in a unit."""
        if wrapped not in self._unwrapped:
            self._unwrapped[wrapped] = AESGCM(self.unwrap_bytes(wrapped, key_id=key_id))
        return self._unwrapped[wrapped]

    def open_for_person(self, value: bytes, *, purpose: str) -> str | None:
        """Open a value that comes with its wrapped key in front; None where the key is destroyed."""
        if value.startswith(formats.PERSON_MARK):
            return None
        if value.startswith(formats.UNSEEN_MARK + formats.PERSON_MARK):
            raise SealBrokenError("the key came after the statement began: ask again")
        if not value.startswith(formats.WRAPPED_MARK):
            return self.open(value, purpose=purpose)
        wrapped, sealed = value[: formats.WRAPPED_BYTES], value[formats.WRAPPED_BYTES :]
        if not sealed.startswith(formats.PERSON_MARK):
            raise SealBrokenError("a value for a person does not begin with the key's id")
        cipher = self.unwrap(wrapped, key_id=formats.key_id_of(sealed))
        return formats.open_for_person(cipher, sealed, purpose=purpose)

    def read_again(self) -> PlaceKeys:
        """Read the place's keys from the database, whatever this process keeps."""
        stored = self._read()
        return vault().unlock(self.place, stored) if stored else self._make()

    def _keys(self) -> PlaceKeys:
        return self._own or vault().find(self.place) or self.read_again()

    def _cipher(self, version: int) -> AESGCM:
        cipher = self._keys().find(version) or self.read_again().find(version)
        if cipher is None:
            raise SealBrokenError(f"{self.place} has no key of version {version} any more")
        return cipher

    def _read(self) -> list[StoredKey]:
        table = self.place_table
        query = select(table.c.version, table.c.root_name, table.c.wrapped)
        if self.place != DIRECTORY:
            query = query.where(table.c.shop == literal_column("current_user"))
        rows = self._connection.execute(query)
        return [StoredKey(row.version, WrappedKey(row.root_name, row.wrapped)) for row in rows]

    def _make(self) -> PlaceKeys:
        """Make the place's first key; kept by this unit alone until its commit makes it true."""
        made = self.add_version(1, renews_people=False)
        if made is None:
            return vault().unlock(self.place, self._read())
        self._own = PlaceKeys(1, {1: made})
        return self._own

    def add_version(self, version: int, *, renews_people: bool) -> AESGCM | None:
        """Write a new version of the place's key down; None where another has just done it."""
        key = formats.new_key()
        try:
            kept = port(KeyStore).wrap(key, place=self.place)
        except KeyStoreUnavailableError:
            raise KeysUnavailableError from None
        facts: dict[str, Any] = {
            "version": version, "wrapped": kept.wrapped, "root_name": kept.root_name,
            "renews_people": renews_people, "made_at": self._now,
        }  # fmt: skip
        written = self._connection.execute(
            insert(self.place_table)
            .values(**facts)
            .on_conflict_do_nothing()
            .returning(self.place_table.c.version)
        ).first()
        return AESGCM(key) if written else None
