"""What the stages say of a period: its age, and what changed against the one before."""

from dataclasses import replace
from datetime import timedelta

import pytest

from onefunnel.measures.catalogue import compute_measure
from onefunnel.measures.scope import Scope
from onefunnel.measures.stages_period import compared
from onefunnel.measures.steps.cohort import cohort
from onefunnel.measures.steps.journeys import journeys
from onefunnel.measures.steps.path import Path
from onefunnel.measures.steps.shares import estimate
from onefunnel.measures.steps.standing import OUTCOMES
from onefunnel.measures.steps.tally import Tally, TooManyGroups
from tests.library.measures.log_t import DAY_0, agreement_of, facts_of
from tests.library.measures.random_facts import AGREEMENT, START, random_facts

#: Won and all leads of two segments in two periods of 100 days: each segment does better in the
#: second, yet far more of its leads are of the segment that is seldom won.
BEFORE = {"Big": (30, 50), "Small": (5, 50)}
NOW = {"Big": (8, 10), "Small": (18, 90)}


def facts_with_a_paradox():
    lines, segment = [], {}
    for start, period in ((0, BEFORE), (100, NOW)):
        for name, (won, leads) in period.items():
            for number in range(leads):
                lead = f"{name}{start}-{number}"
                segment[lead] = name
                end = "Won" if number < won else "Lost"
                lines.append(f"{lead} {start + number % 20}:Lead {start + number % 20 + 5}:{end}")
    return facts_of("\n".join(lines), as_of=DAY_0 + timedelta(days=400), segment=segment)


def notes(**asked) -> list[str]:
    result = compute_measure("stages", facts_with_a_paradox(), agreement_of(), Scope(**asked))
    return [note for note in result.notes if note.startswith("Against the equal period")]


def test_a_reversal_is_said_to_be_one() -> None:
    """35 % fell to 26 % although both segments rose: 60 to 80 %, and 10 to 20 %."""
    since = DAY_0 + timedelta(days=100)
    [note] = notes(since=since, until=since + timedelta(days=100), by="segment")
    assert "fell by 9.00 points" in note
    assert "+13.00 points from the shares inside each segment" in note
    assert "-22.00 points from another mix of segment" in note
    assert "Simpson's paradox" in note


def test_the_segment_is_looked_at_without_being_asked() -> None:
    since = DAY_0 + timedelta(days=100)
    assert "Simpson's paradox" in notes(since=since, until=since + timedelta(days=100))[0]


def test_without_a_period_there_is_nothing_to_compare() -> None:
    assert notes() == []


@pytest.mark.parametrize("by", [None, "source", "month"])
@pytest.mark.parametrize("days", [(20, 60), (20, None), (20, 400)])
@pytest.mark.parametrize("seed", range(2))
def test_the_pass_over_all_leads_counts_the_period_as_one_over_its_leads_does(
    seed: int, days: tuple[int, int | None], by: str | None
) -> None:
    facts, path = random_facts(seed), Path(AGREEMENT)
    since, until = (None if d is None else START + timedelta(days=d) for d in days)
    entered = journeys(facts, AGREEMENT, None)["entered_at"].max().to_pyarrow().as_py()
    scope = Scope(by=by, since=since, until=until, as_of=entered)  # somebody enters right then
    found = compared(facts, AGREEMENT, scope)
    assert found is not None
    shared = found.of_scope(path)
    alone = Tally(cohort(facts, AGREEMENT, scope), path, scope.as_of)
    assert _all_of(shared, path) == _all_of(alone, path)


def _all_of(tally: Tally, path: Path) -> list[object]:
    stages = range(path.length)
    ends = ("won", "lost", "disqualified")
    figures: list[object] = [
        (
            (group, k, tally.entered(group, k), tally.went_back(group, k)),
            tuple(tally.standing(group, k, outcome) for outcome in OUTCOMES),
            tuple(estimate(took(group, k)) for took in (tally.step, tally.overall)),
        )
        for group in tally.groups
        for k in stages
    ]
    return [*figures, tally.never_in_a_stage, *(tally.mean_days(end) for end in ends)]


def test_a_column_that_nobody_asked_for_never_spoils_a_question(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A source that holds addresses has more values than can be compared: the next one is taken."""
    monkeypatch.setattr("onefunnel.measures.stages_period.MAX_GROUPS", 20)
    facts = facts_with_a_paradox()
    leads = facts["leads"]
    by_address = leads.mutate(channel=leads["segment"], source=leads["lead_id"]).drop("segment")
    scope = Scope(since=DAY_0 + timedelta(days=100), until=DAY_0 + timedelta(days=200))
    facts = replace(facts, tables={**facts.tables, "leads": by_address})
    result = compute_measure("stages", facts, agreement_of(), scope)
    assert (result.totals["leads"], result.totals["won"]) == (100, 26)
    assert "from another mix of channel" in " ".join(result.notes)

    facts = replace(facts, tables={**facts.tables, "leads": by_address.drop("channel")})
    alone = compute_measure("stages", facts, agreement_of(), scope)
    assert alone.rows == result.rows
    assert "another mix" not in " ".join(alone.notes)


def test_a_split_with_few_values_in_the_period_asked_for_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """All leads there ever were have more values than can be compared, those asked for have not."""
    monkeypatch.setattr("onefunnel.measures.stages_period.MAX_GROUPS", 3)
    log = "\n".join(f"L{i} {i}:Lead {i + 1}:Won" for i in range(40))
    facts = facts_of(log, kind={f"L{i}": f"K{i if i < 30 else 0}" for i in range(40)})
    scope = Scope(since=DAY_0 + timedelta(days=30), by="kind")
    rows = compute_measure("stages", facts, agreement_of(), scope).rows
    assert [(row["kind"], row["reached"]) for row in rows if row["stage"] == "Won"] == [("K0", 10)]


def test_a_column_of_too_many_values_is_named_in_the_refusal() -> None:
    """Channels split by a column that nobody typed: which one, and what to do, must be said."""
    facts = facts_of("\n".join(f"L{number} 0:Lead" for number in range(1001)))
    leads = facts["leads"].mutate(source=facts["leads"]["lead_id"])
    facts = replace(facts, tables={**facts.tables, "leads": leads})
    for name, by in (("stages", "source"), ("channels", None), ("velocity", "source")):
        with pytest.raises(TooManyGroups, match="column 'source' has 1,001 different values"):
            compute_measure(name, facts, agreement_of(), Scope(by=by))
