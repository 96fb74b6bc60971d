"""Personal data encrypted with AES-256-GCM before it reaches the database (SEC-002, LUX-NFR2.1).

An envelope of three keys: a root key, which stays in a key store, wraps the key of a place (the
directory, or a shop); a place's key wraps the key of each person who has data there. Destroying a
person's key makes all that was sealed with it unreadable at once, wherever a copy of it lies.

`Sealed` is a column under the place's own key: answers, messages, parked forms. `SealedForPerson`
is a column under a person's key: write `key_for(unit, owner=...).seal(text)`, read text, or None
once the key is destroyed. How keys are changed: docs/keys.md.
"""

from app.foundation.sealing.columns import Sealed, SealedForPerson
from app.foundation.sealing.errors import KeysUnavailableError, SealBrokenError
from app.foundation.sealing.people import PersonKey, destroy_key, key_for, key_for_address
from app.foundation.sealing.places import KeyVault, install_vault
from app.foundation.sealing.ring import (
    KeyRing,
    email_indexes,
    install_key_ring,
    key_ring,
    normalise_email,
)

__all__ = [
    "KeyRing",
    "KeyVault",
    "KeysUnavailableError",
    "PersonKey",
    "SealBrokenError",
    "Sealed",
    "SealedForPerson",
    "destroy_key",
    "email_indexes",
    "install_key_ring",
    "install_vault",
    "key_for",
    "key_for_address",
    "key_ring",
    "normalise_email",
]
