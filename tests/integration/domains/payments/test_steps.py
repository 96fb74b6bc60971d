"""A payment's row is the projection of its events: neither is ever written without the other."""

import pytest
from sqlalchemy import select

from app.domains.payments.errors import PaymentStepError
from app.domains.payments.models import PaymentEvent
from app.domains.payments.operations import create_payment, step
from app.domains.payments.queries import get_payment
from app.domains.payments.rules import PaymentState
from app.foundation.identifiers import new_id
from app.foundation.money import Money
from app.foundation.unit_of_work import unit_of_work


def read(shop, payment_id):
    of_payment = select(PaymentEvent.event).where(PaymentEvent.payment_id == payment_id)
    with unit_of_work(shop.scope) as unit:
        events = unit.session.execute(of_payment.order_by(PaymentEvent.id)).scalars().all()
        return get_payment(unit, payment_id), events


def test_a_step_from_a_state_that_was_left_writes_no_event(platform, shop):
    """Not even where the caller goes on after the error, and commits."""
    with unit_of_work(shop.scope) as unit:
        payment_id = create_payment(
            unit, subject_kind="order", subject_id=new_id(), amount=Money(100, "EUR")
        )
    seen, _ = read(shop, payment_id)
    with unit_of_work(shop.scope) as unit:
        step(unit, payment=seen, to=PaymentState.EXPIRED, look_at=None, failure="late")
        with pytest.raises(PaymentStepError):
            step(unit, payment=seen, to=PaymentState.FAILED)
    payment, events = read(shop, payment_id)
    assert (payment.state, payment.failure) == (PaymentState.EXPIRED, "late")
    assert events == ["created", "expired"]
