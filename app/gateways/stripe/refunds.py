"""Refunds: captured money that goes back to its buyer."""

from uuid import UUID

from app.domains.payments.ports import NewRefund, RefundSnapshot
from app.foundation.money import Money
from app.gateways.stripe.client import MOST_IN_A_LIST, StripeCaller, ask, find_named
from app.gateways.stripe.snapshots import read_refund


class StripeRefunds(StripeCaller):
    """The part of PaymentProvider that is about refunds."""

    def refund(self, provider_id: str, *, refund_id: UUID, amount: Money) -> str:
        """Give captured money back."""
        made = ask(
            lambda: self.client.v1.refunds.create(
                params={
                    "payment_intent": provider_id,
                    "amount": amount.amount,
                    "metadata": {"refund_id": str(refund_id)},
                },
                options={"idempotency_key": f"{refund_id}:refund"},
            )
        )
        return made.id

    def create_refund(self, wanted: NewRefund) -> RefundSnapshot:
        """Give captured money back, in full or in part."""
        made = ask(
            lambda: self.client.v1.refunds.create(
                params={
                    "payment_intent": wanted.intent_id,
                    "amount": wanted.amount.amount,
                    "metadata": {
                        "shop_id": str(wanted.shop_id),
                        "payment_id": str(wanted.payment_id),
                        "refund_id": str(wanted.refund_id),
                    },
                },
                options={"idempotency_key": f"{wanted.refund_id}:refund"},
            )
        )
        return read_refund(made)

    def fetch_refund(self, provider_id: str) -> RefundSnapshot:
        """Return the refund as it is now."""
        return read_refund(ask(lambda: self.client.v1.refunds.retrieve(provider_id)))

    def find_refund(self, intent_id: str, *, refund_id: UUID) -> RefundSnapshot | None:
        """Look a refund up by our id in its metadata, after an answer was lost."""
        found = ask(
            lambda: self.client.v1.refunds.list(
                params={"payment_intent": intent_id, "limit": MOST_IN_A_LIST}
            )
        )
        mine = find_named(found.data, "refund_id", refund_id)
        return read_refund(mine) if mine is not None else None
