"""Pure rules about challenges: for what, how long, and when somebody has to answer one."""

from datetime import timedelta
from enum import StrEnum

CHALLENGE_LIFE = timedelta(minutes=10)
LONGEST_ANSWER = 4096
FREE_FAILURES = 2
"""Failures in 15 minutes, of the account or from the address, before a sign-in asks for one."""
MANY_FAILURES = 500
"""Failures in 15 minutes of everybody together, from which on every sign-in asks for one."""


class Purpose(StrEnum):
    """The form that a challenge is for; an answer counts for one of them only."""

    SIGN_UP = "sign_up"
    SIGN_IN = "sign_in"
    RESET = "reset"
    PAYMENT = "payment"
