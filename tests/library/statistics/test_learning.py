"""Scores, kinds and causes against the tables of methods.md, sections 4, 5 and 9."""

from fractions import Fraction

import numpy as np
import pytest

from onefunnel.statistics.calibration import (
    auc,
    brier,
    calibration_error,
    corrected_intercept,
    evidence,
    isotonic,
    log_loss,
    points,
    stability_index,
)
from onefunnel.statistics.causes import e_value, share_of_each
from onefunnel.statistics.latent_classes import fit_classes, rand_index


def test_never_falling() -> None:
    """4.1 [L sklearn]."""
    third = 2 / 3
    expected = [0, 0, 0.5, 0.5, third, third, third, 1, 1, 1]
    assert isotonic([0, 0, 1, 0, 1, 1, 0, 1, 1, 1]) == pytest.approx(expected)


def test_points() -> None:
    """4.2 [R], 4.3 [C]."""
    scale = points(600, 50, 20)
    assert (scale.factor, scale.offset) == pytest.approx((28.8539, 487.123), abs=5e-4)
    other = points(600, 30, 20)
    assert other.offset == pytest.approx(501.8622, abs=5e-5)
    assert other.of_odds(60) == pytest.approx(620)
    assert other.of_chance(0.05) == pytest.approx(416.9036, abs=5e-5)


def test_moved_and_telling() -> None:
    """4.4, 4.5 [C]."""
    whole, parts = stability_index([0.10, 0.20, 0.30, 0.25, 0.15], [0.08, 0.16, 0.28, 0.28, 0.20])
    assert whole == pytest.approx(0.0325524, abs=5e-8)
    expected = [0.004463, 0.008926, 0.001380, 0.003400, 0.014384]
    assert parts == pytest.approx(expected, abs=5e-7)
    weights, information = evidence([200, 300, 500], [50, 30, 20])
    assert weights == pytest.approx([-0.9163, 0, 0.9163], abs=5e-5)
    assert information == pytest.approx(0.549774, abs=5e-7)
    assert np.isfinite(evidence([10, 0], [3, 4])[1])


def test_probabilities() -> None:
    """4.6 [L, C], 4.7 [C]."""
    p = [0.1] * 10 + [0.3] * 10 + [0.8] * 10
    y = [1] + [0] * 9 + [1] * 4 + [0] * 6 + [1] * 7 + [0] * 3
    found = brier(p, y)
    parts = (found.score, found.reliability, found.resolution, found.uncertainty)
    assert parts == pytest.approx((0.186667, 0.006667, 0.06, 0.24), abs=5e-7)
    assert calibration_error(p, y) == pytest.approx(0.066667, abs=5e-7)
    assert log_loss(p, y) == pytest.approx(0.553236, abs=5e-7)
    assert auc(p, y) == pytest.approx(0.777778, abs=5e-7)
    assert auc([0.1, 0.2], [1, 1]) is None
    assert corrected_intercept(-1.2, 0.03, 0.2) == pytest.approx(-3.289804, abs=5e-7)


PATTERNS = [42, 23, 6, 25, 6, 24, 7, 38, 1, 4, 1, 6, 2, 9, 2, 20]


def test_latent_classes() -> None:
    """5.1 [R, L stepmix]: the conflicts of Stouffer and Toby, 216 people, four items."""
    answers = [[n >> place & 1 for place in (3, 2, 1, 0)] for n in range(16)]  # 1 is item = 2
    fit = fit_classes(answers, 2, seed=5, counts=PATTERNS)
    assert fit.log_likelihood == pytest.approx(-504.46767, abs=5e-5)
    assert (fit.aic, fit.bic) == pytest.approx((1026.9353, 1057.3128), abs=5e-4)
    assert fit.sizes == pytest.approx([0.7208, 0.2792], abs=5e-4)
    assert fit.chances[1] == pytest.approx([0.0068, 0.0602, 0.0735, 0.2309], abs=5e-4)
    assert fit.chances[0] == pytest.approx([0.2864, 0.6704, 0.6460, 0.8676], abs=5e-4)
    assert fit.belongs([[0, 0, 0, 0]])[0, 1] > 0.9
    unknown = fit.belongs([[np.nan] * 4])[0]
    assert unknown == pytest.approx(fit.sizes)
    with pytest.raises(ValueError):
        fit_classes([[0.5]], 1, seed=1)


def test_groupings() -> None:
    """5.5 [L]."""
    assert rand_index([0, 0, 1, 1], [0, 0, 1, 2]) == pytest.approx(0.571429, abs=5e-7)
    assert rand_index([0, 0, 0, 1, 1, 1], [0, 0, 1, 1, 2, 2]) == pytest.approx(0.242424, abs=5e-7)
    assert rand_index([1, 1, 2], [7, 7, 3]) == 1.0


COUNTS = {"": 500, "late": 200, "off": 100, "unworked": 50, "late off": 60, "late unworked": 40,
          "off unworked": 30, "late off unworked": 20}  # fmt: skip
LEFT = {"late": Fraction(1, 2), "off": Fraction(3, 10), "unworked": Fraction(0)}
CAUSES = ("late", "off", "unworked")


def _margin(removed: frozenset[str]) -> Fraction:
    total = Fraction(0)
    for text, count in COUNTS.items():
        chance = Fraction(8, 100)
        for cause in text.split():
            chance *= 1 if cause in removed else LEFT[cause]
        total += count * chance * 8000
    return total


def test_what_each_cause_cost() -> None:
    """9.1 [C]: the parts sum exactly to the gap; the two usual ways do not."""
    now = _margin(frozenset())
    gap = _margin(frozenset(CAUSES)) - now
    assert (now, gap) == (408_960, 231_040)
    found = share_of_each(CAUSES, lambda removed: _margin(removed) - now)
    assert sum(found.values()) == gap
    expected = [85_333.33, 75_413.33, 70_293.33]
    assert [float(one) for one in found.values()] == pytest.approx(expected, abs=0.005)
    alone = [_margin(frozenset({one})) - now for one in CAUSES]
    assert ([int(one) for one in alone], sum(alone)) == ([69_760, 58_240, 52_480], 180_480)
    with pytest.raises(ValueError):
        share_of_each([str(n) for n in range(9)], lambda removed: 0)


def test_e_value() -> None:
    """9.4 [R]."""
    assert e_value(2) == pytest.approx(3.414214, abs=5e-7)
    assert e_value(0.5) == pytest.approx(e_value(2))
