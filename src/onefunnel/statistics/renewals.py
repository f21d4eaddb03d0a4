"""How long do customers stay who must renew: few cohorts, and customers who are not alike.

Shifted beta-geometric (Fader and Hardie 2007) and, where the chance to leave itself changes with
age, beta-discrete-Weibull (Fader, Hardie and others 2018). Retention that rises with age comes from
the mixture alone: those who leave easily left early. It is no proof that loyalty was made.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize
from scipy.special import betaln, hyp2f1

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Renewals:
    """S(t) = B(a, b + t ** c) / B(a, b): the share that is still there after t renewals.

    `c` is 1 for the shifted beta-geometric. `log_likelihood` of the customers given.
    """

    a: float
    b: float
    c: float
    log_likelihood: float

    def survival(self, periods: ArrayLike) -> Floats:
        t = np.asarray(periods, dtype=np.float64)
        return np.asarray(
            np.exp(betaln(self.a, self.b + t**self.c) - betaln(self.a, self.b)), dtype=np.float64
        )

    def retention(self, period: int) -> float:
        """Of those who are there before the renewal of that period (1, 2, ...): who stays."""
        stay = self.survival([period - 1, period])
        return float(stay[1] / stay[0])

    def expected_lifetime(self, discount: float) -> float:
        """Discounted periods of a new customer, the one that is paid already among them (DEL).

        Raises:
            ValueError: c is not 1: add up `survival` then, as far as you believe it.
        """
        self._needs_closed_form()
        return float(hyp2f1(1, self.b, self.a + self.b, 1 / (1 + discount)))

    def expected_residual(self, discount: float, renewal: int) -> float:
        """Discounted periods still to come of a customer just before that renewal (DERL).

        `renewal` is 1 for who never renewed yet. Raises ValueError as `expected_lifetime`.
        """
        self._needs_closed_form()
        a, b, n = self.a, self.b, renewal
        grown = hyp2f1(1, b + n, a + b + n, 1 / (1 + discount))
        return float((b + n - 1) / (a + b + n - 1) * grown)

    def _needs_closed_form(self) -> None:
        if self.c != 1:
            raise ValueError("there is no closed form for a chance that changes with age")


def fit_renewals(customers: ArrayLike, *, is_age_free: bool = True) -> Renewals:
    """Fit from how many customers of a cohort were there at 0, 1, 2, ... renewals.

    Args:
        customers: Not growing; the first is the cohort. At least two.
        is_age_free: Whether the chance of one customer stays what it is (c = 1).

    Raises:
        ValueError: fewer than two numbers, or they grow.
    """
    alive = np.asarray(customers, dtype=np.float64)
    if len(alive) < 2 or (np.diff(alive) > 0).any() or alive[0] <= 0:
        raise ValueError("needs a cohort and how many of it were left, never more than before")
    left, t = -np.diff(alive), np.arange(1, len(alive), dtype=np.float64)

    def loss(at: Floats) -> float:
        a, b = np.exp(np.clip(at[:2], -12, 12))
        c = np.exp(np.clip(at[2], -3, 3)) if len(at) > 2 else 1.0
        stay = np.exp(betaln(a, b + np.concatenate(([0.0], t)) ** c) - betaln(a, b))
        gone = np.maximum(-np.diff(stay), 1e-300)
        return -float(left @ np.log(gone) + alive[-1] * np.log(max(stay[-1], 1e-300)))

    starts = [[a, b] if is_age_free else [a, b, c]
              for a, b in ((0.0, 1.0), (-1.0, 0.5), (1.0, 3.0))
              for c in ((0.0,) if is_age_free else (0.0, 0.4))]  # fmt: skip
    options = {"xatol": 1e-9, "fatol": 1e-11, "maxiter": 20000, "maxfev": 20000}
    fits = [minimize(loss, start, method="Nelder-Mead", options=options) for start in starts]
    best = min(fits, key=lambda fit: float(fit.fun))
    parameters = np.exp(best.x)
    c = 1.0 if is_age_free else float(parameters[2])
    return Renewals(float(parameters[0]), float(parameters[1]), c, -float(best.fun))
