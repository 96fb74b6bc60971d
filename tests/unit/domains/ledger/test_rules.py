"""Who gets what of an amount: nothing is lost, and nothing is given twice."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domains.ledger.errors import NotEnoughInBooksError
from app.domains.ledger.rules import Allocation, allocate, allocate_refund
from app.foundation.money import Money

quick = settings(database=None, deadline=None)


def euros(amount: int) -> Money:
    return Money(amount, "EUR")


def without(left: Allocation, gone: Allocation) -> Allocation:
    return Allocation(
        left.seller - gone.seller, left.commission - gone.commission, left.tax - gone.tax
    )


def parts(allocation: Allocation) -> tuple[int, int, int]:
    return (allocation.seller.amount, allocation.commission.amount, allocation.tax.amount)


def test_tax_is_the_states_and_the_commission_is_taken_of_the_rest():
    split = allocate(total=euros(13200), tax=euros(2200), commission_basis_points=1000)
    assert parts(split) == (9900, 1100, 2200)


def test_a_commission_that_does_not_come_out_even_loses_no_cent():
    split = allocate(total=euros(1005), tax=euros(0), commission_basis_points=1000)
    assert parts(split) in {(904, 101, 0), (905, 100, 0)}
    assert split.total == euros(1005)


def test_a_refund_is_proportional_and_adds_up():
    captured = Allocation(euros(10000), euros(1000), euros(2200))
    split = allocate_refund(refund=euros(1320), left=captured)
    assert parts(split) == (1000, 100, 220)


def test_a_refund_of_more_than_is_left_is_refused():
    captured = Allocation(euros(10000), euros(1000), euros(2200))
    left = without(captured, allocate_refund(refund=euros(10000), left=captured))
    with pytest.raises(NotEnoughInBooksError):
        allocate_refund(refund=euros(3201), left=left)


@quick
@given(
    st.integers(1, 10**9),
    st.integers(0, 40),
    st.integers(0, 10_000),
    st.lists(st.floats(0.01, 1), min_size=1, max_size=6),
)
def test_refunds_never_take_more_than_a_part_has_and_end_at_nothing(
    total, tax_percent, points, shares
):
    left = allocate(
        total=euros(total), tax=euros(total * tax_percent // 100), commission_basis_points=points
    )
    for share in [*shares, 1.0]:
        amount = left.total.amount
        refund = euros(amount if share == 1.0 else int(amount * share))
        split = allocate_refund(refund=refund, left=left)
        assert split.total == refund
        left = without(left, split)
        assert all(part >= 0 for part in parts(left))
    assert left.total == euros(0)
