"""Published intervals; tags as in methods.md (R: published and reproduced, L: a peer library)."""

import pytest

from onefunnel.statistics.intervals import jeffreys, newcombe_difference, wilson


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [  # 2.2 [R,L] Newcombe 1998
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson(successes: int, n: int, low: float, high: float) -> None:
    interval = wilson(successes, n)
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [(0, 20, 0.0, 0.1166), (1, 29, 0.0037, 0.1501)],  # 2.4 [L]
)
def test_jeffreys(successes: int, n: int, low: float, high: float) -> None:
    interval = jeffreys(successes, n)
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=5e-5)


def test_newcombe_difference() -> None:
    # Newcombe (1998), table II, method 10: 56/70 - 48/80.
    interval = newcombe_difference(56, 70, 48, 80)
    assert (interval.low, interval.high) == pytest.approx((0.0524, 0.3339), abs=5e-5)


def test_nothing_known_is_the_whole_range() -> None:
    assert (wilson(0, 0).low, wilson(0, 0).high) == (0.0, 1.0)


def test_all_or_none_touch_the_border_exactly() -> None:
    assert wilson(0, 5).low == 0.0
    assert wilson(5, 5).high == 1.0
