"""Pure rules about passwords, codes, failures and pauses (SEC-009, NIST 63B-4, ASVS 6.2-6.5)."""

import ipaddress
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise

from app.domains.accounts.factors.errors import (
    PasswordCommonError,
    PasswordNamesYouError,
    PasswordTooLongError,
    PasswordTooShortError,
)

LEAST_ALONE, LEAST_WITH_SECOND, LONGEST_PASSWORD = 15, 8, 1024
"""Characters, after normalising: without a second factor, with one, and at most."""
OWN_WORDS = ("galleria", "password", "passwort", "motdepasse")
SHORTEST_WORD, LEAST_BESIDES = 4, 6
"""A word of the person counts from this length; so many characters must be left without it."""

CODE_SECONDS = 30
CODE_DRIFT = 1
"""How many steps a clock may be off, either way (RFC 6238, section 5.2)."""
RECOVERY_CODES = 10
RECOVERY_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
RECOVERY_GROUPS, RECOVERY_GROUP = 3, 4
"""Three groups of four from 31 signs that are not mistaken for each other: 59 bits."""

CHALLENGE_LIFE = timedelta(minutes=5)
MOST_PASSKEYS = 20
LONGEST_NAME = 60
SECOND_STEP_LIFE = timedelta(minutes=10)
"""Between the password and the second factor."""
RESET_LIFE = timedelta(hours=1)
MOST_RESETS = 3
"""Mails with a link that one person gets in an hour."""
PAYOUT_PAUSE = timedelta(hours=48)
"""Money stays where it is after the bank account or a second factor changed (security.md 3)."""

FAILURE_WINDOW = timedelta(minutes=15)


class Factor(StrEnum):
    """A second factor, or what stands in for one."""

    PASSKEY = "passkey"
    APP = "app"
    RECOVERY_CODE = "recovery_code"


class Ceremony(StrEnum):
    """What a passkey is asked for; an answer counts for one of them only."""

    REGISTER = "register"
    SIGN_IN = "sign_in"
    SECOND_STEP = "second_step"
    PROVE = "prove"
    RESET = "reset"


class Step(StrEnum):
    """What can fail and is counted on its own."""

    PASSWORD = "password"  # noqa: S105 - the name of a step
    CODE = "code"


class PauseReason(StrEnum):
    """Why payouts of a shop wait."""

    SECOND_FACTOR = "second_factor"
    BANK_ACCOUNT = "bank_account"


@dataclass(frozen=True, slots=True)
class FailureLimits:
    """How many failures within FAILURE_WINDOW stop further tries."""

    account: int = 5
    device: int = 5
    address: int = 20
    network: int = 100


LIMITS = FailureLimits()


def normalise_password(password: str) -> str:
    """Return what is hashed: NFKC, so that a sign typed on another keyboard is the same sign.

    Nothing is trimmed and no case is changed (NIST 63B-4, section 3.1.1.2).
    """
    encodable = password.encode("utf-8", "backslashreplace").decode()
    return unicodedata.normalize("NFKC", encodable)


def check_password(password: str, *, words: Iterable[str], has_second_factor: bool) -> None:
    """Check a new password; `words` are the person's own: address, name, shop.

    Raises PasswordTooShortError, PasswordTooLongError, PasswordCommonError, PasswordNamesYouError.
    """
    normal = normalise_password(password)
    least = LEAST_WITH_SECOND if has_second_factor else LEAST_ALONE
    if len(normal) < least:
        raise PasswordTooShortError(least=least)
    if len(normal) > LONGEST_PASSWORD:
        raise PasswordTooLongError(most=LONGEST_PASSWORD)
    if is_common(normal):
        raise PasswordCommonError
    if _names(normal.casefold(), (*OWN_WORDS, *words)):
        raise PasswordNamesYouError


def is_common(password: str) -> bool:
    """Whether a password is in the list, the list's with ornaments, a repetition or a row."""
    folded = password.casefold()
    core = folded.strip("0123456789 !?.,-_*#$%&@+")
    known = common_passwords()
    if folded in known or (core != folded and core in known):
        return True
    return _repeats(folded) or _is_row(folded)


def _repeats(text: str) -> bool:
    """Whether a text is one piece again and again, and that piece is short or well known."""
    for size in range(1, len(text) // 2 + 1):
        piece = text[:size]
        if (piece * (len(text) // size + 1))[: len(text)] == text:
            return size < SHORTEST_WORD or piece in common_passwords()
    return False


def _is_row(text: str) -> bool:
    """Whether each sign follows the one before: abcdef, 123456789012345, fedcba."""
    steps = {(ord(b) - ord(a)) % 10 for a, b in pairwise(text)}
    return len(text) > 1 and steps in ({1}, {9})


def _names(password: str, words: Iterable[str]) -> bool:
    """Whether little is left of a password without the words that anybody would try first."""
    parts = {part for word in words for part in _parts(word)}
    left = password
    for part in sorted(parts, key=len, reverse=True):
        left = left.replace(part, "")
    return left != password and len(left) < LEAST_BESIDES


def _parts(word: str) -> list[str]:
    spaced = "".join(sign if sign.isalnum() else " " for sign in word.casefold())
    found = [word.casefold(), *spaced.split(), spaced.replace(" ", "")]
    return [part for part in found if len(part) >= SHORTEST_WORD]


@lru_cache(maxsize=1)
def common_passwords() -> frozenset[str]:
    """Return the 30,000 most used passwords, of zxcvbn's list (MIT; ASVS 6.2.4 asks for 3,000)."""
    from zxcvbn.frequency_lists import (  # noqa: PLC0415 - 15 MB for processes that check one
        FREQUENCY_LISTS,
    )

    return frozenset(FREQUENCY_LISTS["passwords"])


def normalise_code(typed: str) -> str:
    """Return a code as it is compared: no spaces or hyphens, lower case."""
    return "".join(sign for sign in typed.casefold() if sign.isalnum())


def network_of(address: str) -> str:
    """Return the network that an address counts to: /24 or /48; the text itself if it is none."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped:
        parsed = parsed.ipv4_mapped
    prefix = 24 if parsed.version == 4 else 48  # noqa: PLR2004 - the versions' own numbers
    return str(ipaddress.ip_network(f"{parsed}/{prefix}", strict=False))
