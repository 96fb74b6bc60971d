"""When a second person is needed, and who that is."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domains.accounts.approvals.rules import (
    ApprovalState,
    is_for_platform,
    limit_for,
    needs_second_person,
    standing,
)
from app.foundation.money import Money

NOW = datetime(2026, 11, 21, tzinfo=UTC)
ME, OTHER = UUID(int=1), UUID(int=2)


@pytest.mark.parametrize(
    ("currency", "limit"),
    [("EUR", 50_000), ("GBP", 45_000), ("JPY", 80_000), ("KRW", 500), ("KWD", 500_000)],
)
def test_each_currency_has_its_limit_in_minor_units(currency, limit):
    assert limit_for(currency) == Money(limit, currency)


@settings(database=None, deadline=None)
@given(st.integers(1, 10**7), st.integers(0, 10**7))
def test_small_amounts_add_up(amount, before):
    needed = needs_second_person(Money(amount, "EUR"), before=Money(before, "EUR"))
    assert needed == (amount + before > 50_000)


def test_seven_days_and_not_a_second_longer():
    for left, expected in ((1, ApprovalState.PENDING), (0, ApprovalState.EXPIRED)):
        end = NOW + timedelta(seconds=left)
        assert standing(ApprovalState.PENDING, end, NOW) is expected
    over = NOW - timedelta(days=1)
    for decided in (ApprovalState.APPROVED, ApprovalState.DECLINED, ApprovalState.WITHDRAWN):
        assert standing(decided, over, NOW) is decided


@pytest.mark.parametrize(
    ("approvers", "expected"),
    [(set(), True), ({ME}, True), ({OTHER}, False), ({ME, OTHER}, False)],
)
def test_finance_decides_where_nobody_else_can(approvers, expected):
    assert is_for_platform(frozenset(approvers), ME) is expected
