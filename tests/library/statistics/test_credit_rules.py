"""Rules of credit against the tables of methods.md 3.6 to 3.8, and against a slow loop."""

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onefunnel.statistics.credit_rules import RULES, Paths, weights


def one(size: int, created: int = -1, opened: int = -1, days: Sequence[float] = ()) -> Paths:
    ages = np.array(days or range(size, 0, -1), dtype=float)
    return Paths(np.array([size]), ages, np.array([created]), np.array([opened]))


def test_time_decay_of_a_week() -> None:
    """3.6 [P,C]: 12,000 among touches 38, 33, 26, 8 and 0 days before the end."""
    shares = weights("time_decay", one(5, days=(38, 33, 26, 8, 0)), half_life_days=7)
    assert 12000 * shares == pytest.approx([175.20, 287.44, 574.88, 3417.04, 7545.45], abs=0.005)


@pytest.mark.parametrize(
    ("rule", "path", "expected"),
    [
        ("u_shaped", one(5, created=2), [0.4, 0.0667, 0.4, 0.0667, 0.0667]),
        ("w_shaped", one(6, 1, 4), [0.3, 0.3, 0.0333, 0.0333, 0.3, 0.0333]),
        ("full_path", one(7, 1, 4), [0.225, 0.225, 0.0333, 0.0333, 0.225, 0.0333, 0.225]),
        ("w_shaped", one(4, 0, 3), [0.6, 0.05, 0.05, 0.3]),
    ],
)
def test_milestones(rule: str, path: Paths, expected: list[float]) -> None:
    """3.7 and 3.8 [C]; in 3.8 the first touch made the lead, too."""
    assert weights(rule, path) == pytest.approx(expected, abs=5e-5)


def test_without_touches_between_the_milestones_share_all() -> None:
    assert weights("w_shaped", one(3, 1, 2)) == pytest.approx([1 / 3] * 3)


def test_a_milestone_that_no_touch_plays_gives_its_share_to_the_others() -> None:
    assert weights("u_shaped", one(3)) == pytest.approx([2 / 3, 1 / 6, 1 / 6])
    assert weights("w_shaped", one(1)) == [1.0]


def test_touches_very_long_ago_do_not_become_nothing() -> None:
    assert weights("time_decay", one(2, days=(40_007, 40_000))) == pytest.approx([1 / 3, 2 / 3])


def test_no_rule_of_that_name() -> None:
    with pytest.raises(KeyError):
        weights("magic", one(2))


def test_no_journeys_at_all() -> None:
    none = np.zeros(0, np.int64)
    for rule in RULES:
        assert len(weights(rule, Paths(none, none.astype(float), none, none))) == 0


def plainly(rule: str, size: int, created: int, opened: int, ages: Sequence[float]) -> list[float]:
    """The same by a loop over one journey, in fractions."""
    if rule in ("first_touch", "last_touch"):
        return [float(i == (0 if rule == "first_touch" else size - 1)) for i in range(size)]
    if rule == "linear":
        return [1 / size] * size
    if rule == "time_decay":
        raw = [0.5 ** ((age - min(ages)) / 7) for age in ages]
        return [one / sum(raw) for one in raw]
    given = {
        "u_shaped": {"first": 400, "created": 400},
        "w_shaped": {"first": 300, "created": 300, "opened": 300},
        "full_path": {"first": 225, "created": 225, "opened": 225, "last": 225},
    }[rule]
    at = {"first": 0, "created": created, "opened": opened, "last": size - 1}
    shares, played = [Fraction(0)] * size, set()
    for name, share in given.items():
        if at[name] >= 0:
            shares[at[name]] += Fraction(share, 1000)
            played.add(at[name])
    between = [i for i in range(size) if i not in played]
    for i in between:
        shares[i] += Fraction(1000 - sum(given.values()), 1000) / len(between)
    return [float(share / sum(shares)) for share in shares]


@st.composite
def journeys(draw: st.DrawFn) -> tuple[int, int, int, list[float]]:
    size = draw(st.integers(1, 9))
    place = st.integers(-1, size - 1)
    ages = draw(st.lists(st.floats(0, 900), min_size=size, max_size=size))
    return size, draw(place), draw(place), sorted(ages, reverse=True)


@given(st.lists(journeys(), min_size=1, max_size=8), st.sampled_from(RULES))
def test_all_at_once_is_each_alone(
    made: list[tuple[int, int, int, list[float]]], rule: str
) -> None:
    sizes, created, opened, ages = zip(*made, strict=True)
    paths = Paths(
        np.array(sizes), np.concatenate(ages), np.array(created), np.array(opened)
    )  # fmt: skip
    shares = weights(rule, paths)
    expected = [share for journey in made for share in plainly(rule, *journey)]
    assert shares == pytest.approx(expected, abs=1e-12)
    assert np.add.reduceat(shares, paths.starts) == pytest.approx(1)
