"""Markov and Shapley against the tables of methods.md 3.1 to 3.3, and against brute force."""

import csv
from collections.abc import Sequence
from itertools import combinations
from math import factorial
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from onefunnel.statistics.credit_rules import Floats, Paths, weights
from onefunnel.statistics.markov import Chain, chain, removal_effects, supports_order, won_share
from onefunnel.statistics.shapley import shapley_weights

Rows = Sequence[tuple[str, float, float]]  # a path, how often it was won, how often lost


def made_of(rows: Rows, order: int = 1) -> tuple[list[str], Chain]:
    names, codes, sizes = coded(rows)
    won, lost = (np.array([row[i] for row in rows], dtype=float) for i in (1, 2))
    return names, chain(codes, sizes, won, lost, len(names), order)


def coded(rows: Rows) -> tuple[list[str], NDArray[np.intp], NDArray[np.intp]]:
    steps = [row[0].split(" > ") for row in rows]
    names = sorted({one for path in steps for one in path})
    codes = np.array([names.index(one) for path in steps for one in path])
    return names, codes, np.array([len(path) for path in steps])


def credit(rows: Rows, order: int = 1) -> dict[str, float]:
    names, made = made_of(rows, order)
    effects = removal_effects(made)
    total = sum(row[1] for row in rows)
    return dict(zip(names, total * effects / effects.sum(), strict=True))


def test_two_channels() -> None:
    """3.1 [P, C]"""
    rows = [("ga", 2, 0), ("mail", 1, 0), ("ga > mail", 1, 0), ("ga", 0, 1)]
    names, made = made_of(rows)
    assert names == ["ga", "mail"]
    assert made.step.tolist() == [[0, 1], [0, 0]]
    assert made.start.tolist() == [4, 1]
    assert won_share(made) == pytest.approx(0.8)
    assert removal_effects(made) == pytest.approx([0.75, 0.5])
    assert credit(rows) == pytest.approx({"ga": 2.4, "mail": 1.6})


def test_the_teaching_example() -> None:
    """3.2 [C]"""
    rows = [("C1 > C2 > C3", 1, 0), ("C1", 0, 1), ("C2 > C3", 0, 1)]
    assert won_share(made_of(rows)[1]) == pytest.approx(1 / 3)
    assert removal_effects(made_of(rows)[1]) == pytest.approx([0.5, 1, 1])
    assert credit(rows) == pytest.approx({"C1": 0.2, "C2": 0.4, "C3": 0.4})


def test_paths_that_were_all_won() -> None:
    """3.3 [P, C]: a simulation in use gives 1.991106 and 1.008894."""
    rows = [(" > ".join(path), 1.0, 0.0) for path in ("ABABBA", "ABBAA", "AA")]
    assert removal_effects(made_of(rows)[1]) == pytest.approx([1, 0.5])
    assert credit(rows) == pytest.approx({"A": 2, "B": 1})


def test_nothing_was_won() -> None:
    _, made = made_of([("A > B", 0, 3)])
    assert won_share(made) == 0
    assert removal_effects(made).tolist() == [0, 0]


def test_order_two_knows_what_came_before() -> None:
    """B wins only after A; by one step alone, half of all that come to B."""
    rows = [("A > B", 10, 0), ("C > B", 0, 10)]
    assert removal_effects(made_of(rows, order=2)[1]) == pytest.approx([1, 1, 0])
    assert removal_effects(made_of(rows, order=1)[1]) == pytest.approx([0.5, 1, 0.5])


def test_an_order_needs_journeys() -> None:
    _, made = made_of([("A > B", 1, 0), ("A", 0, 1)], order=2)
    assert supports_order(made, 1)
    assert not supports_order(made, 2)
    with pytest.raises(ValueError, match="order"):
        made_of([("A", 1, 0)], order=0)


paths = st.lists(st.sampled_from("ABCD"), min_size=1, max_size=5).map(" > ".join)
many = st.lists(st.tuples(paths, st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=8)


@given(many, st.integers(1, 3))
def test_removal_is_what_a_chain_without_the_states_says(rows: Rows, order: int) -> None:
    """By a second solve for each channel, with its states turned into dead ends."""
    names, made = made_of(rows, order)
    whole = won_share(made)
    if not whole:
        return
    leaving = made.step.sum(axis=1) + made.won + made.lost
    for place, name in enumerate(names):
        keep = np.flatnonzero(~made.channels[:, place] & (leaving > 0))
        stays = made.step[np.ix_(keep, keep)] / leaving[keep, None]
        reach = np.linalg.solve(np.eye(len(keep)) - stays, made.won[keep] / leaving[keep])
        without = made.start[keep] @ reach / made.start.sum()
        effect = removal_effects(made)[place]
        assert effect == pytest.approx(1 - without / whole, abs=1e-9), name


@given(st.lists(paths, min_size=1, max_size=6))
def test_shapley_is_the_mean_over_all_orders(won: list[str]) -> None:
    rows = [(path, 1.0, 0.0) for path in won]
    names, codes, sizes = coded(rows)
    shares = shapley_weights(codes, sizes)
    assert np.add.reduceat(shares, np.cumsum(sizes) - sizes) == pytest.approx(1)
    found = np.bincount(codes, weights=shares, minlength=len(names))
    assert found == pytest.approx([brute(name, names, won) for name in names])


def brute(name: str, names: list[str], won: list[str]) -> float:
    """The Shapley value by its definition: over every group of the other channels."""

    def worth(group: set[str]) -> int:
        return sum(set(path.split(" > ")) <= group for path in won)

    others = [one for one in names if one != name]
    value, count = 0.0, len(names)
    for size in range(count):
        for group in combinations(others, size):
            gain = worth({*group, name}) - worth(set(group))
            value += factorial(size) * factorial(count - size - 1) / factorial(count) * gain
    return value


#: The README of the shared data: first, last, linear, Markov of order 1, solved exactly.
PATH_DATA = {
    "alpha": (6308, 8447, 7574.719, 5344.948), "iota": (4606, 3355, 3857.096, 3884.615),
    "eta": (3164, 4167, 3539.951, 3340.847), "beta": (2831, 989, 2083.500, 2527.352),
    "theta": (1606, 653, 1022.801, 1971.913), "lambda": (902, 1207, 1035.258, 1282.847),
    "epsilon": (99, 531, 272.170, 599.571), "zeta": (27, 107, 136.552, 381.063),
    "kappa": (74, 230, 137.964, 274.363), "gamma": (165, 92, 121.042, 171.145),
    "delta": (1, 5, 1.725, 4.614), "mi": (2, 2, 2.222, 1.722),
}  # fmt: skip


@pytest.mark.data
def test_ten_thousand_paths_of_others(exports: Path) -> None:
    with (exports / "attribution" / "PathData.csv").open(newline="") as file:
        rows = [
            (row["path"], float(row["total_conversions"]), float(row["total_null"]))
            for row in csv.DictReader(file)
        ]
    names, codes, sizes = coded(rows)
    won = np.array([row[1] for row in rows])
    none = np.full(len(sizes), -1)
    journeys = Paths(sizes, np.zeros(len(codes)), none, none)

    def summed(shares: Floats) -> Floats:
        return np.bincount(codes, weights=shares * np.repeat(won, sizes))

    found = [summed(weights(rule, journeys)) for rule in ("first_touch", "last_touch", "linear")]
    by_chain = credit(rows)
    assert won_share(made_of(rows)[1]) == pytest.approx(0.2238451, abs=5e-8)
    assert set(names) == set(PATH_DATA)
    for place, name in enumerate(names):
        ours = (*(rule[place] for rule in found), by_chain[name])
        assert ours == pytest.approx(PATH_DATA[name], abs=5.1e-4), name
