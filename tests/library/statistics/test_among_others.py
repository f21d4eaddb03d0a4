"""Groups against the others: the published tests, in one stratum and in many; shrunken gaps."""

import numpy as np
import pytest

from onefunnel.statistics.among_others import each_against_the_others
from onefunnel.statistics.log_rank import log_rank, log_rank_of_each
from onefunnel.statistics.mix import mantel_haenszel
from onefunnel.statistics.shrunken_gaps import shrink_gaps
from tests.library.statistics.test_competing_risks import SIX_MP_EVENTS, SIX_MP_TIMES
from tests.library.statistics.test_mix import MEN, WOMEN
from tests.library.statistics.test_tests import PLACEBO


def test_two_groups_are_mantel_and_haenszel() -> None:
    """2.5 [R,L]: women were admitted more often than men of the same department."""
    yes = np.array([[one[0] for one in MEN], [one[0] for one in WOMEN]])
    trials = np.array([[sum(one) for one in MEN], [sum(one) for one in WOMEN]])
    found = each_against_the_others(yes, trials)
    published = mantel_haenszel([(*men, *women) for men, women in zip(MEN, WOMEN, strict=True)])
    assert (found.gaps / found.errors) ** 2 == pytest.approx([published.chi2] * 2)
    assert found.gaps[0] == pytest.approx(-found.gaps[1])
    assert 2 * found.p[0] == pytest.approx(published.p_corrected)
    assert found.gaps[0] > 0


def test_others_do_not_hold_the_group() -> None:
    found = each_against_the_others([[1], [8], [8]], [[10], [10], [10]])
    assert found.gaps == pytest.approx([0.7, 0.45 - 0.8, 0.45 - 0.8])
    assert found.expected == pytest.approx([8.0, 4.5, 4.5])


def test_who_is_alone_is_compared_with_nobody() -> None:
    found = each_against_the_others([[5, 0], [0, 5]], [[9, 0], [0, 9]])
    assert list(found.gaps) == [0, 0]
    assert list(found.compared) == [0, 0]
    assert list(found.p) == [0.5, 0.5]


def test_log_rank_of_each_in_one_stratum() -> None:
    """2.11 [R,L]"""
    times, events = [*SIX_MP_TIMES, *PLACEBO], [*SIX_MP_EVENTS, *[1] * 21]
    groups = [0] * 21 + [1] * 21
    found = log_rank_of_each(times, events, groups, [0] * 42, 2)
    assert (found.ahead / found.errors) ** 2 == pytest.approx([16.7929] * 2, abs=5e-5)
    assert found.ahead[0] < 0 < found.ahead[1]


def test_log_rank_over_strata_sums_them() -> None:
    rng = np.random.default_rng(1)
    times, causes = rng.integers(1, 30, 300), rng.integers(0, 2, 300)
    groups, strata = rng.integers(0, 3, 300), rng.integers(0, 2, 300)
    whole = log_rank_of_each(times, causes, groups, strata, 3)
    parts = [
        log_rank_of_each(times[strata == s], causes[strata == s], groups[strata == s],
                         [0] * (strata == s).sum(), 3)
        for s in (0, 1)
    ]  # fmt: skip
    assert whole.ahead == pytest.approx(parts[0].ahead + parts[1].ahead)
    assert whole.errors**2 == pytest.approx(parts[0].errors ** 2 + parts[1].errors ** 2)
    alone = log_rank(times[strata == 0], causes[strata == 0], groups[strata == 0] == 2)
    assert (parts[0].ahead[2] / parts[0].errors[2]) ** 2 == pytest.approx(alone.chi2)


def test_one_large_gap_keeps_its_size_and_chance_goes() -> None:
    rng = np.random.default_rng(4)
    gaps = np.r_[rng.normal(0, 0.03, 40), 0.20]
    found = shrink_gaps(gaps, np.full(41, 0.03))
    assert found.means[-1] == pytest.approx(0.20, abs=0.01)
    assert np.abs(found.means[:-1]).max() < np.abs(gaps[:-1]).max() / 3
    assert found.deviations[-1] == pytest.approx(0.03, abs=0.005)
    assert len(shrink_gaps([], []).means) == 0


def test_shrunken_gaps_are_as_good_as_they_say() -> None:
    """[S] Of cells whose truth is known, the intervals of the real ones hold it about as said, and
    the shrunken gaps are nearer to it than the measured ones."""
    rng, held, real, raw, shrunk = np.random.default_rng(9), 0, 0, 0.0, 0.0
    for _ in range(60):
        true = np.where(rng.random(60) < 0.1, 0.15, 0.0)
        error = rng.uniform(0.02, 0.05, 60)
        gaps = true + rng.normal(0, error)
        found = shrink_gaps(gaps, error)
        near = np.abs(found.means - true) <= 1.96 * found.deviations
        held, real = held + int(near[true > 0].sum()), real + int((true > 0).sum())
        raw, shrunk = raw + ((gaps - true) ** 2).sum(), shrunk + ((found.means - true) ** 2).sum()
    assert held / real > 0.85
    assert shrunk < 0.5 * raw
