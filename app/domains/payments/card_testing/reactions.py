"""What follows in the directory when a card was declined in a shop."""

from app.domains.payments.card_testing.operations import note_declines
from app.domains.payments.events import PaymentDeclined
from app.foundation.database import ShopScope, directory_scope
from app.foundation.unit_of_work import unit_of_work


def count_declines(scope: ShopScope, event: PaymentDeclined) -> None:
    """Count the declined cards of a payment for the address that began it; ids and numbers only."""
    del scope
    with unit_of_work(directory_scope()) as unit:
        note_declines(unit, payment_id=event.payment_id, declines=event.declines)
