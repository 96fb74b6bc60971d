"""Payment intents: promised, taken, let go; captured by hand where the method can wait."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

from app.domains.payments.ports import (
    IntentSnapshot,
    IntentStatus,
    NewIntent,
)
from app.foundation.money import Money
from app.gateways.stripe.client import StripeCaller, ask
from app.gateways.stripe.snapshots import EXPANDED, read_intent

MOST_CHARGES = 100
"""As many as Stripe lists at once; a payment ends long before."""


class StripeIntents(StripeCaller):
    """The part of PaymentProvider that is about intents."""

    def create_intent(self, wanted: NewIntent) -> IntentSnapshot:
        """Create the intent of a payment, to be captured by hand where the method can wait."""
        params: dict[str, Any] = {
            "amount": wanted.amount.amount,
            "currency": wanted.amount.currency.lower(),
            "automatic_payment_methods": {"enabled": True},
            "payment_method_options": {"card": {"capture_method": "manual"}},
            "transfer_group": str(wanted.subject_id),
            "metadata": {
                "shop_id": str(wanted.shop_id),
                "payment_id": str(wanted.payment_id),
                "subject_id": str(wanted.subject_id),
            },
            "expand": EXPANDED,
        }
        return self._intent(
            lambda: self.client.v1.payment_intents.create(
                params=params,  # type: ignore[arg-type]
                options={"idempotency_key": f"{wanted.payment_id}:create"},
            )
        )

    def fetch_intent(self, provider_id: str) -> IntentSnapshot:
        """Return the intent as it is now, and how many cards it met where the last was declined."""
        found = self._intent(
            lambda: self.client.v1.payment_intents.retrieve(
                provider_id, params={"expand": EXPANDED}
            )
        )
        if found.status is not IntentStatus.WAITING or not found.failure:
            return found
        return replace(found, declines=self._count_declines(provider_id))

    def _count_declines(self, provider_id: str) -> int:
        """Count at the provider: between two looks of ours, several cards may be tried."""
        charges = ask(
            lambda: self.client.v1.charges.list(
                params={"payment_intent": provider_id, "limit": MOST_CHARGES}
            )
        )
        return sum(1 for charge in charges.data if charge.status == "failed")

    def find_intent(self, payment_id: UUID) -> IntentSnapshot | None:
        """Look an intent up by our id in its metadata, after an answer was lost."""
        found = ask(
            lambda: self.client.v1.payment_intents.search(
                params={"query": f"metadata['payment_id']:'{payment_id}'", "limit": 1}
            )
        )
        return self.fetch_intent(found.data[0].id) if found.data else None

    def capture(self, provider_id: str, *, payment_id: UUID, amount: Money) -> IntentSnapshot:
        """Take what was authorised."""
        return self._intent(
            lambda: self.client.v1.payment_intents.capture(
                provider_id,
                params={"amount_to_capture": amount.amount, "expand": EXPANDED},
                options={"idempotency_key": f"{payment_id}:capture"},
            )
        )

    def cancel(self, provider_id: str, *, payment_id: UUID) -> IntentSnapshot:
        """Give up what was authorised, or what was never paid."""
        return self._intent(
            lambda: self.client.v1.payment_intents.cancel(
                provider_id,
                params={"expand": EXPANDED},
                options={"idempotency_key": f"{payment_id}:cancel"},
            )
        )

    def _intent(self, call: Callable[[], Any]) -> IntentSnapshot:
        return read_intent(ask(call))
