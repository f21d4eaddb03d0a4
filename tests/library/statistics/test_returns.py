"""methods.md 3.9, and how sure a sum over accounts is."""

import numpy as np
import pytest

from onefunnel.statistics.bootstrap import middle_95, resampled_sums
from onefunnel.statistics.returns import months_to_pay_back, return_on


def test_return_on_what_was_spent() -> None:
    """3.9 [C]: spend 30k, 12 deals x 8,000 x 45 %."""
    assert return_on(12 * 8000 * 0.45, 30_000) == pytest.approx(0.44)
    assert return_on(100, 0) is None


def test_months_until_a_customer_has_paid_its_cost() -> None:
    """3.9 [C]: 60k for 20 customers, each 500 a month at 70 %."""
    assert months_to_pay_back(60_000 / 20, 500 * 0.7) == pytest.approx(8.571, abs=5e-4)
    assert months_to_pay_back(3000, 0) is None


def test_the_spread_of_resampled_sums_is_that_of_the_accounts() -> None:
    values = np.random.default_rng(4).exponential(1, (400, 2))
    drawn = resampled_sums(values, seed=1, draws=4000)
    assert drawn.mean(axis=0) == pytest.approx(values.sum(axis=0), rel=0.01)
    assert drawn.std(axis=0) == pytest.approx(values.std(axis=0) * 20, rel=0.05)


def test_pooled_accounts_spread_alike() -> None:
    values = np.random.default_rng(4).exponential(1, (20_000, 1))
    drawn = resampled_sums(values, seed=1, draws=1000, most_units=500)
    assert drawn.mean() == pytest.approx(values.sum(), rel=0.01)
    assert drawn.std() == pytest.approx(values.std() * 20_000**0.5, rel=0.12)


def test_neither_order_nor_call_changes_the_draws() -> None:
    values = np.random.default_rng(4).exponential(1, (50, 3))
    other = values[np.random.default_rng(5).permutation(50)]
    assert (resampled_sums(values) == resampled_sums(other)).all()
    assert resampled_sums(np.zeros((0, 3))).shape == (1000, 3)
    assert (resampled_sums(values, seed=1) != resampled_sums(values, seed=2)).any()


def test_the_middle_of_what_was_drawn() -> None:
    assert middle_95(np.arange(1001.0)) == (25, 975)
