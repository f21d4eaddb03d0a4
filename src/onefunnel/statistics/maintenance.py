"""When is a machine to be served before it fails?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.integrate import quad
from scipy.optimize import minimize_scalar
from scipy.special import gamma


@dataclass(frozen=True)
class Interval:
    """Serve every `at` hours; what that costs an hour, and what running to failure would."""

    at: float
    cost: float
    to_failure: float


def replacement_interval(planned: float, failure: float, scale: float, shape: float) -> Interval:
    """The age at which to renew a part whose life is Weibull(scale, shape).

    Minimises (planned R(t) + failure (1 - R(t))) / integral of R from 0 to t. Where shape is 1 or
    less a part does not age: `at` is infinite.

    Raises:
        ValueError: a cost, the scale or the shape is not above zero.
    """
    if min(planned, failure, scale, shape) <= 0:
        raise ValueError("costs, scale and shape are above zero")
    mean = scale * float(gamma(1 + 1 / shape))
    run_out = failure / mean
    if shape <= 1 or planned >= failure:
        return Interval(float("inf"), run_out, run_out)

    def alive(t: float) -> float:
        return float(np.exp(-((t / scale) ** shape)))

    def cost(t: float) -> float:
        return (planned * alive(t) + failure * (1 - alive(t))) / float(quad(alive, 0, t)[0])

    best = minimize_scalar(
        cost, bounds=(scale / 1000, scale * 5), method="bounded", options={"xatol": scale / 1e6}
    )
    return Interval(float(best.x), float(best.fun), run_out)


def minimal_repair_interval(planned: float, failure: float, scale: float, shape: float) -> Interval:
    """The age at which to renew what is only patched up when it fails: closed form.

    t = scale (planned / (failure (shape - 1))) ** (1 / shape).
    """
    if shape <= 1:
        raise ValueError("without ageing (shape <= 1) there is no best age")
    at = scale * (planned / (failure * (shape - 1))) ** (1 / shape)
    return Interval(at, (planned + failure * (at / scale) ** shape) / at, float("inf"))
