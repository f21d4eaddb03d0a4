"""Kaplan-Meier and Aalen-Johansen against published figures (methods.md 1.10-1.12)."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onefunnel.statistics.competing_risks import aalen_johansen, kaplan_meier

SIX_MP = [
    6, 6, 6, -6, 7, -9, 10, -10, -11, 13, 16, -17, -19, -20, 22, 23, -25, -32, -32, -34, -35,
]  # fmt: skip
SIX_MP_TIMES = [abs(weeks) for weeks in SIX_MP]
SIX_MP_EVENTS = [int(weeks > 0) for weeks in SIX_MP]  # a negative one was still open

TIMES = [1, 2, 2, 3, 4, 4, 5, 6, 7, 8]
WON = [(2, 0.1, 0.094868), (4, 0.216667, 0.136355), (6, 0.372222, 0.173703)]
CAUSES = [2, 1, 2, 0, 1, 2, 0, 1, 2, 0]  # 1 won, 2 lost, 0 open


def test_kaplan_meier_of_the_leukaemia_trial() -> None:
    """1.10 [R,L]: 21 patients on 6-MP."""
    survival = kaplan_meier(SIX_MP_TIMES, SIX_MP_EVENTS)
    times = [6, 7, 10, 13, 16, 22, 23]
    shares = [0.8571, 0.8067, 0.7529, 0.6902, 0.6275, 0.5378, 0.4482]
    for time, share in zip(times, shares, strict=True):
        assert survival.at(time) == pytest.approx(share, abs=5e-5)
    assert survival.quantile(0.5) == 23
    at_ten = list(survival.times).index(10)
    bounds = (survival.low[at_ten], survival.high[at_ten])
    assert bounds == pytest.approx((0.5032, 0.8894), abs=5e-5)


def test_aalen_johansen_with_ties() -> None:
    """1.11 [L]: statsmodels, an own loop and a DuckDB query agree on these."""
    won, lost = aalen_johansen(TIMES, CAUSES, cause=1), aalen_johansen(TIMES, CAUSES, cause=2)
    for time, share, error in WON:
        assert won.at(time) == pytest.approx(share, abs=1e-6)
        assert won.error_at(time) == pytest.approx(error, abs=1e-6)
    for time, share in {1: 0.1, 2: 0.2, 4: 0.316667, 7: 0.472222}.items():
        assert lost.at(time) == pytest.approx(share, abs=1e-6)


def test_lost_as_censored_shows_too_much() -> None:
    """1.12 [L]: the wrong way, kept to show its error: 50.6 % where 37.2 % is right."""
    wrong = 1 - kaplan_meier(TIMES, [1 if cause == 1 else 0 for cause in CAUSES]).share[-1]
    assert wrong == pytest.approx(0.506173, abs=1e-6)
    right = aalen_johansen(TIMES, CAUSES, cause=1).final
    assert wrong - right == pytest.approx(0.133951, abs=1e-6)


def test_counts_are_the_same_as_rows() -> None:
    rows = aalen_johansen([3, 3, 3, 5, 5, 9], [1, 1, 0, 2, 2, 0])
    grouped = aalen_johansen([3, 3, 5, 9], [1, 0, 2, 0], [2, 1, 2, 1])
    assert list(rows.share) == list(grouped.share)
    assert list(rows.error) == list(grouped.error)


def test_nothing_observed() -> None:
    assert aalen_johansen([], []).final == 0.0
    assert aalen_johansen([], []).quantile(0.5) is None
    assert kaplan_meier([], []).quantile(0.5) is None


def test_quantile_is_that_of_those_who_get_there() -> None:
    incidence = aalen_johansen([1, 2, 3, 4, 9], [1, 1, 1, 1, 2])
    assert incidence.final == pytest.approx(0.8)
    assert incidence.quantile(0.5) == 2


observations = st.lists(
    st.tuples(st.integers(0, 30), st.sampled_from([0, 1, 2])), min_size=1, max_size=60
)


@given(observations)
def test_the_causes_and_those_waiting_make_the_whole(rows: list[tuple[int, int]]) -> None:
    times, causes = [row[0] for row in rows], [row[1] for row in rows]
    waiting = kaplan_meier(times, causes).share[-1]
    ended = sum(aalen_johansen(times, causes, cause=cause).final for cause in (1, 2))
    assert waiting + ended == pytest.approx(1.0)


@given(observations)
def test_without_open_leads_it_is_the_plain_share(rows: list[tuple[int, int]]) -> None:
    times, causes = [row[0] for row in rows], [row[1] or 1 for row in rows]
    incidence = aalen_johansen(times, causes)
    n, share = len(rows), causes.count(1) / len(rows)
    assert incidence.final == pytest.approx(share)
    assert incidence.final_error == pytest.approx(np.sqrt(share * (1 - share) / n), abs=1e-7)
