"""Transfers of released money to connected accounts, and their way back."""

from uuid import UUID

from app.foundation.money import Money
from app.gateways.stripe.client import MOST_IN_A_LIST, StripeCaller, ask, find_named


class StripeTransfers(StripeCaller):
    """The part of PaymentProvider that is about transfers."""

    def transfer(
        self, account_id: str, *, transfer_id: UUID, amount: Money, subject_id: UUID, charge_id: str
    ) -> str:
        """Move released money to a connected account, out of the charge it came from."""
        made = ask(
            lambda: self.client.v1.transfers.create(
                params={
                    "amount": amount.amount,
                    "currency": amount.currency.lower(),
                    "destination": account_id,
                    "source_transaction": charge_id,
                    "transfer_group": str(subject_id),
                    "metadata": {"transfer_id": str(transfer_id)},
                },
                options={"idempotency_key": f"{transfer_id}:transfer"},
            )
        )
        return made.id

    def find_transfer(self, *, subject_id: UUID, transfer_id: UUID) -> str:
        """Look a transfer up by our id in its metadata, after an answer was lost."""
        found = ask(
            lambda: self.client.v1.transfers.list(
                params={"transfer_group": str(subject_id), "limit": MOST_IN_A_LIST}
            )
        )
        mine = find_named(found.data, "transfer_id", transfer_id)
        return str(mine.id) if mine is not None else ""

    def reverse_transfer(self, provider_id: str, *, reversal_id: UUID, amount: Money) -> str:
        """Bring transferred money back, if the account's balance covers it."""
        made = ask(
            lambda: self.client.v1.transfers.reversals.create(
                provider_id,
                params={"amount": amount.amount, "metadata": {"reversal_id": str(reversal_id)}},
                options={"idempotency_key": f"{reversal_id}:reversal"},
            )
        )
        return made.id

    def find_reversal(self, provider_id: str, *, reversal_id: UUID) -> str:
        """Look a reversal up by our id in its metadata, after an answer was lost."""
        found = ask(
            lambda: self.client.v1.transfers.reversals.list(
                provider_id, params={"limit": MOST_IN_A_LIST}
            )
        )
        mine = find_named(found.data, "reversal_id", reversal_id)
        return str(mine.id) if mine is not None else ""
