"""Locks and checks that a race test's control may take away, to show that the race is real."""

from enum import StrEnum


class Guard(StrEnum):
    """Each guard, with what is lost without it."""

    STOCK_LOCK = "stock_lock"
    """Two buyers read the same free stock: the last piece is sold twice."""
    WEBHOOK_ONCE = "webhook_once"
    """An event that is delivered twice is applied twice."""
    IDEMPOTENCY = "idempotency"
    """A request sent twice takes effect twice."""
    PAYMENT_LOCK = "payment_lock"
    """Webhook, return page and job settle the same payment side by side."""
    CODE_ONCE = "code_once"
    """A one-time code or a recovery code opens the door twice."""
    CHALLENGE_ONCE = "challenge_once"
    """A passkey's answer that somebody recorded is good again."""
    RESET_ONCE = "reset_once"
    """A link to a new password that two use at once sets two passwords."""
    FACTOR_LOCK = "factor_lock"
    """Two removals at once leave somebody with a role without any second factor."""
    ATTEMPT_LOCK = "attempt_lock"
    """Many guesses at once all look before the first is counted."""
    PAYMENT_START_LOCK = "payment_start_lock"
    """Many payments of one basket at once all look before the first is counted."""
    KEY_AGE = "key_age"
    """A process seals with a place's key long after it was retired: rows are left on it."""
    OWNERS_LOCK = "owners_lock"
    """Two owners let each other go at once: the shop has none."""
    INVITATION_LOCK = "invitation_lock"
    """An invitation that is accepted twice at once is answered twice."""
    APPROVAL_LOCK = "approval_lock"
    """Two people decide on the same wish at once: both are told that theirs counts."""
    CORRECTION_LOCK = "correction_lock"
    """Small corrections posted at once go past what one person may post alone."""


_disabled: set[str] = set()


def disable_guards(names: frozenset[str]) -> None:
    """Take guards away; the configuration refuses this outside tests."""
    _disabled.clear()
    _disabled.update(names)


def is_guarded(guard: Guard) -> bool:
    """Whether a guard is in force; always, but in a race test's control."""
    return guard.value not in _disabled
