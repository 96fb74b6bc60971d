"""Asking Stripe: one client, its circuit breaker, and its errors as the port knows them."""

from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

import stripe
from stripe import StripeClient

from app.domains.payments.ports import ProviderRefusedError, ProviderUnavailableError
from app.foundation.configuration import Configuration
from app.gateways.circuit_breaker import CircuitBreaker, CircuitOpenError
from app.gateways.stripe.transport import GuardedTransport

MOST_IN_A_LIST = 100
_RETRIES = 1

Answer = TypeVar("Answer")


class StripeCaller:
    """What every part of the gateway stands on."""

    def __init__(self, configuration: Configuration) -> None:
        self.breaker = CircuitBreaker("stripe", rest_seconds=configuration.stripe_rest_seconds)
        self.client = StripeClient(
            configuration.stripe_api_key,
            base_addresses={"api": configuration.stripe_api_base},
            max_network_retries=_RETRIES,
            http_client=GuardedTransport(
                self.breaker,
                base=configuration.stripe_api_base,
                timeout=configuration.stripe_timeout_seconds,
            ),
        )


def ask(call: Callable[[], Answer]) -> Answer:
    """Call Stripe; turn its errors into the two that the port knows.

    A key that was used with other parameters is no refusal: what was asked with it first may
    have been done, so one has to look. Raises ProviderRefusedError, ProviderUnavailableError.
    """
    try:
        return call()
    except stripe.CardError as error:
        raise ProviderRefusedError(error.code or "card_declined") from error
    except stripe.InvalidRequestError as error:
        raise ProviderRefusedError(error.code or "invalid_request") from error
    except (stripe.StripeError, CircuitOpenError) as error:
        raise ProviderUnavailableError(type(error).__name__) from error


def find_named(found: Any, name: str, our_id: UUID) -> Any:
    """Return what carries our id in its metadata; None where nothing does."""
    for thing in found:
        if getattr(thing.metadata, name, None) == str(our_id):
            return thing
    return None
