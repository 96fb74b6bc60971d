"""Pure rules about keys for programs: how one looks, what it may open, how long it lasts.

A key is `gal_`, 40 random letters and digits, and 6 that check them: whoever finds one in a file
can tell that it is one, and a typing mistake never reaches the database.
"""

import re
import zlib
from datetime import timedelta
from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext

from app.domains.accounts.permissions import OF_SHOP, Permission

PREFIX = "gal_"
RANDOM_LETTERS, CHECK_LETTERS = 40, 6
LONGEST_NAME = 60
LIVES = (7, 30, 90, 180, 365)
"""How many days a key may last; the person chooses."""
USUAL_LIFE = 90
MOST_TOKENS = 30
"""How many keys a person may have that still open something."""
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_FORM = re.compile(rf"gal_[0-9A-Za-z]{{{RANDOM_LETTERS + CHECK_LETTERS}}}")


class OwnScope(StrEnum):
    """What a key may open of the person's own account, on every shop."""

    SEE_ACCOUNT = "see_account"
    CHANGE_ACCOUNT = "change_account"
    END_SESSIONS = "end_sessions"
    SEE_ADDRESSES = "see_addresses"
    CHANGE_ADDRESSES = "change_addresses"
    SEE_OWN_ORDERS = "see_own_orders"


OF_ACCOUNT: dict[OwnScope, Any] = {
    OwnScope.SEE_ACCOUNT: lazy_gettext("See your name, address of mail, language and currency."),
    OwnScope.CHANGE_ACCOUNT: lazy_gettext("Change your name, language and currency."),
    OwnScope.END_SESSIONS: lazy_gettext("See where you are signed in, and sign you out there."),
    OwnScope.SEE_ADDRESSES: lazy_gettext("See the addresses that you keep."),
    OwnScope.CHANGE_ADDRESSES: lazy_gettext("Add, change and remove the addresses that you keep."),
    OwnScope.SEE_OWN_ORDERS: lazy_gettext("See your orders, shop by shop."),
}
SHOP_SCOPES = (Permission.SEE_ORDERS, Permission.SEE_PRODUCTS)
"""What a key may open of a shop, as far as its maker still may: what the API has calls for."""

Scope = OwnScope | Permission


def tell_scope(scope: Scope) -> str:
    """Return a scope's sentence in the reader's language."""
    return str(OF_ACCOUNT[scope] if isinstance(scope, OwnScope) else OF_SHOP[scope])


def life(days: int) -> timedelta:
    """Return how long a key lasts. Raises ValueError for a number that is not offered."""
    if days not in LIVES:
        raise ValueError(days)
    return timedelta(days=days)


def write_secret(random_letters: str) -> str:
    """Return the key made of random letters and digits."""
    return f"{PREFIX}{random_letters}{_check_letters(random_letters)}"


def is_key(text: str) -> bool:
    """Whether a text is a key as they are written: the last letters check the others."""
    if not _FORM.fullmatch(text):
        return False
    letters = text.removeprefix(PREFIX)
    return _check_letters(letters[:RANDOM_LETTERS]) == letters[RANDOM_LETTERS:]


def _check_letters(text: str) -> str:
    number, written = zlib.crc32(text.encode()), ""
    for _ in range(CHECK_LETTERS):
        number, rest = divmod(number, len(ALPHABET))
        written = ALPHABET[rest] + written
    return written
