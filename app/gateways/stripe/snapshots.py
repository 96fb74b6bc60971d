"""What Stripe's objects mean to us."""

from datetime import UTC, datetime
from typing import Any

from app.domains.payments.ports import IntentSnapshot, IntentStatus, RefundSnapshot, RefundStatus
from app.foundation.money import Money

_STATUS = {
    "requires_payment_method": IntentStatus.WAITING,
    "requires_confirmation": IntentStatus.WAITING,
    "requires_action": IntentStatus.REQUIRES_ACTION,
    "processing": IntentStatus.PROCESSING,
    "requires_capture": IntentStatus.CAPTURABLE,
    "succeeded": IntentStatus.SUCCEEDED,
    "canceled": IntentStatus.CANCELED,
}
EXPANDED = ["latest_charge.balance_transaction", "latest_charge.refunds.data.balance_transaction"]


_REFUND_STATUS = {
    "succeeded": RefundStatus.SUCCEEDED,
    "failed": RefundStatus.FAILED,
    "canceled": RefundStatus.FAILED,
}


def read_refund(refund: Any) -> RefundSnapshot:
    """Return a refund of Stripe as the port knows it."""
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


def read_intent(intent: Any) -> IntentSnapshot:
    """Return an intent of Stripe as the port knows it."""
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
