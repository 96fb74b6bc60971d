"""The payment provider on Stripe: separate charges and transfers, captured by hand (money.md, 1)."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID

import stripe
from stripe import StripeClient

from app.domains.payments.ports import (
    AccountStatus,
    IntentSnapshot,
    IntentStatus,
    NewIntent,
    NewRefund,
    ProviderRefusedError,
    ProviderUnavailableError,
    RefundSnapshot,
    RefundStatus,
)
from app.foundation.configuration import Configuration
from app.foundation.money import Money
from app.gateways.circuit_breaker import CircuitBreaker, CircuitOpenError
from app.gateways.stripe.transport import GuardedTransport

_STATUS = {
    "requires_payment_method": IntentStatus.WAITING,
    "requires_confirmation": IntentStatus.WAITING,
    "requires_action": IntentStatus.REQUIRES_ACTION,
    "processing": IntentStatus.PROCESSING,
    "requires_capture": IntentStatus.CAPTURABLE,
    "succeeded": IntentStatus.SUCCEEDED,
    "canceled": IntentStatus.CANCELED,
}
_EXPAND = ["latest_charge.balance_transaction", "latest_charge.refunds.data.balance_transaction"]
_RETRIES = 1

Answer = TypeVar("Answer")


class StripePayments:
    """Answers for PaymentProvider. Every change carries a key made of our own id."""

    def __init__(self, configuration: Configuration) -> None:
        self.breaker = CircuitBreaker("stripe", rest_seconds=configuration.stripe_rest_seconds)
        self._client = StripeClient(
            configuration.stripe_api_key,
            base_addresses={"api": configuration.stripe_api_base},
            max_network_retries=_RETRIES,
            http_client=GuardedTransport(
                self.breaker, timeout=configuration.stripe_timeout_seconds
            ),
        )

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
            "expand": _EXPAND,
        }
        return self._intent(
            lambda: self._client.v1.payment_intents.create(
                params=params,  # type: ignore[arg-type]
                options={"idempotency_key": f"{wanted.payment_id}:create"},
            )
        )

    def fetch_intent(self, provider_id: str) -> IntentSnapshot:
        """Return the intent as it is now."""
        return self._intent(
            lambda: self._client.v1.payment_intents.retrieve(
                provider_id, params={"expand": _EXPAND}
            )
        )

    def find_intent(self, payment_id: UUID) -> IntentSnapshot | None:
        """Look an intent up by our id in its metadata, after an answer was lost."""
        found = _ask(
            lambda: self._client.v1.payment_intents.search(
                params={"query": f"metadata['payment_id']:'{payment_id}'", "limit": 1}
            )
        )
        return self.fetch_intent(found.data[0].id) if found.data else None

    def capture(self, provider_id: str, *, payment_id: UUID, amount: Money) -> IntentSnapshot:
        """Take what was authorised."""
        return self._intent(
            lambda: self._client.v1.payment_intents.capture(
                provider_id,
                params={"amount_to_capture": amount.amount, "expand": _EXPAND},
                options={"idempotency_key": f"{payment_id}:capture"},
            )
        )

    def cancel(self, provider_id: str, *, payment_id: UUID) -> IntentSnapshot:
        """Give up what was authorised, or what was never paid."""
        return self._intent(
            lambda: self._client.v1.payment_intents.cancel(
                provider_id,
                params={"expand": _EXPAND},
                options={"idempotency_key": f"{payment_id}:cancel"},
            )
        )

    def refund(self, provider_id: str, *, refund_id: UUID, amount: Money) -> str:
        """Give captured money back."""
        made = _ask(
            lambda: self._client.v1.refunds.create(
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
        made = _ask(
            lambda: self._client.v1.refunds.create(
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
        return _refund_snapshot(made)

    def fetch_refund(self, provider_id: str) -> RefundSnapshot:
        """Return the refund as it is now."""
        return _refund_snapshot(_ask(lambda: self._client.v1.refunds.retrieve(provider_id)))

    def find_refund(self, intent_id: str, *, refund_id: UUID) -> RefundSnapshot | None:
        """Look a refund up by our id in its metadata, after an answer was lost."""
        found = _ask(
            lambda: self._client.v1.refunds.list(params={"payment_intent": intent_id, "limit": 100})
        )
        mine = _named(found.data, "refund_id", refund_id)
        return _refund_snapshot(mine) if mine is not None else None

    def create_account(self, *, shop_id: UUID, country: str, email: str, name: str) -> str:
        """Create an account that can receive transfers (Accounts v2; we bear fees and losses)."""
        params: dict[str, Any] = {
            "contact_email": email,
            "display_name": name,
            "dashboard": "express",
            "identity": {"country": country.lower()},
            "configuration": {
                "recipient": {
                    "capabilities": {"stripe_balance": {"stripe_transfers": {"requested": True}}}
                }
            },
            "defaults": {
                "responsibilities": {
                    "fees_collector": "application",
                    "losses_collector": "application",
                }
            },
            "metadata": {"shop_id": str(shop_id)},
        }
        made = _ask(
            lambda: self._client.v2.core.accounts.create(
                params=params,  # type: ignore[arg-type]
                options={"idempotency_key": f"{shop_id}:account"},
            )
        )
        return made.id

    def onboarding_link(self, account_id: str, *, return_url: str, refresh_url: str) -> str:
        """Return the address at which the merchant completes the account, for some minutes."""
        params: dict[str, Any] = {
            "account": account_id,
            "use_case": {
                "type": "account_onboarding",
                "account_onboarding": {
                    "configurations": ["recipient"],
                    "return_url": return_url,
                    "refresh_url": refresh_url,
                },
            },
        }
        link = _ask(lambda: self._client.v2.core.account_links.create(params=params))  # type: ignore[arg-type]
        return link.url

    def fetch_account(self, account_id: str) -> AccountStatus:
        """Return whether the account may receive transfers now."""
        account: Any = _ask(
            lambda: self._client.v2.core.accounts.retrieve(
                account_id, params={"include": ["configuration.recipient"]}
            )
        )
        recipient = account.configuration.recipient if account.configuration else None
        transfers = recipient.capabilities.stripe_balance.stripe_transfers if recipient else None
        bank = getattr(recipient, "default_outbound_destination", None)
        return AccountStatus(
            account_id,
            can_receive_transfers=bool(transfers and transfers.status == "active"),
            destination=bank.id if bank else "",
        )

    def transfer(
        self, account_id: str, *, transfer_id: UUID, amount: Money, subject_id: UUID, charge_id: str
    ) -> str:
        """Move released money to a connected account, out of the charge it came from."""
        made = _ask(
            lambda: self._client.v1.transfers.create(
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
        found = _ask(
            lambda: self._client.v1.transfers.list(
                params={"transfer_group": str(subject_id), "limit": 100}
            )
        )
        mine = _named(found.data, "transfer_id", transfer_id)
        return str(mine.id) if mine is not None else ""

    def reverse_transfer(self, provider_id: str, *, reversal_id: UUID, amount: Money) -> str:
        """Bring transferred money back, if the account's balance covers it."""
        made = _ask(
            lambda: self._client.v1.transfers.reversals.create(
                provider_id,
                params={"amount": amount.amount, "metadata": {"reversal_id": str(reversal_id)}},
                options={"idempotency_key": f"{reversal_id}:reversal"},
            )
        )
        return made.id

    def find_reversal(self, provider_id: str, *, reversal_id: UUID) -> str:
        """Look a reversal up by our id in its metadata, after an answer was lost."""
        found = _ask(
            lambda: self._client.v1.transfers.reversals.list(provider_id, params={"limit": 100})
        )
        mine = _named(found.data, "reversal_id", reversal_id)
        return str(mine.id) if mine is not None else ""

    def _intent(self, call: Callable[[], Any]) -> IntentSnapshot:
        return _snapshot(_ask(call))


def _ask(call: Callable[[], Answer]) -> Answer:
    """Call Stripe; turn its errors into the two that the port knows.

    A key that was used with other parameters is no refusal: what was asked with it first may have
    been done, so one has to look.
    """
    try:
        return call()
    except stripe.CardError as error:
        raise ProviderRefusedError(error.code or "card_declined") from error
    except stripe.InvalidRequestError as error:
        raise ProviderRefusedError(error.code or "invalid_request") from error
    except (stripe.StripeError, CircuitOpenError) as error:
        raise ProviderUnavailableError(type(error).__name__) from error


def _named(found: Any, name: str, our_id: UUID) -> Any:
    """Return what carries our id in its metadata; None where nothing does."""
    for thing in found:
        if getattr(thing.metadata, name, None) == str(our_id):
            return thing
    return None


_REFUND_STATUS = {
    "succeeded": RefundStatus.SUCCEEDED,
    "failed": RefundStatus.FAILED,
    "canceled": RefundStatus.FAILED,
}


def _refund_snapshot(refund: Any) -> RefundSnapshot:
    return RefundSnapshot(
        provider_id=refund.id,
        status=_REFUND_STATUS.get(refund.status, RefundStatus.PENDING),
        transaction=_id_of(refund.balance_transaction),
        failure=str(getattr(refund, "failure_reason", None) or ""),
        failure_transaction=_id_of(getattr(refund, "failure_balance_transaction", None)),
    )


def _id_of(thing: Any) -> str:
    return "" if thing is None else str(getattr(thing, "id", thing))


def _expanded(thing: Any) -> Any:
    """Return an object that came along; None where there is none, or its id alone."""
    return None if isinstance(thing, str) else thing


def _snapshot(intent: Any) -> IntentSnapshot:
    currency = intent.currency.upper()
    charge = _expanded(intent.latest_charge)
    transaction = _expanded(charge.balance_transaction) if charge else None
    error = intent.last_payment_error
    return IntentSnapshot(
        provider_id=intent.id,
        status=_STATUS[intent.status],
        amount=Money(intent.amount, currency),
        captured=Money(intent.amount_received or 0, currency),
        client_secret=intent.client_secret or "",
        failure=_failure(error) if error else "",
        charge_id=_id_of(intent.latest_charge),
        fee=Money(transaction.fee, currency) if transaction else None,
        fee_transaction=transaction.id if transaction else "",
        capture_before=_capture_before(charge),
        refunded=Money(charge.amount_refunded if charge else 0, currency),
        refund_transaction=_refund_transaction(charge),
    )


def _failure(error: Any) -> str:
    return str(getattr(error, "decline_code", None) or getattr(error, "code", None) or "declined")


def _capture_before(charge: Any) -> datetime | None:
    details = charge.payment_method_details if charge else None
    card = getattr(details, "card", None) if details else None
    before = getattr(card, "capture_before", None) if card else None
    return datetime.fromtimestamp(before, UTC) if before else None


def _refund_transaction(charge: Any) -> str:
    refunds = getattr(charge, "refunds", None) if charge else None
    data = refunds.data if refunds else []
    transaction = data[0].balance_transaction if data else None
    return _id_of(transaction)
