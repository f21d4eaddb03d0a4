"""How many ever come, and how long do they take: where some never come and many are still open."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize
from scipy.special import expit, logit, ndtri

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Cure:
    """A split-population Weibull: the share `share` ever comes, after Weibull(scale, shape) time.

    `low` and `high`: 95 % interval of the share, made on the logit scale. `log_likelihood` of the
    rows. Times in the unit of the data.
    """

    share: float
    scale: float
    shape: float
    low: float
    high: float
    log_likelihood: float

    def by(self, time: float) -> float:
        """The share of all that has come by `time`."""
        return self.share * (1 - float(np.exp(-((max(time, 0.0) / self.scale) ** self.shape))))

    def still(self, age: float) -> float:
        """The share of those still open at `age` that will come after all: c(1-F)/(1-cF)."""
        come = self.by(age)
        return (self.share - come) / (1 - come)


def fit_cure(times: ArrayLike, came: ArrayLike, counts: ArrayLike | None = None) -> Cure:
    """Fit the share that ever comes and its time, by maximum likelihood.

    One that came counts ln c + ln f(t), one still open at t counts ln(1 - c F(t)). Who is known to
    be lost is open at infinity: give `np.inf`.

    Follow-up must be longer than what it takes: see `follow_up.is_too_early`, for with a short one
    a small share that is quick and a large one that is slow look alike.

    Raises:
        ValueError: nobody came, or a time is negative.
    """
    t = np.asarray(times, dtype=np.float64)
    is_in = np.asarray(came, dtype=bool)
    many = np.ones(len(t)) if counts is None else np.asarray(counts, dtype=np.float64)
    if not (many[is_in] > 0).any() or (t < 0).any():
        raise ValueError("needs at least one that came, and no negative time")
    positive = t[np.isfinite(t) & (t > 0)]
    least = float(positive.min()) / 2 if len(positive) else 1e-3
    when = np.maximum(t[is_in], least)  # a Weibull density has no value at zero
    weight, others, beside = many[is_in], t[~is_in], many[~is_in]

    def loss(at: Floats) -> float:
        share, scale, shape = expit(at[0]), np.exp(at[1]), np.exp(at[2])
        ratio = when / scale
        with np.errstate(over="ignore"):
            density = np.log(shape / scale) + (shape - 1) * np.log(ratio) - ratio**shape
            gone = -np.expm1(-((others / scale) ** shape))
        seen = weight @ (np.log(share) + density) if len(when) else 0.0
        return -float(seen + beside @ np.log1p(-np.minimum(share * gone, 1 - 1e-15)))

    naive = float(np.clip(weight.sum() / many.sum(), 1e-4, 1 - 1e-4))
    starts = [
        (logit(min(0.999, naive * more)), np.log(np.median(when) * 1.3), np.log(shape))
        for more in (1.05, 1.6)
        for shape in (0.8, 1.5)
    ]
    fits = [
        minimize(loss, start, method="Nelder-Mead",
                 options={"xatol": 1e-7, "fatol": 1e-9, "maxiter": 6000, "maxfev": 6000})
        for start in starts
    ]  # fmt: skip
    best = min(fits, key=lambda fit: float(fit.fun))
    at = np.asarray(best.x, dtype=np.float64)
    error = _error(loss, at)
    reach = float(ndtri(0.975)) * error
    return Cure(
        share=float(expit(at[0])),
        scale=float(np.exp(at[1])),
        shape=float(np.exp(at[2])),
        low=float(expit(at[0] - reach)),
        high=float(expit(at[0] + reach)),
        log_likelihood=-float(best.fun),
    )


def _error(loss: Callable[[Floats], float], at: Floats) -> float:
    """The standard error of the first parameter, from the curvature at the best fit."""
    step = 1e-3
    bend = np.empty((3, 3))
    for i in range(3):
        for j in range(3):
            ways = [np.zeros(3) for _ in range(4)]
            for one, (up, right) in zip(ways, ((1, 1), (1, -1), (-1, 1), (-1, -1)), strict=True):
                one[i] += up * step
                one[j] += right * step
            a, b, c, d = (loss(at + one) for one in ways)
            bend[i, j] = (a - b - c + d) / (4 * step**2)
    try:
        variance = float(np.linalg.inv(bend)[0, 0])
    except np.linalg.LinAlgError:
        return float("inf")
    return float(np.sqrt(variance)) if variance > 0 else float("inf")
