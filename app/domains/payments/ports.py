"""What payments need from a provider: authorise, capture, void, refund, pay out."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from app.foundation.money import Money


class IntentStatus(StrEnum):
    """What the provider says of an intent."""

    WAITING = "waiting"
    """No method yet, or the last one was refused (see `failure`)."""
    REQUIRES_ACTION = "requires_action"
    PROCESSING = "processing"
    CAPTURABLE = "capturable"
    SUCCEEDED = "succeeded"
    CANCELED = "canceled"


@dataclass(frozen=True, slots=True)
class IntentSnapshot:
    """An intent as the provider has it now."""

    provider_id: str
    status: IntentStatus
    amount: Money
    captured: Money
    client_secret: str
    failure: str
    charge_id: str
    fee: Money | None
    fee_transaction: str
    capture_before: datetime | None
    refunded: Money
    refund_transaction: str
    declines: int = 0
    """How many cards were declined, where the last one was."""


@dataclass(frozen=True, slots=True)
class NewIntent:
    """What is asked of the provider; ids only, no personal data."""

    payment_id: UUID
    shop_id: UUID
    subject_id: UUID
    amount: Money


@dataclass(frozen=True, slots=True)
class AccountStatus:
    """A connected account as the provider has it now.

    `destination` is the provider's id of the bank account that money goes to, "" where there is none.
    """

    provider_id: str
    can_receive_transfers: bool
    destination: str = ""


class RefundStatus(StrEnum):
    """What the provider says of a refund."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class NewRefund:
    """A refund that is asked of the provider; ids only, no personal data."""

    refund_id: UUID
    payment_id: UUID
    shop_id: UUID
    intent_id: str
    amount: Money


@dataclass(frozen=True, slots=True)
class RefundSnapshot:
    """A refund as the provider has it now; the transactions moved our balance there."""

    provider_id: str
    status: RefundStatus
    transaction: str
    failure: str
    failure_transaction: str


class ProviderUnavailableError(Exception):
    """The provider did not answer, or not in time: what was asked may have been done."""


class ProviderRefusedError(Exception):
    """The provider answered that it will not do this; `code` is the provider's."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class PaymentProvider(Protocol):
    """The provider of payments. All raise ProviderUnavailableError and ProviderRefusedError.

    Calls that change something carry an idempotency key made of our own id, so that sending them
    again has no second effect.
    """

    def create_intent(self, wanted: NewIntent) -> IntentSnapshot:
        """Create the intent of a payment, to be captured by hand."""

    def fetch_intent(self, provider_id: str) -> IntentSnapshot:
        """Return the intent as it is now."""

    def find_intent(self, payment_id: UUID) -> IntentSnapshot | None:
        """Look an intent up by our own id, after an answer was lost."""

    def capture(self, provider_id: str, *, payment_id: UUID, amount: Money) -> IntentSnapshot:
        """Take what was authorised."""

    def cancel(self, provider_id: str, *, payment_id: UUID) -> IntentSnapshot:
        """Give up what was authorised, or what was never paid."""

    def refund(self, provider_id: str, *, refund_id: UUID, amount: Money) -> str:
        """Give captured money back; return the provider's id of the refund."""

    def create_refund(self, wanted: NewRefund) -> RefundSnapshot:
        """Give captured money back, in full or in part."""

    def fetch_refund(self, provider_id: str) -> RefundSnapshot:
        """Return the refund as it is now."""

    def find_refund(self, intent_id: str, *, refund_id: UUID) -> RefundSnapshot | None:
        """Look a refund up by our own id, after an answer was lost."""

    def create_account(self, *, shop_id: UUID, country: str, email: str, name: str) -> str:
        """Create a shop's connected account; return its id."""

    def onboarding_link(self, account_id: str, *, return_url: str, refresh_url: str) -> str:
        """Return the address at which the merchant completes the account."""

    def fetch_account(self, account_id: str) -> AccountStatus:
        """Return the account as it is now."""

    def transfer(
        self, account_id: str, *, transfer_id: UUID, amount: Money, subject_id: UUID, charge_id: str
    ) -> str:
        """Move released money to a connected account; return the provider's id."""

    def find_transfer(self, *, subject_id: UUID, transfer_id: UUID) -> str:
        """Look a transfer up by our own id, after an answer was lost; "" where there is none."""

    def reverse_transfer(self, provider_id: str, *, reversal_id: UUID, amount: Money) -> str:
        """Bring transferred money back, if the account's balance covers it; return its id."""

    def find_reversal(self, provider_id: str, *, reversal_id: UUID) -> str:
        """Look a reversal up by our own id, after an answer was lost; "" where there is none."""


class SignatureRefusedError(Exception):
    """The message is not from the provider, was changed, or is too old."""


@dataclass(frozen=True, slots=True)
class IncomingEvent:
    """What we take from a webhook: which object to look at, and whose it is."""

    provider_id: str
    kind: str
    object_id: str
    shop_id: str
    payment_id: str


class WebhookReader(Protocol):
    """Verifies what claims to come from the provider of payments."""

    def read(self, body: bytes, signature: str) -> IncomingEvent:
        """Return what a message points at. Raises SignatureRefusedError."""
