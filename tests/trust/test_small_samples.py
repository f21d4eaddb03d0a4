"""T10: where the data cannot support a share, it says "too few to tell", and shows the interval."""

import pytest

from onefunnel.measures.catalogue import compute_measure
from onefunnel.measures.scope import Scope
from onefunnel.measures.steps.shares import MIN_FOR_MEDIAN, MIN_LEADS
from tests.library.measures.log_t import agreement_of, facts_of
from tests.library.measures.random_facts import AGREEMENT, random_facts


def log_of(went_on: int, lost: int, still_open: int = 0) -> str:
    lines = [f"W{i} 0:Lead {i % 9 + 1}:MQL" for i in range(went_on)]
    lines += [f"X{i} 0:Lead {i % 9 + 1}:Lost" for i in range(lost)]
    return "\n".join([*lines, *(f"O{i} 59:Lead" for i in range(still_open))])


def first_step(log: str) -> dict[str, object]:
    return dict(compute_measure("stages", facts_of(log), agreement_of()).rows[1])


def test_seven_leads_are_too_few() -> None:
    step = first_step(log_of(3, 4))
    assert step["step_share"] is None
    assert step["overall_share"] is None
    assert "too few to tell (n=7)" in str(step["note"])
    assert 0 < step["low"] < 3 / 7 < step["high"] < 1


@pytest.mark.parametrize(("went_on", "lost"), [(0, MIN_LEADS - 1), (MIN_LEADS - 1, 0)])
def test_one_below_the_threshold_is_too_few_even_where_it_looks_sure(
    went_on: int, lost: int
) -> None:
    assert first_step(log_of(went_on, lost))["step_share"] is None


def test_at_the_threshold_it_tells() -> None:
    step = first_step(log_of(MIN_LEADS // 2, MIN_LEADS // 2))
    assert step["step_share"] == pytest.approx(0.5)
    assert step["note"] == ""


def test_many_open_leads_do_not_make_a_few_decided_ones_sure() -> None:
    """500 leads of yesterday say nothing yet: the interval is that of the four decided ones."""
    step = first_step(log_of(2, 2, still_open=500))
    assert step["n"] == 504
    assert step["step_share"] is None
    assert step["high"] - step["low"] > 0.5


def test_nothing_decided_is_the_whole_range() -> None:
    step = first_step(log_of(0, 0, still_open=30))
    assert (step["step_share"], step["low"], step["high"]) == (None, 0.0, 1.0)


def test_a_median_needs_enough_who_went_on() -> None:
    few, enough = (first_step(log_of(n, 40)) for n in (MIN_FOR_MEDIAN - 1, MIN_FOR_MEDIAN))
    assert few["median_days"] is None
    assert enough["median_days"] == 3


#: Each share with the column that says how many it rests on.
SHARES = {
    "stages": ("step_share", "n"),
    "channels": ("won_share", "n"),
    "value": ("win_rate", "n"),
    "repeat": ("share_of_leads", "n"),
}


@pytest.mark.parametrize("measure", SHARES)
def test_no_share_below_the_threshold_in_any_measure(measure: str) -> None:
    share, n = SHARES[measure]
    scope = (
        Scope() if measure == "repeat" else Scope(by="source" if measure != "value" else "month")
    )
    rows = compute_measure(measure, random_facts(3, leads=40), AGREEMENT, scope).rows
    small = [row for row in rows if isinstance(row[n], int) and row[n] < MIN_LEADS]
    assert small, "the facts have a small group"
    for row in small:
        assert row[share] is None
        assert (measure == "stages" and row["stage"] == "Lead") or row["note"]


def test_the_best_group_is_never_one_with_too_few_leads() -> None:
    facts = random_facts(3, leads=40)
    result = compute_measure("channels", facts, AGREEMENT, Scope(by="score"))
    assert result.sentence == "No score has enough leads to tell which share of them is won."
