"""The pieces of forecasts against the tables of methods.md, section 11."""

import numpy as np
import pytest

from onefunnel.statistics.forecast_scores import (
    conformal_width,
    crps_draws,
    crps_normal,
    interval_score,
    is_coverage_off,
    pinball,
)
from onefunnel.statistics.totals_of_chances import (
    count_distribution,
    count_quantile,
    value_draws,
)

CHANCES = [0.9, 0.6, 0.6, 0.25, 0.25, 0.1, 0.1, 0.1]


def test_how_many_deals_are_won() -> None:
    """11.1 [C]."""
    pmf = count_distribution(CHANCES)
    expected = [0.00656, 0.08529, 0.27307, 0.35434, 0.20894, 0.06171, 0.00936, 0.00070, 0.00002]
    assert pmf == pytest.approx(expected, abs=5e-6)
    n = np.arange(9)
    assert pmf @ n == pytest.approx(2.9)
    assert pmf @ n**2 - 2.9**2 == pytest.approx(1.215)
    assert pmf[4:].sum() == pytest.approx(0.280731, abs=5e-7)
    assert (count_quantile(pmf, 0.1), count_quantile(pmf, 0.9)) == (2, 4)
    assert list(count_distribution([])) == [1.0]
    with pytest.raises(ValueError):
        count_distribution([1.2])


def test_draws_of_value_have_the_mean_and_the_spread_of_the_chances() -> None:
    amounts = np.array([100.0, 50, 20, 10, 400, 30, 5, 80])
    draws = value_draws(CHANCES, amounts, 40_000, seed=3)
    p = np.array(CHANCES)
    assert draws.mean() == pytest.approx(p @ amounts, rel=0.02)
    assert draws.var() == pytest.approx((p * (1 - p)) @ amounts**2, rel=0.04)
    drawn = value_draws(np.array([CHANCES] * 7), amounts, 7, seed=3)
    assert drawn.shape == (7,)


def test_scores() -> None:
    """11.3, 11.4 [L scoringrules], 11.5, 11.6, 11.7, 11.8 [C]."""
    normal = [crps_normal(0, 1, 0), crps_normal(0, 1, 1), crps_normal(150, 60, 210)]
    assert normal == pytest.approx([0.233695, 0.602441, 36.146481], abs=5e-7)
    assert crps_draws([1, 2, 3, 4, 5], 2.5) == pytest.approx(0.5)
    assert crps_draws([1, 2, 3, 4, 5], 2.5, is_fair=True) == pytest.approx(0.3)
    losses = [pinball(100, 120, 0.9), pinball(100, 80, 0.9), pinball(100, 120, 0.1)]
    assert losses == pytest.approx([18, 2, 2])
    assert interval_score(50, 200, 230) == pytest.approx(450)
    assert is_coverage_off(17, 24) == pytest.approx(0.3034, abs=5e-5)
    assert conformal_width(range(1, 20), 0.9) == 18
    assert conformal_width(range(8), 0.9) is None
