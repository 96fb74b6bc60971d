"""What happens to payments."""

from dataclasses import dataclass
from uuid import UUID

from app.foundation.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookStored(Event):
    """The provider told us to look at something; it stands in the inbox."""

    message_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentDeclined(Event):
    """A card was declined; `declines` is how many cards of this payment were, up to now."""

    payment_id: UUID
    declines: int
