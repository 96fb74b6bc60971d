"""Cloudflare's Turnstile beside our own challenge: the browser asks them, we ask them back.

What they are told is the answer alone; the visitor's address is not sent along. An answer may be
asked for again with the same idempotency key, so that a lost reply refuses nobody.
"""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from uuid import uuid4

import requests

from app.domains.accounts.challenges.errors import (
    ChallengeRefusedError,
    ChallengeUnavailableError,
)
from app.domains.accounts.challenges.ports import ChallengeTask, SolvedChallenge
from app.domains.accounts.challenges.rules import CHALLENGE_LIFE, LONGEST_ANSWER, Purpose
from app.foundation.tokens import hash_token
from app.gateways.circuit_breaker import CircuitBreaker, CircuitOpenError

FIELD = "cf-turnstile-response"
SECONDS = 3.0
TRIES = 2
REST_SECONDS = 10.0
_WRONG_SECRET = "invalid-input-secret"  # noqa: S105 - a code of theirs


class Turnstile:
    """Answers for Challenge through Cloudflare; of several secrets all are tried, the first first."""

    def __init__(self, *, site_key: str, secret_keys: tuple[str, ...], url: str) -> None:
        self._site_key, self._secrets, self._url = site_key, secret_keys, url
        self.breaker = CircuitBreaker("Turnstile", rest_seconds=REST_SECONDS)

    def make(self, *, purpose: Purpose, now: datetime) -> ChallengeTask:
        """Return the site's key, which the page names; the purpose goes along as the action."""
        del purpose, now
        return ChallengeTask("turnstile", self._site_key, FIELD)

    def check(self, *, purpose: Purpose, answer: str, host: str, now: datetime) -> SolvedChallenge:
        """Return what was solved. Raises ChallengeRefusedError, ChallengeUnavailableError."""
        if not 0 < len(answer) <= LONGEST_ANSWER:
            raise ChallengeRefusedError
        told = self._verify(answer)
        is_ours = told.get("action") == purpose.value and told.get("hostname") == _name(host)
        if told.get("success") is not True or not is_ours:
            raise ChallengeRefusedError
        expires_at = _solved_at(told.get("challenge_ts")) + CHALLENGE_LIFE
        if expires_at <= now:
            raise ChallengeRefusedError
        return SolvedChallenge(f"turnstile:{hash_token(answer).hex()}", expires_at)

    def _verify(self, answer: str) -> dict[str, Any]:
        key, told = str(uuid4()), {}
        for secret in self._secrets:
            told = self._ask({"secret": secret, "response": answer, "idempotency_key": key})
            if _WRONG_SECRET not in told.get("error-codes", ()):
                break
        return told

    def _ask(self, form: dict[str, str]) -> dict[str, Any]:
        for _ in range(TRIES):
            try:
                answer = self.breaker.call(
                    lambda: requests.post(
                        self._url, data=form, timeout=SECONDS, allow_redirects=False
                    ),
                    failures=(requests.RequestException,),
                    is_failure=lambda found: found.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR,
                )
                told = answer.json()
            except (requests.RequestException, ValueError, CircuitOpenError):
                continue
            if isinstance(told, dict) and answer.status_code < HTTPStatus.INTERNAL_SERVER_ERROR:
                return told
        raise ChallengeUnavailableError


def _name(host: str) -> str:
    return host.rsplit(":", 1)[0].casefold()


def _solved_at(text: Any) -> datetime:
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError as error:
        raise ChallengeRefusedError from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)
