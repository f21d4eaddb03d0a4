"""T4: what must not change a number does not; what must change it changes it by exactly that."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest

from onefunnel.facts.store import Facts
from onefunnel.measures.catalogue import compute_measure
from onefunnel.measures.scope import Scope
from tests.library.measures.random_facts import AGREEMENT, AS_OF, START, random_facts

MEASURES = ("stages", "velocity", "channels", "value")
SINCE = START + timedelta(days=30)
SCOPE = Scope(by="segment", since=SINCE, as_of=AS_OF)


def tables_of(facts: Facts) -> dict[str, pa.Table]:
    return {name: table.to_pyarrow() for name, table in facts.tables.items()}


def with_tables(facts: Facts, tables: Mapping[str, pa.Table]) -> Facts:
    connection = facts["moves"].get_backend()
    made = {n: connection.create_table(n, table, overwrite=True) for n, table in tables.items()}
    return Facts(made, data_at=facts.data_at)


def numbers(facts: Facts, scope: Scope = SCOPE) -> dict[str, tuple]:
    return {
        name: tuple(
            tuple(row.items()) for row in compute_measure(name, facts, AGREEMENT, scope).rows
        )
        for name in MEASURES
    }


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_rows_does_not_matter(seed: int) -> None:
    facts = random_facts(seed)
    before = numbers(facts)
    rng = np.random.default_rng(seed)
    shuffled = {n: t.take(rng.permutation(t.num_rows)) for n, t in tables_of(facts).items()}
    assert numbers(with_tables(facts, shuffled)) == before


def test_two_files_are_as_one() -> None:
    facts = random_facts(1)
    before = numbers(facts)
    halves = {
        name: pa.concat_tables([t.slice(t.num_rows // 2), t.slice(0, t.num_rows // 2)])
        for name, t in tables_of(facts).items()
    }
    assert numbers(with_tables(facts, halves)) == before


def test_moves_that_came_twice_count_once() -> None:
    """The same history read twice: a move into the stage one is in already is no entry."""
    facts = random_facts(2)
    before = numbers(facts)
    tables = tables_of(facts)
    tables["moves"] = pa.concat_tables([tables["moves"], tables["moves"]])
    assert numbers(with_tables(facts, tables)) == before


def test_other_names_for_people_and_leads() -> None:
    facts = random_facts(3)
    before = numbers(facts)
    tables = tables_of(facts)
    for name, table in tables.items():
        if "lead_id" in table.column_names:
            ids = [None if i is None else f"x{i[::-1]}" for i in table["lead_id"].to_pylist()]
            place = table.column_names.index("lead_id")
            tables[name] = table.set_column(place, "lead_id", pa.array(ids, pa.string()))
    assert numbers(with_tables(facts, tables)) == before


def add_lead(tables: dict[str, pa.Table], at: object) -> dict[str, pa.Table]:
    def row(like: pa.Table, **values: object) -> pa.Table:
        return pa.Table.from_pylist([values], schema=like.schema)

    moves, leads = tables["moves"], tables["leads"]
    new = {
        "moves": row(moves, lead_id="New", at=at, stage="Lead", seq=0, team="sales"),
        "leads": row(leads, lead_id="New", created_at=at, segment="S", source="Web", score=50),
    }
    return tables | {name: pa.concat_tables([tables[name], rows]) for name, rows in new.items()}


def test_a_lead_outside_the_window_changes_nothing_in_it() -> None:
    facts = random_facts(4)
    scope = Scope(by="segment", until=START + timedelta(days=60), as_of=AS_OF)
    before = compute_measure("stages", facts, AGREEMENT, scope).rows
    later = with_tables(facts, add_lead(tables_of(facts), START + timedelta(days=61)))
    assert compute_measure("stages", later, AGREEMENT, scope).rows == before


def test_a_lead_in_the_window_is_one_more() -> None:
    facts = random_facts(4)
    before = compute_measure("stages", facts, AGREEMENT, SCOPE)
    more = with_tables(facts, add_lead(tables_of(facts), START + timedelta(days=61)))
    after = compute_measure("stages", more, AGREEMENT, SCOPE)
    changed = {
        (row["segment"], row["stage"], name): row[name] - old[name]
        for row, old in zip(sorted(after.rows, key=key), sorted(before.rows, key=key), strict=True)
        for name in ("entered", "reached", "open", "lost", "skipped", "went_back", "n")
        if row[name] != old[name]
    }
    first = {("S", "Lead", name): 1 for name in ("entered", "reached", "open", "n")}
    assert changed == first | {("S", "MQL", "n"): 1}
    assert after.totals["leads"] == before.totals["leads"] + 1


def key(row: Mapping[str, object]) -> tuple[object, object]:
    return row["segment"], row["stage"]


def test_as_of_the_past_does_not_see_what_came_later() -> None:
    """The report of an earlier day, made again later, is that day's report."""
    facts = random_facts(5)
    then = START + timedelta(days=50)
    tables = tables_of(facts)
    moves = tables["moves"]
    known = [at is None or at <= then for at in moves["at"].to_pylist()]
    past = tables | {"moves": moves.filter(pa.array(known)), "deals": deals_at(tables, then)}
    earlier = with_tables(random_facts(5), past)
    scope = Scope(by="segment", as_of=then)
    for name in ("stages", "velocity", "value"):
        now, was = (compute_measure(name, f, AGREEMENT, scope) for f in (facts, earlier))
        assert now.rows == was.rows
        assert now.totals == was.totals


def deals_at(tables: Mapping[str, pa.Table], then: datetime) -> pa.Table:
    """The deals as they were written down on that day."""
    deals = tables["deals"]
    rows = [
        row if row["closed_at"] is None or row["closed_at"] <= then
        else row | {"closed_at": None, "outcome": "open"}
        for row in deals.to_pylist()
        if row["opened_at"] is None or row["opened_at"] <= then
    ]  # fmt: skip
    return pa.Table.from_pylist(rows, schema=deals.schema)
