"""How requests leave for Stripe: each attempt, repetitions too, passes the circuit breaker."""

import threading
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import requests
import stripe
from requests.utils import get_environ_proxies

from app.gateways.circuit_breaker import CircuitBreaker


class SessionOfThread:
    """A session of requests for each thread, which knows from the start how to reach `base`.

    By itself requests reads the whole environment for a proxy with every request.
    """

    def __init__(self, base: str) -> None:
        self._proxies = get_environ_proxies(base)
        self._of_thread = threading.local()

    def request(self, method: str, url: str, **settings: Any) -> requests.Response:
        """Send a request as requests' own session does."""
        return self._session().request(method, url, **settings)

    def close(self) -> None:
        """Close this thread's connections; the SDK asks for it after some failures."""
        self._session().close()

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._of_thread, "session", None)
        if session is None:
            session = self._of_thread.session = requests.Session()
            session.trust_env = False
            session.proxies.update(self._proxies)
        return session


class GuardedTransport(stripe.RequestsClient):
    """The SDK's own transport behind a breaker.

    Silence and errors of Stripe's own count (connections refused or lost, timeouts, 5xx); a refusal
    does not: a declined card or a rate limit is an answer. Raises CircuitOpenError.
    """

    def __init__(self, breaker: CircuitBreaker, *, base: str, timeout: float) -> None:
        super().__init__(timeout=timeout, session=SessionOfThread(base))  # type: ignore[arg-type]
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
