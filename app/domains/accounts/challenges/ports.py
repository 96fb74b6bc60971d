"""What challenges need from outside: somebody who makes them and knows their right answers."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from app.domains.accounts.challenges.rules import Purpose


@dataclass(frozen=True, slots=True)
class ChallengeTask:
    """What a page needs to let a browser answer; nothing in it is secret.

    `kind` chooses the part of the page, `task` is what the script works on, `field` is the form's
    field with the answer.
    """

    kind: str
    task: str
    field: str


@dataclass(frozen=True, slots=True)
class SolvedChallenge:
    """A right answer; `id` lets it count once, until `expires_at`."""

    id: str
    expires_at: datetime


class Challenge(Protocol):
    """Makes challenges that cost a program something and a person nothing."""

    def make(self, *, purpose: Purpose, now: datetime) -> ChallengeTask:
        """Return a task for one form."""

    def check(self, *, purpose: Purpose, answer: str, host: str, now: datetime) -> SolvedChallenge:
        """Return what was solved.

        Raises ChallengeRefusedError where the answer is not right, for this purpose, on this host,
        and in time; ChallengeUnavailableError where nobody can say.
        """
