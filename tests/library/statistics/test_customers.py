"""Retention, value and service intervals against the tables of methods.md, section 7."""

import csv
from pathlib import Path

import numpy as np
import pytest

from onefunnel.statistics.maintenance import minimal_repair_interval, replacement_interval
from onefunnel.statistics.renewals import Renewals, fit_renewals
from onefunnel.statistics.repeat_buying import Buying, Spending, fit_buying, fit_spending

HIGH_END = [100, 86.9, 74.3, 65.3, 59.3, 55.1, 51.7, 49.1]
CDNOW = Buying(0.243, 4.414, 0.793, 2.426, 0.0)


def test_shifted_beta_geometric() -> None:
    """7.1 [P, C]: the High End segment of Fader and Hardie, 1,000 customers."""
    fit = fit_renewals([10 * one for one in HIGH_END])
    assert (fit.a, fit.b) == pytest.approx((0.668, 3.806), abs=1e-3)
    assert fit.log_likelihood == pytest.approx(-1611.2, abs=0.05)
    expected = [0.4604, 0.4358, 0.4142, 0.3951, 0.3780]
    assert fit.survival([8, 9, 10, 11, 12]) == pytest.approx(expected, abs=1e-4)
    stays = [fit.retention(n) for n in (1, 2, 3, 4)]
    assert stays == pytest.approx([0.8507, 0.8780, 0.8968, 0.9106], abs=1e-4)


def test_expected_lifetimes() -> None:
    """7.3 [C]: discounted at 10 %."""
    fit = Renewals(0.668, 3.806, 1.0, 0.0)
    assert fit.expected_lifetime(0.10) == pytest.approx(5.92225, abs=5e-4)
    by_hand = float(fit.survival(np.arange(2000)) @ 1.1 ** -np.arange(2000.0))
    assert fit.expected_lifetime(0.10) == pytest.approx(by_hand, abs=1e-6)
    residual = [fit.expected_residual(0.10, n) for n in range(1, 6)]
    assert residual == pytest.approx([5.4145, 5.9014, 6.2939, 6.6199, 6.8967], abs=5e-4)


def test_beta_discrete_weibull() -> None:
    """7.4 [P retenmod README, C]."""
    fit = fit_renewals(HIGH_END[:5], is_age_free=False)
    assert (fit.a, fit.b, fit.c) == pytest.approx((0.2593, 1.7226, 1.5844), abs=5e-4)
    # the README counts the likelihood of the shares in per cent, as given
    assert -fit.log_likelihood == pytest.approx(122.27493, abs=1e-4)
    expected = [54.661, 51.037, 48.104, 45.669, 43.604, 41.823]
    assert 100 * fit.survival(range(5, 11)) == pytest.approx(expected, abs=2e-3)
    with pytest.raises(ValueError):
        fit.expected_lifetime(0.1)
    with pytest.raises(ValueError):
        fit_renewals([10, 12])


@pytest.mark.data
def test_cdnow(exports: Path) -> None:
    """7.5, 7.9 [R, L]: 2,357 customers, 2,457 repeat purchases, 946 who bought again."""
    with (exports / "cdnow" / "cdnow_customers_summary_with_transactions.csv").open() as file:
        rows = [(float(r["x"]), float(r["t_x"]), float(r["T"]), float(r["zbar"]))
                for r in csv.DictReader(file)]  # fmt: skip
    x, tx, t, mean = np.array(rows).T
    fit = fit_buying(x, tx, t)
    found = (fit.r, fit.alpha, fit.a, fit.b)
    assert found == pytest.approx((0.2426, 4.4135, 0.7929, 2.4258), abs=2e-4)
    assert fit.log_likelihood == pytest.approx(-9582.43, abs=0.01)
    again = x > 0
    assert again.sum() == 946
    worth = fit_spending(x[again], mean[again])
    assert (worth.p, worth.q, worth.gamma) == pytest.approx((6.249, 3.745, 15.448), abs=0.01)
    assert mean[again].mean() == pytest.approx(35.08, abs=0.01)
    assert worth.mean == pytest.approx(35.17, abs=0.01)


def test_one_customer() -> None:
    """7.6, 7.7 [L, own]."""
    assert CDNOW.expected(2, 30.43, 38.86, 39.0) == pytest.approx(1.226028, abs=5e-7)
    assert CDNOW.alive(2, 30.43, 38.86) == pytest.approx(0.726579, abs=5e-7)
    assert CDNOW.alive(0, 0, 38.86) == 1.0
    assert CDNOW.expected_new(39) == pytest.approx(1.196723, abs=5e-7)
    chances = [CDNOW.chance_of(n, 39) for n in range(4)]
    assert chances == pytest.approx([0.573786, 0.199395, 0.085430, 0.045860], abs=5e-7)
    others = [float(CDNOW.expected(1, 1.71, 38.86, 39)), float(CDNOW.expected(0, 0, 38.86, 39))]
    assert others == pytest.approx([0.203187, 0.195098], abs=5e-7)


def test_what_a_purchase_is_worth() -> None:
    """7.10 [C]."""
    worth = Spending(6.25, 3.74, 15.44)
    assert worth.mean == pytest.approx(35.2190, abs=5e-5)
    expected = worth.expected([2, 1, 7], [22.35, 50, 73.74])
    assert expected == pytest.approx([24.6637, 45.4950, 71.4697], abs=5e-5)


def test_when_to_serve_a_machine() -> None:
    """7.12 [P, C], 7.13 [C]."""
    renew = replacement_interval(1, 5, 1000, 2.5)
    assert renew.at == pytest.approx(493.05, rel=1e-3)
    assert renew.cost == pytest.approx(0.0034620, abs=5e-7)
    assert renew.to_failure == pytest.approx(0.0056353, abs=5e-7)
    patch = minimal_repair_interval(1, 5, 1000, 2.5)
    assert patch.at == pytest.approx(446.6584, abs=5e-4)
    assert patch.cost == pytest.approx(0.0037314, abs=5e-7)
    assert replacement_interval(1, 5, 1000, 1.0).at == float("inf")
