"""Pure rules about corrections: which there are, why, and how a reference is written."""

import re
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

from app.foundation.money import Money

COUNTED_FOR = timedelta(days=7)
"""How long what was posted alone counts: a large correction is not written in small ones."""
_REFERENCE = re.compile(r"[A-Z0-9][A-Z0-9./-]{0,31}", re.ASCII)


class CorrectionKind(StrEnum):
    """What a correction moves; the database knows the accounts of each (money.md, section 5)."""

    COMMISSION_RETURNED = "commission_returned"
    """A sale's commission goes to the shop: out of the platform's share, into the shop's."""
    CREDIT = "credit"
    """The platform gives the shop something on top; it is paid out with an order's money."""
    CHARGE = "charge"
    """The shop owes the platform something; it is kept back from what is released next."""
    WRITE_OFF = "write_off"
    """The platform gives up what the shop owes."""
    BUYER_REPAID = "buyer_repaid"
    """A refund that came back was sent to the buyer from the platform's bank."""
    FEE_ADDED = "fee_added"
    """The provider took a fee that no transaction named: it leaves the account in suspense."""
    FEE_REMOVED = "fee_removed"
    """The provider gave a fee back that no transaction named."""


class CorrectionReason(StrEnum):
    """Why, in a few words of ours: no free text, no personal data; the ticket has the rest."""

    OUR_MISTAKE = "our_mistake"
    PROVIDERS_MISTAKE = "providers_mistake"
    SHOPS_MISTAKE = "shops_mistake"
    AGREEMENT = "agreement"
    GOODWILL = "goodwill"
    UNCOLLECTIBLE = "uncollectible"
    RECONCILIATION = "reconciliation"


_K = CorrectionKind
OF_AN_ORDER = frozenset({_K.COMMISSION_RETURNED, _K.CREDIT, _K.BUYER_REPAID})
"""Kinds that are about one order's money, and name it."""


@dataclass(frozen=True, slots=True)
class CorrectionWish:
    """What somebody wants to correct; `reverses` names the correction that it takes back."""

    kind: CorrectionKind
    amount: Money
    reason: CorrectionReason
    reference: str
    order_id: UUID | None = None
    reverses: UUID | None = None

    @property
    def lowers_what_is_owed(self) -> bool:
        """Whether the shop owes less afterwards."""
        is_counter_entry = self.reverses is not None
        return self.kind is (_K.CHARGE if is_counter_entry else _K.WRITE_OFF)


def normalise_reference(text: str) -> str:
    """Return a reference as it is kept, or '' where it is none.

    The number of a ticket or an invoice: capitals and digits without a blank, at least one digit,
    so that nobody writes a name or an address into the books.
    """
    written = text.strip().upper()
    is_number = _REFERENCE.fullmatch(written) and any(letter.isdigit() for letter in written)
    return written if is_number else ""
