"""The pieces of reverse planning against the tables of methods.md, section 1."""

import numpy as np
import pytest

from onefunnel.statistics.cure import fit_cure
from onefunnel.statistics.queues import (
    erlang_c,
    leads_a_month,
    people_needed,
    share_waiting_longer,
)
from onefunnel.statistics.residual import residual_by_period, wins_by_period
from onefunnel.statistics.response import (
    Curve,
    adstock,
    hill,
    keep_of_half_life,
    spend_until,
    split_budget,
)
from onefunnel.statistics.shrinkage import shrink
from onefunnel.statistics.trials_needed import naive_trials, trials_needed

RATS = (
    "0/20 0/20 0/20 0/20 0/20 0/20 0/20 0/19 0/19 0/19 0/19 0/18 0/18 0/17 1/20 1/20 1/20 1/20 "
    "1/19 1/19 1/18 1/18 2/25 2/24 2/23 2/20 2/20 2/20 2/20 2/20 2/20 1/10 5/49 2/19 5/46 3/27 "
    "2/17 7/49 7/47 3/20 3/20 2/13 9/48 10/50 4/20 4/20 4/20 4/20 4/20 4/20 4/20 10/48 4/19 4/19 "
    "4/19 5/22 11/46 12/49 5/20 5/20 6/23 5/19 6/22 6/20 6/20 6/20 16/52 15/47 15/46 9/24 4/14"
)


def test_needed_with_confidence() -> None:
    """1.3, 1.4, 1.6 [C]: the mean is too few half of the time."""
    cases = [
        (20, 30, 600, 400, (392, 496, 561)),
        (20, 3, 60, 400, (374, 633, 861)),
        (5, 2, 18, 45, (40, 78, 116)),
    ]
    for wanted, won, of, naive, expected in cases:
        assert naive_trials(wanted, won / of) == naive
        a, b = won + 0.5, of - won + 0.5
        assert tuple(trials_needed(wanted, a, b, q) for q in (0.5, 0.8, 0.9)) == expected


def test_a_quotient_that_floats_make_larger_is_not_rounded_up() -> None:
    """1.1, 1.2 [C]: walked back stage by stage."""
    back = [120]
    for rate in (0.25, 0.40, 0.50, 0.30):
        back.append(naive_trials(back[-1], rate))
    assert back == [120, 480, 1200, 2400, 8000]
    waterfall = [30]
    for rate in (0.20, 0.50, 0.60, 0.25):
        waterfall.append(naive_trials(waterfall[-1], rate))
    assert waterfall[-1] == 2000
    with pytest.raises(ValueError):
        naive_trials(3, 0)


def test_rat_tumours() -> None:
    """1.7 [R]: 71 groups, 267 of 1,739; BDA3 5.3."""
    cells = [tuple(map(int, one.split("/"))) for one in RATS.split()]
    assert len(cells) == 71
    assert sum(y for y, _ in cells) == 267
    assert sum(n for _, n in cells) == 1739
    found = shrink([y for y, _ in cells], [n for _, n in cells])
    assert (found.alpha, found.beta) == pytest.approx((2.40, 14.3), abs=0.05)
    assert found.rates[-1] == pytest.approx(0.2109, abs=5e-4)


def test_shrunk_rates_are_nearer_to_the_truth() -> None:
    """1.26 [S]: 40 cells of Beta(4, 76); raw .0370, pooled .0238, learnt together .0196."""
    random = np.random.default_rng(11)
    errors = {"raw": [], "pooled": [], "together": []}  # type: dict[str, list[float]]
    covered = []
    for repeat in range(60):
        truth = random.beta(4, 76, size=40)
        n = random.integers(5, 121, size=40)
        y = random.binomial(n, truth)
        found = shrink(y, n)
        for name, rates in (
            ("raw", y / n), ("pooled", np.full(40, y.sum() / n.sum())), ("together", found.rates)
        ):  # fmt: skip
            errors[name].append(float(np.mean((rates - truth) ** 2)))
        draws = found.draws(400, repeat)
        low, high = np.quantile(draws, [0.1, 0.9], axis=0)
        covered.append(float(np.mean((low <= truth) & (truth <= high))))
    rmse = {name: float(np.sqrt(np.mean(one))) for name, one in errors.items()}
    assert rmse["together"] < rmse["pooled"] < rmse["raw"]
    assert rmse["together"] == pytest.approx(0.0196, abs=0.0015)
    assert 0.75 <= np.mean(covered) <= 0.87


def test_cells_that_are_alike_or_empty_do_not_throw_it() -> None:
    alike = shrink([5] * 8, [100] * 8)
    assert alike.rates == pytest.approx([0.05] * 8, abs=0.005)
    nothing = shrink([0, 0, 0], [10, 20, 0])
    assert (nothing.rates < 0.1).all()
    assert (nothing.rates > 0).all()
    assert 0 < nothing.new_cell(200, 1).mean() < 0.3
    with pytest.raises(ValueError):
        shrink([2], [1])


def test_split_population_weibull() -> None:
    """1.14 [L]: lifelines, convoys and an own fit agree on these."""
    random = np.random.default_rng(7)
    comes = random.random(4000) < 0.2
    t = 30 * random.weibull(1.5, size=4000)
    seen = random.uniform(1, 180, size=4000)
    came = comes & (t <= seen)
    fit = fit_cure(np.where(came, t, seen), came)
    assert fit.share == pytest.approx(0.19524, abs=5e-5)
    assert fit.scale == pytest.approx(30.442, abs=0.005)
    assert fit.shape == pytest.approx(1.5001, abs=5e-4)
    assert fit.log_likelihood == pytest.approx(-4423.6942, abs=1e-3)
    assert (fit.low, fit.high) == pytest.approx((0.182, 0.209), abs=1e-3)
    assert came.mean() == pytest.approx(0.166, abs=1e-3)
    assert fit.still(0) == pytest.approx(fit.share)
    assert fit.still(170) < 0.001
    with pytest.raises(ValueError):
        fit_cure([3.0, 4.0], [False, False])


def test_what_open_leads_may_yet_become() -> None:
    """1.15, 1.16 [C]."""
    lags = [0.10, 0.25, 0.30, 0.20, 0.10, 0.05]
    assert residual_by_period(0.05, lags)[:5] == pytest.approx(
        [0.045226, 0.033079, 0.018088, 0.007833, 0.002625], abs=5e-7
    )
    wins = wins_by_period([160] * 7, 0.05, lags)
    assert wins == pytest.approx([0.8, 2.8, 5.2, 6.8, 7.6, 8, 8])


def test_advertising_that_lasts() -> None:
    """1.18 [L], 1.19 [L], 1.20 [C]."""
    impulse = [100, 0, 0, 0, 0]
    assert adstock(impulse, 0.5, 4) == pytest.approx(
        [53.3333, 26.6667, 13.3333, 6.6667, 0], abs=1e-4
    )
    assert adstock(impulse, 0.5, 4, is_normalised=False) == pytest.approx([100, 50, 25, 12.5, 0])
    delayed = adstock([100, 0, 0, 0, 0, 0], 0.8, 7, peak=2)
    expected = [11.4363, 22.3366, 27.9208, 22.3366, 11.4363, 3.7475]
    assert delayed == pytest.approx(expected, abs=1e-4)
    keeps = [keep_of_half_life(n) for n in (1, 2, 4, 8, 12, 26)]
    assert keeps == pytest.approx([0.5, 0.707107, 0.840896, 0.917004, 0.943874, 0.973693], abs=5e-7)


def test_returns_that_diminish() -> None:
    """1.21 [P, C]."""
    assert hill([50], 100)[0] == pytest.approx(1 / 3)
    assert hill([50, 100, 200], 100, 2) == pytest.approx([0.2, 0.5, 0.8])
    assert hill([0], 100)[0] == 0


CURVES = [Curve(500, 100), Curve(300, 40), Curve(200, 20)]


def test_the_split_that_brings_most() -> None:
    """1.22 [C, scipy SLSQP], 1.23 [C]."""
    best = split_budget(CURVES, 200)
    assert best.spends == pytest.approx((103.0754, 59.4862, 37.4384), abs=1e-4)
    assert best.next_unit == pytest.approx(1.212426, abs=1e-6)
    assert best.brings == pytest.approx(563.5265, abs=1e-4)
    equal = sum(curve.brings(200 / 3) for curve in CURVES)
    assert equal == pytest.approx(541.3462, abs=1e-4)
    until = spend_until(CURVES, 1)
    assert until.spends == pytest.approx((123.607, 69.545, 43.246), abs=1e-3)
    assert until.brings - sum(until.spends) == pytest.approx(367.206, abs=1e-3)


def test_limits_hold_and_the_rest_is_still_best() -> None:
    held = split_budget(CURVES, 200, [(0, 50), (0, 200), (30, 200)])
    assert held.spends[0] == pytest.approx(50)
    assert sum(held.spends) == pytest.approx(200)
    margins = [curve.margin_at(x) for curve, x in zip(CURVES[1:], held.spends[1:], strict=True)]
    assert margins[0] == pytest.approx(margins[1])
    with pytest.raises(ValueError, match="allow"):
        split_budget(CURVES, 200, [(0, 50)] * 3)


def test_people_and_waiting() -> None:
    """1.24, 1.25 [C; the first is a textbook value]."""
    assert leads_a_month(8, 160, 0.35, 1.2) == pytest.approx(373.33, abs=0.01)
    shares = [erlang_c(10, 8), erlang_c(12, 10), erlang_c(2, 1), erlang_c(3, 2.4)]
    assert shares == pytest.approx([0.409180, 0.449388, 0.333333, 0.647191], abs=5e-7)
    assert share_waiting_longer(3, 2.4, 20, 60) == pytest.approx(0.106980, abs=5e-7)
    assert erlang_c(3, 3) == 1.0
    assert people_needed(2.4, 20, 60, 0.11) == 3
    assert people_needed(2.4, 20, 60, 0.05) == 4
