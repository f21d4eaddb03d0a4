"""Berkeley admissions 1973: rates moved one way, the total the other (methods.md 2.5, 2.6)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onefunnel.statistics.mix import kitagawa, mantel_haenszel

MEN = [(512, 313), (353, 207), (120, 205), (138, 279), (53, 138), (22, 351)]
WOMEN = [(89, 19), (17, 8), (202, 391), (131, 244), (94, 299), (24, 317)]


def test_mantel_haenszel_and_breslow_day() -> None:
    """2.5 [R,L]"""
    result = mantel_haenszel([(*men, *women) for men, women in zip(MEN, WOMEN, strict=True)])
    assert result.odds_ratio == pytest.approx(0.904697, abs=1e-6)
    assert (result.chi2, result.p) == pytest.approx((1.5246, 0.2169), abs=5e-5)
    assert (result.chi2_corrected, result.p_corrected) == pytest.approx((1.4269, 0.2323), abs=5e-5)
    assert result.heterogeneity == pytest.approx(18.826, abs=5e-4)
    assert result.p_heterogeneity == pytest.approx(0.0021, abs=5e-5)


def test_kitagawa_of_women_against_men() -> None:
    """2.6 [C]"""
    change = kitagawa(
        [yes / (yes + no) for yes, no in MEN],
        [yes + no for yes, no in MEN],
        [yes / (yes + no) for yes, no in WOMEN],
        [yes + no for yes, no in WOMEN],
    )
    assert change.rate == pytest.approx(0.036028, abs=1e-6)
    assert change.mix == pytest.approx(-0.177674, abs=1e-6)
    assert change.total == pytest.approx(-0.141645, abs=1e-6)
    assert change.is_reversed


cells = st.lists(
    st.tuples(st.floats(0, 1), st.integers(1, 999), st.floats(0, 1), st.integers(1, 999)),
    min_size=1,
    max_size=12,
)


@given(cells)
def test_rate_and_mix_leave_no_residual(rows: list[tuple[float, int, float, int]]) -> None:
    p0, w0, p1, w1 = zip(*rows, strict=True)
    change = kitagawa(p0, w0, p1, w1)
    assert change.rate + change.mix == pytest.approx(change.total, abs=1e-12)
