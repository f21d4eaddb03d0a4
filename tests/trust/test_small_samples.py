"""T10: where the data cannot support a share, it says "too few to tell", and shows the interval."""

import pyarrow as pa
import pytest

from onefunnel.facts.store import Facts
from onefunnel.measures.as_json import is_share
from onefunnel.measures.catalogue import MEASURES, compute_measure, records_of
from onefunnel.measures.scope import Scope
from onefunnel.measures.steps.shares import MIN_FOR_MEDIAN, MIN_LEADS
from tests.library.measures.log_t import DAY_0, agreement_of, facts_of
from tests.library.measures.random_facts import AGREEMENT, random_facts
from tests.library.measures.some_deals import deal, with_deals


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
    "sales_velocity": ("win_share", "n"),
}


@pytest.mark.parametrize("measure", SHARES)
def test_no_share_below_the_threshold_in_any_measure(measure: str) -> None:
    share, n = SHARES[measure]
    by = {"repeat": None, "sales_velocity": None, "value": "month"}.get(measure, "source")
    scope = Scope(by=by)
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


#: Four deals, three of them closed: the facts of the smallest company.
FOUR = [
    deal(0, 100, "EUR", "won"), deal(1, 100, "EUR", "won"), deal(2, 100, "EUR", "lost"),
    deal(3, 100, "EUR", "open") | {"closed_at": None},
]  # fmt: skip
FOUR_LEADS = "A 0:Lead 50:Won\nB 0:Lead 50:Won\nC 0:Lead 50:Lost\nD 0:Lead"


@pytest.mark.parametrize("scope", [Scope(), Scope(since=DAY_0), Scope(within_days=55)])
@pytest.mark.parametrize("measure", [name for name in MEASURES if name != "awareness"])
def test_four_deals_have_no_share_in_any_row_total_sentence_or_note(
    measure: str, scope: Scope
) -> None:
    facts = with_deals(FOUR, log=FOUR_LEADS, source=dict.fromkeys("ABCD", "Fair"))
    seen = [{"use_id": f"U{lead}", "lead_id": lead, "content_id": "Case", "at": DAY_0}
            for lead in "AB"]  # fmt: skip
    engine = facts["moves"].get_backend()
    uses = engine.create_table("uses", pa.Table.from_pylist(seen))
    facts = Facts({**facts.tables, "uses": uses}, data_at=facts.data_at)
    if set(MEASURES[measure].needs) - facts.tables.keys():
        pytest.skip("needs facts that a company of four deals does not have")
    result = compute_measure(measure, facts, agreement_of(), scope)
    for words in (result.sentence, *result.notes):
        assert "%" not in words.replace("80% of wins", "")
    intervals = {"low", "high", "overall_low", "overall_high", "win_rate_low", "win_rate_high"}
    for held in (result.totals, *result.rows):
        shares = {name: held[name] for name in held if is_share(name) and name not in intervals}
        first = held.get("stage") == "Lead"  # of all that came in all came in
        assert not [name for name in shares if shares[name] is not None and not first], shares
        assert held.get("velocity_per_day") is None


def test_the_counts_of_a_few_are_told_and_open_their_lists() -> None:
    facts = with_deals(FOUR, log=FOUR_LEADS)
    said = {name: compute_measure(name, facts, agreement_of()) for name in ("stages", "value")}
    assert "Win rate of closed: 2 won of 3 closed, too few to tell." in said["stages"].notes
    assert said["value"].sentence == (
        "2 deals won of 3 closed (too few to tell a share), worth 200 EUR; 1 lost and 1 open."
    )
    for name, result in said.items():
        assert result.totals["closed"] == 3
        listed = records_of(name, facts, agreement_of(), None, "closed", {})
        assert listed.table.count().execute() == 3


def test_enough_closed_leads_have_a_win_rate() -> None:
    totals = compute_measure("stages", facts_of(log_of(0, 10)), agreement_of()).totals
    assert totals["win_rate_of_closed"] is None
    log = "\n".join(f"L{i} 0:Lead 9:{'Won' if i % 4 else 'Lost'}" for i in range(MIN_LEADS))
    result = compute_measure("stages", facts_of(log), agreement_of())
    assert result.totals["win_rate_of_closed"] == pytest.approx(0.75)
    assert any(note.startswith("Win rate of closed: 75.00% (95%") for note in result.notes)
