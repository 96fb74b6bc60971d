"""Verifying Stripe's webhooks: signature and age; the secrets are a list, so they can rotate."""

import json

import stripe

from app.domains.payments.ports import IncomingEvent, SignatureRefusedError

TOLERANCE_SECONDS = 300


class StripeWebhooks:
    """Answers for WebhookReader."""

    def __init__(self, secrets: tuple[str, ...]) -> None:
        self._secrets = secrets

    def read(self, body: bytes, signature: str) -> IncomingEvent:
        """Verify a webhook and return what it points at. Raises SignatureRefusedError."""
        for secret in self._secrets:
            try:
                stripe.WebhookSignature.verify_header(
                    body.decode(), signature, secret, tolerance=TOLERANCE_SECONDS
                )
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
