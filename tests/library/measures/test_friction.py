"""Friction on few rows that can be counted by hand, and on random facts against an own SQL."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import ibis
import pyarrow as pa
import pytest

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.stage import Stage
from onefunnel.facts.store import Facts
from onefunnel.measures.catalogue import compute_measure, records_of
from onefunnel.measures.figures import UnknownFigure
from onefunnel.measures.scope import Scope
from onefunnel.measures.steps.downstream import Downstream
from onefunnel.measures.steps.followed import Cohort

START = datetime(2025, 1, 1)
AS_OF = START + timedelta(days=100)
AGREEMENT = Agreement(
    "Small",
    stages=tuple(
        Stage(name, kind, f"stage = '{name}'")
        for name, kind in (("Lead", "open"), ("Won", "won"), ("Lost", "lost"))
    ),
)


def facts_of(kinds: list[tuple[str, str, str, int, int | None, str]], margin: str | None) -> Facts:
    """Leads as (segment, source, owner, day of entry, day of the end or None, its stage)."""
    engine = ibis.duckdb.connect()
    leads, moves, deals = [], [], []
    for number, (segment, source, owner, begun, ended, stage) in enumerate(kinds):
        key = f"L{number}"
        at = START + timedelta(days=begun)
        leads.append({"lead_id": key, "created_at": at, "segment": segment, "source": source,
                      "owner": owner})  # fmt: skip
        moves.append({"lead_id": key, "at": at, "stage": "Lead"})
        if ended is not None:
            end = START + timedelta(days=ended)
            moves.append({"lead_id": key, "at": end, "stage": stage})
            if stage == "Won" and margin:
                deals.append({"deal_id": f"D{number}", "lead_id": key, "opened_at": at,
                              "closed_at": end, "outcome": "won", "margin": Decimal(margin),
                              "currency": "EUR"})  # fmt: skip
    tables = {"leads": leads, "moves": moves} | ({"deals": deals} if deals else {})
    return Facts(
        {name: engine.create_table(name, pa.Table.from_pylist(held)) for name, held in
         tables.items()}, data_at=AS_OF,
    )  # fmt: skip


def of(segment: str, won: int, lost: int, source: str = "Web", owner: str = "Ann") -> list[Any]:
    """Leads that were won or lost ten days after they came, evenly over two months."""
    return [
        (segment, source, owner, n % 60, n % 60 + 10, "Won" if n < won else "Lost")
        for n in range(won + lost)
    ]


def row_of(result: Any, **wanted: object) -> dict[str, Any]:
    found = [row for row in result.rows if all(row[key] == wanted[key] for key in wanted)]
    assert len(found) == 1, found
    return dict(found[0])


def test_a_bad_segment_is_found_and_priced() -> None:
    facts = facts_of(of("A", 80, 40) + of("B", 80, 40) + of("C", 24, 96), "1000")
    result = compute_measure("friction", facts, AGREEMENT)
    bad = row_of(result, kind="going on", segment="C")
    assert (bad["n"], bad["hit"], bad["own_share"]) == (120, 96, 0.2)
    assert bad["others_share"] == pytest.approx(160 / 240)
    assert 0.35 < bad["gap_share"] < 160 / 240 - 0.2
    assert bad["verdict"] == "persistent"
    assert bad["leads_back"] == pytest.approx(bad["gap_share"] * 120)
    assert float(bad["recoverable"]) == pytest.approx(bad["leads_back"] * 1000, abs=1)
    assert bad["recoverable_low"] < bad["recoverable"] < bad["recoverable_high"]
    assert result.rows[0] == bad
    assert result.sentence.startswith("The funnel loses most at Lead with C leads: 20.0% go on")
    fine = row_of(result, kind="going on", segment="A")
    assert fine["verdict"] == "no worse than others"
    assert fine["recoverable"] == 0


def test_a_bad_mix_of_channels_is_no_friction() -> None:
    """Segment B has most of its leads from a channel where few are won; in it they do as well."""
    facts = facts_of(
        of("A", 54, 36, "Web") + of("A", 2, 18, "Fair") + of("B", 6, 4, "Web")
        + of("B", 10, 90, "Fair"), None,
    )  # fmt: skip
    result = compute_measure("friction", facts, AGREEMENT)
    found = row_of(result, kind="going on", segment="B")
    assert found["own_share"] == pytest.approx(16 / 110)
    assert found["others_share"] == pytest.approx(16 / 110, abs=0.02)
    assert found["verdict"] == "no worse than others"


def test_open_leads_are_not_lost() -> None:
    """Young leads of one segment are still open: they are not counted, so nothing is found."""
    young = [("C", "Web", "Ann", 95, None, "")] * 200
    facts = facts_of(of("A", 80, 40) + of("B", 80, 40) + of("C", 40, 20) + young, None)
    result = compute_measure("friction", facts, AGREEMENT)
    found = row_of(result, kind="going on", segment="C")
    assert (found["n"], found["hit"]) == (60, 20)
    assert found["verdict"] == "no worse than others"


def test_few_leads_are_too_few_and_no_margin_is_said() -> None:
    facts = facts_of(of("A", 80, 40) + of("B", 80, 40) + of("C", 1, 6), None)
    result = compute_measure("friction", facts, AGREEMENT)
    few = row_of(result, kind="going on", segment="C")
    assert few["note"] == "too few to tell (n=7)"
    assert (few["own_share"], few["p"], few["verdict"]) == (None, None, "")
    assert any("No margin is known" in note for note in result.notes)


def test_owners_are_compared_within_the_segment() -> None:
    of_ann = of("A", 80, 40) + of("B", 30, 90)
    of_bo = of("A", 20, 100, owner="Bo") + of("B", 30, 90, owner="Bo")
    facts = facts_of(of_ann + of_bo, None)
    result = compute_measure("friction_by_owner", facts, AGREEMENT)
    flagged = [row for row in result.rows if row["verdict"] == "persistent"]
    assert [(row["segment"], row["owner"]) for row in flagged] == [("A", "Bo")]
    assert "Bo" not in result.sentence + "".join(result.notes)
    plain = compute_measure("friction", facts, AGREEMENT, Scope(by="owner"))
    assert "owner" not in plain.columns


def test_slow_leads_wait() -> None:
    slow = [("B", "Web", "Ann", n % 40, n % 40 + 30, "Won") for n in range(80)]
    fast = [("A", "Web", "Ann", n % 40, n % 40 + 10, "Won") for n in range(80)]
    result = compute_measure("friction", facts_of(slow + fast, None), AGREEMENT)
    waits = row_of(result, kind="waiting", segment="B")
    assert (waits["median_days"], waits["others_days"]) == (30, 10)
    assert waits["verdict"] == "persistent"


def test_each_count_opens_its_list() -> None:
    facts = facts_of(of("A", 80, 40) + of("B", 80, 40) + of("C", 24, 96), "1000")
    for measure, keys in (("friction", ("segment",)), ("friction_by_owner", ("segment", "owner"))):
        for row in compute_measure(measure, facts, AGREEMENT).rows[::2]:
            named = {key: str(row[key]) for key in ("kind", "stage", *keys)}
            for figure in ("n", "hit"):
                found = records_of(measure, facts, AGREEMENT, None, figure, named)
                assert found.table.count().to_pyarrow().as_py() == row[figure], (named, figure)
    with pytest.raises(UnknownFigure):
        records_of("friction", facts, AGREEMENT, None, "share", {"kind": "waiting"})


def test_leads_without_anything_to_compare_by_say_so() -> None:
    facts = facts_of(of("A", 20, 20), None)
    leads = facts["leads"].select("lead_id", "created_at")
    bare = replace(facts, tables={**facts.tables, "leads": leads})
    result = compute_measure("friction", bare, AGREEMENT)
    assert result.rows == ()
    assert result.sentence.startswith("Nothing can be compared")
    assert compute_measure("friction_by_owner", bare, AGREEMENT).rows == ()


def test_a_win_with_deals_in_two_currencies_is_one_win() -> None:
    """Its margin stands in both currencies; a win of which a part is not known is not known."""
    engine = ibis.duckdb.connect()
    facts = facts_of(of("A", 40, 20) + of("B", 40, 20), "1000")
    deals = facts["deals"].to_pyarrow().to_pylist()
    for number in (0, 1):
        deals.append({**deals[number], "deal_id": f"U{number}", "margin": Decimal(500),
                      "currency": "USD"})  # fmt: skip
    deals.append({**deals[2], "deal_id": "not known", "margin": None})
    held = pa.Table.from_pylist(deals, pa.schema([("margin", pa.decimal128(18, 4)), *(
        (name, pa.timestamp("us") if name.endswith("_at") else pa.string())
        for name in deals[0] if name != "margin")]))  # fmt: skip
    tables = {name: engine.create_table(name, table.to_pyarrow())
              for name, table in facts.tables.items() if name != "deals"}  # fmt: skip
    more = Facts({**tables, "deals": engine.create_table("deals", held)}, data_at=facts.data_at)
    scope = Scope(as_of=more.data_at)
    worth = Downstream(Cohort(more, AGREEMENT, scope, ("segment",)), "segment").all
    assert (worth.known, worth.of) == (79, 80)
    assert worth.margins["EUR"].value == pytest.approx(1000)
    assert worth.margins["USD"].value == pytest.approx(2 * 500 / 79)


def test_leads_that_nobody_is_like_bring_nothing_back() -> None:
    """Half of C came through a channel that no other segment has: nobody tells what is usual."""
    facts = facts_of(
        of("A", 80, 40) + of("B", 80, 40) + of("C", 24, 96) + of("C", 24, 96, "Own"), None
    )
    found = row_of(compute_measure("friction", facts, AGREEMENT), kind="going on", segment="C")
    assert found["n"] == 240
    assert found["leads_back"] == pytest.approx(found["gap_share"] * 120)
