"""Verifying Stripe's webhooks: signature and age; the secrets are a list, so they can rotate."""

import json
from dataclasses import dataclass

import stripe


class SignatureRefusedError(Exception):
    """The message is not from Stripe, was changed, or is older than 300 seconds."""


@dataclass(frozen=True, slots=True)
class IncomingEvent:
    """What we take from a webhook: which object to look at, and whose it is."""

    provider_id: str
    kind: str
    object_id: str
    shop_id: str
    payment_id: str


def read_event(body: bytes, signature: str, secrets: tuple[str, ...]) -> IncomingEvent:
    """Verify a webhook and return what it points at. Raises SignatureRefusedError."""
    for secret in secrets:
        try:
            stripe.WebhookSignature.verify_header(body.decode(), signature, secret, tolerance=300)
        except (stripe.SignatureVerificationError, UnicodeDecodeError):
            continue
        return _read(body)
    raise SignatureRefusedError


def _read(body: bytes) -> IncomingEvent:
    event = json.loads(body)
    thing = event.get("data", {}).get("object", {}) or event.get("related_object", {}) or {}
    metadata = thing.get("metadata") or {}
    return IncomingEvent(
        provider_id=event["id"],
        kind=event["type"],
        object_id=str(thing.get("payment_intent") or thing.get("id") or ""),
        shop_id=str(metadata.get("shop_id", "")),
        payment_id=str(metadata.get("payment_id", "")),
    )
