"""What would be lost if a channel were not there: removal effects of a Markov chain, exactly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from onefunnel.statistics.credit_rules import Floats, Ints, sums_at

Flags = NDArray[np.bool_]

#: So many journeys a state are needed before states of more than one channel say anything.
PATHS_A_STATE = 10


@dataclass(frozen=True)
class Chain:
    """Counts of steps between states; `channels[s, k]` says whether state s holds channel k.

    `start[s]`: journeys that begin in state s; `step[s, t]`: steps from s to t; `won[s]` and
    `lost[s]`: journeys that end from s.
    """

    channels: Flags
    start: Floats
    step: Floats
    won: Floats
    lost: Floats


def chain(
    channel: Ints, sizes: Ints, won: Floats, lost: Floats, channels: int, order: int = 1
) -> Chain:
    """The chain of journeys that were won `won[j]` times and lost `lost[j]` times.

    The state of a journey is its last `order` channels (fewer at its beginning). A step between
    touches of the same channel is a step, too.
    """
    if order < 1:
        raise ValueError(f"a chain has order 1 or more, not {order}")
    states, members = _states(channel, sizes, channels, order)
    count, weight = len(members), won + lost
    starts = np.cumsum(sizes) - sizes
    ends = starts + sizes - 1
    follows = np.ones(len(channel), np.bool_)
    follows[starts] = False
    after = np.flatnonzero(follows)
    of_touch = np.repeat(weight, sizes)
    flat = sums_at(states[after - 1] * count + states[after], of_touch[after], count * count)
    return Chain(
        channels=members,
        start=sums_at(states[starts], weight, count),
        step=flat.reshape(count, count),
        won=sums_at(states[ends], won, count),
        lost=sums_at(states[ends], lost, count),
    )


def won_share(made: Chain) -> float:
    """The probability that a journey is won: P = [(I - Q)^-1 c] at the start, exactly."""
    _, reach = _solved(made)
    total = made.start.sum()
    return float(made.start @ reach / total) if total else 0.0


def removal_effects(made: Chain) -> Floats:
    """For each channel, the share of the wins that would not come without it: 1 - P_without / P.

    Without a channel, whatever comes to a state that holds it is lost. So P_without falls by the
    wins of those who come to such a state at all: h . P(state), where h, the chance that it is the
    first of these states to be come to, follows from the visits: start . N = h . N among them.
    """
    visits, reach = _solved(made)
    total = made.start.sum()
    whole = float(made.start @ reach)
    count = made.channels.shape[1]
    if not total or whole <= 0:
        return np.zeros(count)
    come = made.start @ visits
    effects = np.zeros(count)
    for place in range(count):
        held = np.flatnonzero(made.channels[:, place])
        if len(held):
            first = np.linalg.solve(visits[np.ix_(held, held)].T, come[held])
            effects[place] = first @ reach[held] / whole
    return effects


def _solved(made: Chain) -> tuple[Floats, Floats]:
    """How often each state is visited from each, N = (I - Q)^-1, and the chance to be won, N c."""
    leaving = made.step.sum(axis=1) + made.won + made.lost
    per = np.divide(1.0, leaving, out=np.zeros(len(leaving)), where=leaving > 0)
    visits = np.linalg.inv(np.eye(len(per)) - made.step * per[:, None])
    return visits, visits @ (made.won * per)


def supports_order(made: Chain, order: int) -> bool:
    """Whether there are journeys enough for a chain of this order."""
    return order == 1 or made.start.sum() >= PATHS_A_STATE * len(made.start)


def _states(channel: Ints, sizes: Ints, channels: int, order: int) -> tuple[Ints, Flags]:
    """The state after each touch, and which channels each state holds."""
    key = channel.astype(np.int64) + 1
    place = np.arange(len(channel)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    for back in range(1, order):
        before = np.zeros(len(channel), np.int64)
        before[back:] = channel[:-back].astype(np.int64) + 1
        before[place < back] = 0
        key = key + before * (channels + 1) ** back
    known, state = np.unique(key, return_inverse=True)
    members = np.zeros((len(known), channels), np.bool_)
    for back in range(order):
        held = known // (channels + 1) ** back % (channels + 1)
        rows = np.flatnonzero(held)
        members[rows, held[rows] - 1] = True
    return state, members
