"""What a person does about money without an answer follows from its state and its age."""

from datetime import UTC, datetime, timedelta

import pytest

from app.domains.payments.unanswered.rules import NextStep, next_step

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("state", "age", "is_stopped", "step"),
    [
        ("unknown", timedelta(minutes=11), False, NextStep.ASK_AGAIN),
        ("planned", timedelta(hours=23), False, NextStep.ASK_AGAIN),
        ("unknown", timedelta(hours=24), False, NextStep.SEARCH_AT_PROVIDER),
        ("asked", timedelta(minutes=11), True, NextStep.LET_MONEY_GO_ON),
        ("pending", timedelta(days=11), False, NextStep.ASK_THE_BANK),
        ("pending", timedelta(days=11), True, NextStep.ASK_THE_BANK),
    ],
)
def test_what_to_do(state, age, is_stopped, step):
    assert next_step(state, NOW - age, NOW, is_stopped=is_stopped) is step
