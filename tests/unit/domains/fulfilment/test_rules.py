"""When money is released, and what is left of lines."""

from datetime import UTC, datetime, timedelta

import pytest

from app.domains.fulfilment.rules import count_left, delivered_at, is_within, released_at
from app.domains.payments.refunds import rules as refunds
from app.domains.payments.transfers import rules as transfers
from app.domains.payments.transfers.rules import may_send_again

SENT = datetime(2026, 11, 2, 12, tzinfo=UTC)


def test_release_is_delivery_and_the_time_for_returns():
    assert delivered_at(SENT) == SENT + timedelta(days=5)
    assert released_at(SENT) == SENT + timedelta(days=19)


def test_a_key_is_known_for_a_day_and_not_a_second_longer():
    assert may_send_again(SENT, SENT + timedelta(hours=23, minutes=59, seconds=59))
    assert not may_send_again(SENT, SENT + timedelta(hours=24))


def test_what_is_left_of_lines():
    assert count_left({1: 3, 2: 1}, [{1: 1}, {1: 1, 2: 1}]) == {1: 1, 2: 0}


@pytest.mark.parametrize(
    ("wanted", "fits"),
    [
        ({}, False),
        ({1: 1}, True),
        ({1: 2}, False),
        ({1: 0}, False),
        ({1: -1}, False),
        ({9: 1}, False),
    ],
)
def test_wanted_is_within_what_is_left(wanted, fits):
    assert is_within(wanted, {1: 1, 2: 0}) is fits


@pytest.mark.parametrize("rules", [refunds, transfers])
def test_every_state_has_its_steps_and_the_ends_have_none(rules):
    states = {state for steps in rules.STEPS.values() for state in steps} | set(rules.STEPS)
    assert set(rules.STEPS) == states
    assert any(not steps for steps in rules.STEPS.values())
