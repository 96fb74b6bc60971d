"""Challenges on our pages: the macro `challenge` of components/challenge.html, and its answer.

A view that shows one calls `offer_challenge(purpose)` and gives the result to the macro; the view
that takes the form calls `check_challenge(purpose)` before anything else, outside a unit of work.
"""

from dataclasses import dataclass

from flask import g, request

from app.domains.accounts.challenges.operations import spend_challenge
from app.domains.accounts.challenges.ports import Challenge, ChallengeTask
from app.domains.accounts.challenges.queries import is_challenge_due
from app.domains.accounts.challenges.rules import Purpose
from app.domains.accounts.factors.operations.failures import source_of
from app.faces.shared.limits import client_address
from app.foundation.database import directory_scope
from app.foundation.ports import port
from app.foundation.unit_of_work import unit_of_work

TURNSTILE_ORIGIN = "https://challenges.cloudflare.com"


@dataclass(frozen=True, slots=True)
class OfferedChallenge:
    """What the macro shows: the task, what it is for, and whether it waits for JavaScript."""

    task: ChallengeTask
    purpose: Purpose


def offer_challenge(purpose: Purpose) -> OfferedChallenge:
    """Return a fresh challenge for a form of this page."""
    with unit_of_work(directory_scope()) as unit:
        now = unit.now
    task = port(Challenge).make(purpose=purpose, now=now)
    g.challenge_origin = TURNSTILE_ORIGIN if task.kind == "turnstile" else ""
    return OfferedChallenge(task, purpose)


def answer_in_form() -> str:
    """Return the answer that this form brings, "" where it brings none."""
    return request.form.get("challenge") or request.form.get("cf-turnstile-response", "")


def check_challenge(purpose: Purpose, answer: str | None = None) -> None:
    """Check this form's answer, or the one that is given, and let it count, once.

    Raises ChallengeRefusedError, ChallengeUnavailableError.
    """
    gateway = port(Challenge)
    with unit_of_work(directory_scope()) as unit:
        now = unit.now
    told = answer_in_form() if answer is None else answer
    solved = gateway.check(purpose=purpose, answer=told, host=request.host, now=now)
    with unit_of_work(directory_scope()) as unit:
        spend_challenge(unit, solved=solved)


def is_sign_in_challenged(account_indexes: tuple[bytes, ...] | None) -> bool:
    """Whether a sign-in from here, or to this account, has to answer a challenge first."""
    with unit_of_work(directory_scope()) as unit:
        source = source_of(client_address())
        return is_challenge_due(unit, source=source, account_indexes=account_indexes)
