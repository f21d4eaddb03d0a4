"""Tests of difference against published figures (methods.md 2.1, 2.11, 2.12)."""

import pytest

from onefunnel.statistics.false_discovery import (
    benjamini_hochberg,
    benjamini_yekutieli,
    bonferroni,
    holm,
)
from onefunnel.statistics.log_rank import log_rank
from onefunnel.statistics.two_shares import compare_shares
from tests.library.statistics.test_competing_risks import SIX_MP_EVENTS, SIX_MP_TIMES

P_1995 = [.0001, .0004, .0019, .0095, .0201, .0278, .0298, .0344, .0459, .3240, .4262, .5719,
          .6528, .7590, 1.0]  # fmt: skip
PLACEBO = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]


@pytest.mark.parametrize(
    ("method", "rejected"),
    [(benjamini_hochberg, 4), (bonferroni, 3), (holm, 3), (benjamini_yekutieli, 3)],
)
def test_which_findings_stand(method, rejected: int) -> None:
    """2.1 [R,L] Benjamini and Hochberg 1995"""
    assert int((method(P_1995) <= 0.05).sum()) == rejected


def test_adjusted_p_values() -> None:
    expected = [0.0015, 0.0030, 0.0095, 0.035625, 0.0603, 0.0639]
    assert list(benjamini_hochberg(P_1995)[:6]) == pytest.approx(expected, abs=5e-5)


def test_the_order_given_does_not_matter() -> None:
    back_to_front = benjamini_hochberg(P_1995[::-1])[::-1]
    assert list(back_to_front) == list(benjamini_hochberg(P_1995))


def test_log_rank() -> None:
    """2.11 [R,L]: 6-MP against placebo."""
    result = log_rank(
        [*SIX_MP_TIMES, *PLACEBO], [*SIX_MP_EVENTS, *[1] * 21], [True] * 21 + [False] * 21
    )
    assert result.chi2 == pytest.approx(16.7929, abs=5e-5)
    assert result.p == pytest.approx(4.17e-5, abs=5e-8)


def test_two_shares() -> None:
    """2.12 [L]"""
    result = compare_shares(3, 40, 15, 60)
    assert result.fisher_p == pytest.approx(0.03316, abs=5e-6)
    assert (result.chi2, result.chi2_p) == pytest.approx((4.97967, 0.025647), abs=5e-6)


def test_two_groups_of_none() -> None:
    assert compare_shares(0, 10, 0, 20).chi2_p == 1.0
