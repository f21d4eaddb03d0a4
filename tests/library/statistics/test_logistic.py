"""Logistic weights equal those of an independent fit; points say what weights say."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from onefunnel.statistics.logistic import fit_logistic, scorecard

RNG = np.random.default_rng(4)
X = (RNG.random((800, 3)) < (0.3, 0.5, 0.1)).astype(float)
Y = (RNG.random(800) < 1 / (1 + np.exp(1.5 - X @ (1.2, -0.8, 2.0)))).astype(float)


def test_weights_are_those_of_another_optimiser() -> None:
    def loss(beta: np.ndarray) -> float:
        odds = beta[0] + X @ beta[1:]
        return float(np.logaddexp(0, odds).sum() - Y @ odds + (beta[1:] ** 2).sum() / (2 * 2.5**2))

    other = minimize(loss, np.zeros(4), method="BFGS").x
    found = fit_logistic(X, Y)
    assert np.r_[found.intercept, found.weights] == pytest.approx(other, abs=1e-4)
    assert found.chances(X).mean() == pytest.approx(Y.mean(), abs=1e-6)


def test_rows_may_be_kinds_of_leads() -> None:
    kinds, place = np.unique(X, axis=0, return_inverse=True)
    place = place.ravel()
    found = fit_logistic(kinds, np.bincount(place, Y), np.bincount(place))
    assert found.weights == pytest.approx(fit_logistic(X, Y).weights, abs=1e-6)


def test_a_trait_without_exception_has_a_finite_weight() -> None:
    found = fit_logistic([[1.0], [0.0]], [30, 0], [30, 30])
    assert 1 < found.weights[0] < 12


@pytest.mark.parametrize("won", [[0, 0], [5, 5]])
def test_all_or_nobody_won_says_nothing(won: list[int]) -> None:
    with pytest.raises(ValueError, match="some that were not"):
        fit_logistic([[1.0], [0.0]], won, [5, 5])


def test_points_are_whole_and_calibrated() -> None:
    weights = fit_logistic(X, Y).weights
    card = scorecard(X, Y, weights)
    assert np.abs(card.points).max() <= 5
    assert np.sign(card.points).tolist() == np.sign(weights).tolist()
    sums = X @ card.points
    assert card.chances(sums).mean() == pytest.approx(Y.mean(), abs=1e-6)
    assert card.loss < fit_logistic(X, Y).loss * 1.01


def test_equal_weights_get_one_point_each() -> None:
    card = scorecard(X, Y, [0.7, 0.7, 0.7])
    assert card.points.tolist() == [1, 1, 1]
