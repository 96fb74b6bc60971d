"""How requests leave for Stripe: each attempt, repetitions too, passes the circuit breaker."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import stripe

from app.gateways.circuit_breaker import CircuitBreaker


class GuardedTransport(stripe.RequestsClient):
    """The SDK's own transport behind a breaker.

    Silence and errors of Stripe's own count (connections refused or lost, timeouts, 5xx); a refusal
    does not: a declined card or a rate limit is an answer. Raises CircuitOpenError.
    """

    def __init__(self, breaker: CircuitBreaker, *, timeout: float) -> None:
        super().__init__(timeout=timeout)
        self._breaker = breaker

    def request(  # type: ignore[override]  # as the SDK's own transport has it
        self, method: str, url: str, headers: Mapping[str, str] | None, post_data: Any = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        """Send one request, if Stripe is to be asked at all now."""
        send = super().request
        return self._breaker.call(
            lambda: send(method, url, headers, post_data),
            failures=(stripe.APIConnectionError,),
            is_failure=lambda answer: answer[1] >= HTTPStatus.INTERNAL_SERVER_ERROR,
        )
