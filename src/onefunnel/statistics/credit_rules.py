"""How a sale is shared out among the touches before it: the rules that go by place and time.

Worked on all journeys at once: touches stand in one row after another, sorted by journey and time,
and every figure of a journey is gathered for its touches, so that ten million of them take a second
and no join. A touch that plays two milestones takes both shares; what a rule gives to a milestone
that no touch plays, or to the touches between where there are none, goes to the others in
proportion (methods.md 3).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.integer]
Floats = NDArray[np.float64]

#: Shares of the first touch, the one that made the lead, the one that opened the deal and the one
#: that won it; what is left goes to the touches between.
MILESTONES = {
    "u_shaped": (0.4, 0.4, 0.0, 0.0),
    "w_shaped": (0.3, 0.3, 0.3, 0.0),
    "full_path": (0.225, 0.225, 0.225, 0.225),
}
BETWEEN = {"u_shaped": 0.2, "w_shaped": 0.1, "full_path": 0.1}
#: The rules in the order people meet them.
RULES = ("first_touch", "last_touch", "linear", *MILESTONES, "time_decay")
#: Days by which a touch counts half of one made a half-life later.
HALF_LIFE_DAYS = 7.0


@dataclass(frozen=True)
class Paths:
    """Touches of many journeys, sorted by journey and then by time.

    `sizes[j]` touches belong to journey j, at least one. `age_days[i]` is how many days before the
    end of its journey touch i was made. `created[j]` and `opened[j]` are the places (0 is the
    first) within journey j of the touch that made the lead and of the one that opened the deal;
    -1 where no touch did.
    """

    sizes: Ints
    age_days: Floats
    created: Ints
    opened: Ints

    @cached_property
    def starts(self) -> Ints:
        """Where each journey begins."""
        ends: Ints = np.cumsum(self.sizes)
        return ends - self.sizes

    def of_touch(self, of_journey: Floats) -> Floats:
        """What is known of each journey, for each of its touches."""
        return np.repeat(of_journey, self.sizes)


def weights(rule: str, paths: Paths, half_life_days: float = HALF_LIFE_DAYS) -> Floats:
    """The share of its journey's sale that each touch is given under a rule; each sums to one.

    Raises KeyError for a rule that is not one of RULES.
    """
    if rule in MILESTONES:
        return _by_milestones(paths, MILESTONES[rule], BETWEEN[rule])
    if rule == "linear":
        return paths.of_touch(1.0 / paths.sizes)
    if rule == "time_decay":
        raw = np.exp2(-_to_the_last(paths) / half_life_days)
        return raw / paths.of_touch(np.add.reduceat(raw, paths.starts) if len(raw) else raw)
    place = {"first_touch": paths.starts, "last_touch": paths.starts + paths.sizes - 1}[rule]
    result = np.zeros(int(paths.sizes.sum()))
    result[place] = 1.0
    return result


def _to_the_last(paths: Paths) -> Floats:
    """Days before the journey's last touch: the shares are the same, and none becomes nothing."""
    last = paths.age_days[paths.starts + paths.sizes - 1]
    return paths.age_days - paths.of_touch(last)


def _by_milestones(paths: Paths, shares: tuple[float, ...], between: float) -> Floats:
    first = np.zeros_like(paths.sizes)
    places = (first, paths.created, paths.opened, paths.sizes - 1)
    at_milestones = np.zeros(int(paths.sizes.sum()))
    is_between = np.ones(len(at_milestones), np.bool_)
    for share, place in zip(shares, places, strict=True):
        if share:
            there = place >= 0
            touch = (paths.starts + place)[there]
            at_milestones[touch] += share
            is_between[touch] = False
    others = _sums(paths, is_between.astype(np.float64))
    each = np.divide(between, others, out=np.zeros(len(others)), where=others > 0)
    result = at_milestones + np.where(is_between, paths.of_touch(each), 0.0)
    return result / paths.of_touch(_sums(paths, result))


def _sums(paths: Paths, values: Floats) -> Floats:
    return np.add.reduceat(values, paths.starts) if len(values) else np.zeros(0)


def sums_at(place: Ints, values: Floats, count: int) -> Floats:
    """The sum of the values at each of `count` places."""
    return np.asarray(np.bincount(place, weights=values, minlength=count), dtype=np.float64)
