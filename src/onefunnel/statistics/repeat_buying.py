"""Who buys again without a contract: how often, whether they are still there, and for how much.

BG/NBD (Fader, Hardie and Lee 2005) for when, gamma-gamma (2013) for how much. A customer who never
bought again is always "still there" to BG/NBD, and how much must not hang on how often: look at
their correlation first. Amounts are contribution margin, not revenue.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize
from scipy.special import betaln, gammaln, hyp2f1

Floats = NDArray[np.float64]
#: Curvatures below this count as this: a standard error of 3 of a logarithm.
_FLAT = 1 / 9
#: Holds parameters that the data leave open (nobody ever stays away) to numbers one can work with.
_TIE = 2e-4
_OPTIONS = {"xatol": 1e-9, "fatol": 1e-9, "maxiter": 20000, "maxfev": 20000}


@dataclass(frozen=True)
class Buying:
    """Purchases come at a rate Gamma(r, alpha); after each a customer stays, or not: Beta(a, b)."""

    r: float
    alpha: float
    a: float
    b: float
    log_likelihood: float

    def expected(self, again: ArrayLike, last: ArrayLike, age: ArrayLike, ahead: float) -> Floats:
        """How many purchases a customer will make within `ahead`; all times in one unit."""
        x, tx, t = (np.asarray(one, dtype=np.float64) for one in (again, last, age))
        r, alpha, a, b = self.r, self.alpha, self.a, self.b
        z = ahead / (alpha + t + ahead)
        grown = hyp2f1(r + x, b + x, a + b + x - 1, z)
        first = (a + b + x - 1) / (a - 1)
        some = first * (1 - ((alpha + t) / (alpha + t + ahead)) ** (r + x) * grown)
        return np.asarray(some / self._doubt(x, tx, t), dtype=np.float64)

    def alive(self, again: ArrayLike, last: ArrayLike, age: ArrayLike) -> Floats:
        """The chance that a customer is still there; 1 for who never bought again."""
        x, tx, t = (np.asarray(one, dtype=np.float64) for one in (again, last, age))
        return np.asarray(1 / self._doubt(x, tx, t), dtype=np.float64)

    def _doubt(self, x: Floats, tx: Floats, t: Floats) -> Floats:
        ratio = ((self.alpha + t) / (self.alpha + tx)) ** (self.r + x)
        gone = self.a / (self.b + np.maximum(x, 1) - 1) * ratio
        return np.asarray(1 + np.where(x > 0, gone, 0.0), dtype=np.float64)

    def expected_new(self, ahead: float) -> float:
        """How many purchases somebody new will make again within `ahead`: E[X(t)]."""
        r, alpha, a, b = self.r, self.alpha, self.a, self.b
        grown = hyp2f1(r, b, a + b - 1, ahead / (alpha + ahead))
        return float((a + b - 1) / (a - 1) * (1 - (alpha / (alpha + ahead)) ** r * grown))

    def chance_of(self, purchases: int, ahead: float) -> float:
        """The chance that somebody new buys exactly so often again within `ahead`."""
        r, alpha, a, b, x = self.r, self.alpha, self.a, self.b, purchases
        rate = gammaln(r + x) - gammaln(r) - gammaln(x + 1)
        shares = np.log(alpha / (alpha + ahead)) * r + np.log(ahead / (alpha + ahead)) * x
        stays = np.exp(betaln(a, b + x) - betaln(a, b) + rate + shares)
        if x == 0:
            return float(stays)
        before = sum(
            np.exp(gammaln(r + j) - gammaln(r) - gammaln(j + 1)
                   + np.log(alpha / (alpha + ahead)) * r + np.log(ahead / (alpha + ahead)) * j)
            for j in range(x)
        )  # fmt: skip
        return float(stays + np.exp(betaln(a + 1, b + x - 1) - betaln(a, b)) * (1 - before))


def fit_buying(
    again: ArrayLike, last: ArrayLike, age: ArrayLike, counts: ArrayLike | None = None
) -> Buying:
    """Fit from each customer's purchases after the first.

    Args:
        again: How many purchases after the first.
        last: How long after the first the last of them was; 0 where there was none.
        age: How long ago the first was.
        counts: How many customers a row stands for.

    Raises:
        ValueError: nobody bought again, or a last purchase lies outside the time looked at.
    """
    x, tx, t = (np.asarray(one, dtype=np.float64) for one in (again, last, age))
    many = np.ones(len(x)) if counts is None else np.asarray(counts, dtype=np.float64)
    if not (x > 0).any() or (tx < 0).any() or (tx > t + 1e-9).any():
        raise ValueError("needs repeat purchases, each between the first and now")
    unit = float(t.max()) / 10  # far-off parameters come of far-off units

    def loss(at: Floats) -> float:
        return _loss(at, x, tx / unit, t / unit, many)

    starts = ([0.0, 0.0, 0.0, 0.5], [-1.0, 0.5, 0.0, 1.0])
    fits = [minimize(loss, start, method="Nelder-Mead", options=_OPTIONS) for start in starts]
    best = min(fits, key=lambda fit: float(fit.fun))
    tie = _TIE * float(best.x @ best.x)
    return _buying(best.x, unit, float(tie - best.fun - float(many @ x) * np.log(unit)))


def _loss(at: Floats, x: Floats, tx: Floats, t: Floats, many: Floats) -> float:
    """Minus the log-likelihood of BG/NBD at the logarithms of r, alpha, a and b."""
    r, alpha, a, b = np.exp(np.clip(at, -12, 12))
    base = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
    there = betaln(a, b + x) - betaln(a, b) - (r + x) * np.log(alpha + t)
    gone = betaln(a + 1, b + np.maximum(x, 1) - 1) - betaln(a, b) - (r + x) * np.log(alpha + tx)
    both = np.logaddexp(there, np.where(x > 0, gone, -np.inf))
    return _TIE * float(at @ at) - float(many @ (base + both))


def draws_of(
    fit: Buying,
    again: ArrayLike,
    last: ArrayLike,
    age: ArrayLike,
    counts: ArrayLike | None = None,
    *,
    draws: int = 200,
    seed: int = 20_260_101,
) -> list[Buying]:
    """Parameters that the same data would allow as well, to see how sure a forecast is.

    Drawn from the normal around the logarithms of the fitted ones, as wide as the likelihood is
    curved there (its Hessian by differences; where it is nearly flat, a standard error of 3), and
    drawn again by how likely each is (sampling importance resampling, Rubin 1988).
    """
    x, tx, t = (np.asarray(one, dtype=np.float64) for one in (again, last, age))
    many = np.ones(len(x)) if counts is None else np.asarray(counts, dtype=np.float64)
    at = np.log([fit.r, fit.alpha, fit.a, fit.b])

    def loss(here: Floats) -> float:
        return _loss(here, x, tx, t, many)

    step, eye = 1e-3, np.eye(4)
    curve = np.empty((4, 4))
    for i in range(4):
        for j in range(i, 4):
            ends = [
                loss(at + step * (one * eye[i] + other * eye[j]))
                for one, other in ((1, 1), (1, -1), (-1, 1), (-1, -1))
            ]
            curve[i, j] = curve[j, i] = (ends[0] - ends[1] - ends[2] + ends[3]) / (4 * step**2)
    values, vectors = np.linalg.eigh(curve)
    rng = np.random.default_rng(seed)
    normal = rng.standard_normal((2 * draws, 4))
    moved = at + normal / np.sqrt(np.maximum(values, _FLAT)) @ vectors.T
    weight = loss(at) - np.array([loss(one) for one in moved]) + (normal**2).sum(1) / 2
    weight = np.exp(weight - weight.max())
    kept = rng.choice(len(moved), draws, p=weight / weight.sum())
    return [_buying(moved[one], 1.0, fit.log_likelihood) for one in kept]


def _buying(at: Floats, unit: float, score: float) -> Buying:
    r, alpha, a, b = (float(one) for one in np.exp(np.clip(at, -12, 12)))
    return Buying(r, alpha * unit, a, b, score)


@dataclass(frozen=True)
class Spending:
    """What a purchase is worth: gamma with a rate that is itself Gamma(q, gamma) over customers."""

    p: float
    q: float
    gamma: float

    @property
    def mean(self) -> float:
        """Over all customers; infinite where q <= 1."""
        return self.p * self.gamma / (self.q - 1) if self.q > 1 else float("inf")

    def expected(self, purchases: ArrayLike, mean_amount: ArrayLike) -> Floats:
        """What the purchases of a customer will be worth, given so many with that mean so far."""
        x, m = np.asarray(purchases, dtype=np.float64), np.asarray(mean_amount, dtype=np.float64)
        return np.asarray(
            self.p * (self.gamma + m * x) / (self.p * x + self.q - 1), dtype=np.float64
        )


def fit_spending(purchases: ArrayLike, mean_amount: ArrayLike) -> Spending:
    """Fit from how often each customer bought and the mean amount; both above zero.

    Raises:
        ValueError: there is no such customer, or one has no amount.
    """
    x, m = np.asarray(purchases, dtype=np.float64), np.asarray(mean_amount, dtype=np.float64)
    if not len(x) or (x <= 0).any() or (m <= 0).any():
        raise ValueError("needs customers who bought, each with an amount above zero")
    unit = float(m.mean())

    def loss(at: Floats) -> float:
        p, q, g = np.exp(np.clip(at, -12, 12))
        worth = m / unit
        each = (
            gammaln(p * x + q) - gammaln(p * x) - gammaln(q) + q * np.log(g)
            + (p * x - 1) * np.log(worth) + p * x * np.log(x) - (p * x + q) * np.log(g + worth * x)
        )  # fmt: skip
        return -float(each.sum())

    starts = ([1.0, 1.0, 0.0], [0.0, 1.0, 1.0])
    fits = [minimize(loss, start, method="Nelder-Mead", options=_OPTIONS) for start in starts]
    p, q, g = np.exp(min(fits, key=lambda fit: float(fit.fun)).x)
    return Spending(float(p), float(q), float(g * unit))
