"""What payments hold of people: amounts and ids; the provider's own messages are emptied."""

from flask_babel import lazy_gettext

from app.domains.payments.card_testing.models import PaymentStart
from app.domains.payments.inbox.models import WebhookMessage
from app.domains.payments.models import Payment
from app.domains.payments.refunds.models import Refund
from app.foundation.personal_data import Delete, Empty, Holding, Keep

TAX = lazy_gettext("The books must be kept for tax; there is no name in them.")

OF_SHOPS = (
    Holding(
        table=Payment,
        title=lazy_gettext("Your payments"),
        find=lambda who: Payment.subject_id.in_(who.of("order")),
        gives="payment",
        exported=(
            "subject_id",
            "state",
            "currency",
            "amount",
            "captured",
            "refunded",
            "created_at",
        ),
        erasure=Empty({"client_secret": None}),
        untold={"client_secret": "a password of the payment at the provider, of no use afterwards"},
    ),
    Holding(
        table=Refund,
        title=lazy_gettext("Money given back to you"),
        find=lambda who: Refund.subject_id.in_(who.of("order")),
        exported=("subject_id", "state", "currency", "amount", "reason", "asked_at"),
        erasure=Keep(TAX),
        untold={"asked_by": "the id of whoever works for the shop"},
    ),
)
FINGERPRINT = "a keyed fingerprint, which goes after two hours"
OF_DIRECTORY = (
    Holding(
        table=PaymentStart,
        title="",
        find=lambda who: PaymentStart.payment_id.in_(who.of("payment")),
        erasure=Delete(),
        untold={"address_hash": FINGERPRINT, "network_hash": FINGERPRINT},
    ),
    Holding(
        table=WebhookMessage,
        title=lazy_gettext("Messages of the payment provider about your payments"),
        find=lambda who: WebhookMessage.payment_id.in_(who.of("payment")),
        exported=("kind", "received_at"),
        erasure=Empty({"body": None}),
        untold={"body": "the provider's technical message; what it says stands with the payment"},
    ),
)
