"""T6: a split of money adds up to the total, to the last penny, always."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onefunnel.statistics.split import round_to_total, split_money

pennies = st.integers(-(10**12), 10**12).map(lambda n: Decimal(n) / 100)
weights = st.lists(
    st.one_of(st.integers(0, 1000), st.decimals(0, 10**6, places=6)), min_size=1, max_size=20
).filter(lambda values: sum(values) > 0)


@pytest.mark.slow
@settings(max_examples=10_000, deadline=None)
@given(pennies, weights)
def test_the_parts_are_the_total(total: Decimal, parts: list[int | Decimal]) -> None:
    shares = split_money(total, parts)
    assert sum(shares) == total
    for share, weight in zip(shares, parts, strict=True):
        exact = float(total) * float(weight / sum(parts))
        assert abs(float(share) - exact) <= 0.01 + abs(exact) * 1e-9


def test_thirds_of_a_pound() -> None:
    assert split_money(Decimal("1.00"), [1, 1, 1]) == [
        Decimal("0.34"),
        Decimal("0.33"),
        Decimal("0.33"),
    ]


def test_rounding_one_by_one_would_lose_a_penny() -> None:
    """Why this exists: rounded alone, the thirds of a pound make 99 pence."""
    assert 3 * round(Decimal("1.00") / 3, 2) == Decimal("0.99")


def test_a_refund_is_split_like_a_payment() -> None:
    assert split_money(Decimal("-0.05"), [3, 2]) == [Decimal("-0.03"), Decimal("-0.02")]


@pytest.mark.parametrize("bad", [[], [0, 0], [-1, 2]])
def test_weights_that_share_out_nothing_are_refused(bad: list[int]) -> None:
    with pytest.raises(ValueError, match="weights"):
        split_money(Decimal("1.00"), bad)


def test_a_fraction_of_a_penny_is_refused() -> None:
    with pytest.raises(ValueError, match="decimal places"):
        split_money(Decimal("1.005"), [1, 1])


@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=20))
def test_known_parts_are_rounded_to_their_total(parts: list[float]) -> None:
    total = Decimal(round(sum(parts) * 100)) / 100
    rounded = round_to_total(parts, total)
    assert sum(rounded) == total
    for part, exact in zip(rounded, parts, strict=True):
        assert abs(float(part) - exact) <= 0.0101


def test_parts_that_come_to_less_or_more_still_make_the_total() -> None:
    assert round_to_total([1 / 3] * 3, Decimal("1.00")) == [
        Decimal("0.34"), Decimal("0.33"), Decimal("0.33"),
    ]  # fmt: skip
    assert sum(round_to_total([0.1, 0.1], Decimal("0.25"))) == Decimal("0.25")
    assert sum(round_to_total([0.1, 0.1], Decimal("0.13"))) == Decimal("0.13")
    assert round_to_total([], Decimal("0")) == []
