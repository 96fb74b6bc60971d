"""Challenges that a browser works on for about a second: made and checked here, by nobody else.

ALTCHA's proof of work, in its form with a known effort: we choose how many keys must be derived,
derive the last one ourselves and give its beginning away. Checking costs one HMAC. Nothing is kept
until an answer is spent, and nobody else learns who signs up.
"""

import base64
import hmac
import json
import secrets
from datetime import UTC, datetime
from typing import Any

import altcha

from app.domains.accounts.challenges.errors import ChallengeRefusedError
from app.domains.accounts.challenges.ports import ChallengeTask, SolvedChallenge
from app.domains.accounts.challenges.rules import CHALLENGE_LIFE, LONGEST_ANSWER, Purpose

ALGORITHM = "PBKDF2/SHA-256"
ITERATIONS = 5000
"""Of each key; a phone of 2022 does about a million in a second, and we five thousand in 2 ms."""
FIELD = "challenge"


class ProofOfWork:
    """Answers for Challenge on our own; the first secret signs, all verify."""

    def __init__(self, secret_keys: tuple[str, ...], *, rounds: int) -> None:
        self._secrets = tuple(
            hmac.digest(key.encode(), b"challenge", "sha256") for key in secret_keys
        )
        self._rounds = rounds

    def make(self, *, purpose: Purpose, now: datetime) -> ChallengeTask:
        """Return a task of between half and one and a half times the usual rounds."""
        expires = int((now + CHALLENGE_LIFE).timestamp())
        made = altcha.create_challenge(
            ALGORITHM,
            ITERATIONS,
            counter=self._rounds // 2 + secrets.randbelow(self._rounds + 1),
            data={"purpose": purpose.value, "expires": expires},
            hmac_secret=self._secrets[0],
            hmac_key_secret=self._secrets[0],
        )
        return ChallengeTask("work", json.dumps(made.to_dict()), FIELD)

    def check(self, *, purpose: Purpose, answer: str, host: str, now: datetime) -> SolvedChallenge:
        """Return what was solved. Raises ChallengeRefusedError."""
        del host  # the signature is ours, and purpose and time are in what it signs
        payload = _read(answer)
        if not any(self._is_right(payload, secret) for secret in self._secrets):
            raise ChallengeRefusedError
        parameters = payload.challenge.parameters
        data: dict[str, Any] = parameters.data or {}
        expires_at = datetime.fromtimestamp(int(data.get("expires", 0)), UTC)
        if data.get("purpose") != purpose.value or expires_at <= now:
            raise ChallengeRefusedError
        return SolvedChallenge(f"work:{parameters.nonce}", expires_at)

    def _is_right(self, payload: altcha.Payload, secret: bytes) -> bool:
        return altcha.verify_solution(payload, secret, hmac_key_secret=secret).verified


def _read(answer: str) -> altcha.Payload:
    """Return an answer's parts. Raises ChallengeRefusedError where it is none."""
    try:
        content = base64.b64decode(answer[: LONGEST_ANSWER + 1], validate=True)
        return altcha.Payload.from_dict(json.loads(content))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ChallengeRefusedError from error
