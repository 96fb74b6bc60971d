"""Pure rules about orders: the states, and the number that a person can read out (FR-010)."""

import secrets
from enum import StrEnum

NUMBER_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""No characters that look alike."""


class PaymentStanding(StrEnum):
    """How an order's payment stands."""

    AWAITING = "awaiting_payment"
    AUTHORISED = "authorised"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"
    REFUNDED = "refunded"


class FulfilmentStanding(StrEnum):
    """How an order's goods stand."""

    WAITING = "waiting"
    READY = "ready"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    RELEASED = "released"


_P = PaymentStanding
PAYMENT_STEPS: dict[PaymentStanding, frozenset[PaymentStanding]] = {
    _P.AWAITING: frozenset({_P.AUTHORISED, _P.CONFIRMED, _P.CANCELLED, _P.REFUNDED}),
    _P.AUTHORISED: frozenset({_P.CONFIRMED, _P.CANCELLED}),
    _P.CONFIRMED: frozenset({_P.REFUNDED}),
    _P.CANCELLED: frozenset(),
    _P.REFUNDED: frozenset(),
}


def can_step(state: PaymentStanding, to: PaymentStanding) -> bool:
    """Whether an order's payment may go from `state` to `to`."""
    return to in PAYMENT_STEPS[state]


_F = FulfilmentStanding
FULFILMENT_STEPS: dict[FulfilmentStanding, frozenset[FulfilmentStanding]] = {
    _F.WAITING: frozenset({_F.READY}),
    _F.READY: frozenset({_F.SHIPPED}),
    _F.SHIPPED: frozenset({_F.READY, _F.DELIVERED}),
    _F.DELIVERED: frozenset({_F.RELEASED}),
    _F.RELEASED: frozenset(),
}


def can_step_fulfilment(state: FulfilmentStanding, to: FulfilmentStanding) -> bool:
    """Whether an order's goods may go from `state` to `to`."""
    return to in FULFILMENT_STEPS[state]


def new_order_number() -> str:
    """Return a number such as `K7QF-2M9P`: unique in practice, telling nothing of how many."""
    letters = [secrets.choice(NUMBER_ALPHABET) for _ in range(8)]
    return "".join(letters[:4]) + "-" + "".join(letters[4:])
