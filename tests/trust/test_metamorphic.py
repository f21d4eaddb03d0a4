"""T4: what must not change a number does not; what must change it changes it by exactly that.

Each relation is held to hundreds of random funnels (`make nightly`: a thousand new ones), each
asked one measure with one scope.
"""

import os
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from onefunnel.measures.catalogue import compute_measure
from onefunnel.measures.scope import Scope
from tests.library.measures.random_facts import AGREEMENT, AS_OF, START, random_tables
from tests.trust.metamorphic import (
    SINCE,
    Tables,
    facts_of,
    numbers,
    outside,
    renamed,
    scopes,
    seeds,
    shuffled,
    sizes,
    with_lead,
)

SCOPE = Scope(by="segment", since=SINCE, as_of=AS_OF)
EXAMPLES = int(os.environ.get("ONEFUNNEL_EXAMPLES", "200"))


def often(examples: int) -> Any:
    return settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))


def in_two_files(tables: Tables, cut: float) -> Tables:
    """Each table came in two files, the later one first."""
    at = {name: int(table.num_rows * cut) for name, table in tables.items()}
    return {
        name: pa.concat_tables([table.slice(at[name]), table.slice(0, at[name])])
        for name, table in tables.items()
    }


def moves_twice(tables: Tables) -> Tables:
    """The same history read twice: a move into the stage one is in already is no entry."""
    return {**tables, "moves": pa.concat_tables([tables["moves"], tables["moves"]])}


@pytest.mark.slow
@pytest.mark.long
@often(EXAMPLES)
@given(seeds, sizes, scopes, st.floats(0, 1), st.integers(0, 60), st.integers(0, 23))
def test_what_must_not_change_a_number_does_not(
    seed: int, leads: int, asked: Any, cut: float, day: int, hour: int
) -> None:
    """Five relations: other order, two files, read twice, other names, a lead outside."""
    tables = random_tables(seed, leads)
    name, scope = asked
    before = numbers(tables, name, scope)
    assert numbers(shuffled(tables, seed), name, scope) == before, "rows in another order"
    assert numbers(in_two_files(tables, cut), name, scope) == before, "two files for one"
    assert numbers(moves_twice(tables), name, scope) == before, "the same moves twice"
    assert numbers(renamed(tables, seed), name, scope) == before, "other names"
    after = numbers(with_lead(tables, outside(name, scope, day, hour)), name, scope)
    for each in (after, before):
        del each["notes"]  # they also compare with the period before, where the lead may be
    assert after == before, "a lead outside the window"


@pytest.mark.slow
@often(EXAMPLES // 8)
@given(seeds, st.integers(20, 40))
def test_a_lead_in_the_window_is_one_more(seed: int, leads: int) -> None:
    tables = random_tables(seed, leads)
    before = compute_measure("stages", facts_of(tables), AGREEMENT, SCOPE)
    more = with_lead(tables, START + timedelta(days=61))
    after = compute_measure("stages", facts_of(more), AGREEMENT, SCOPE)
    old = {key(row): row for row in before.rows}
    figures = ("entered", "reached", "open", "lost", "skipped", "went_back", "n")
    changed = {
        (*key(row), name): row[name] - old.get(key(row), {}).get(name, 0)
        for row in after.rows
        for name in figures
        if row[name] != old.get(key(row), {}).get(name, 0)
    }
    segment = tables["leads"]["segment"][0].as_py()
    first = {(segment, "Lead", name): 1 for name in ("entered", "reached", "open", "n")}
    assert changed == first | {(segment, "MQL", "n"): 1}
    assert after.totals["leads"] == before.totals["leads"] + 1


def key(row: Mapping[str, object]) -> tuple[object, object]:
    return row["segment"], row["stage"]


@pytest.mark.slow
@often(EXAMPLES // 8)
@given(seeds, sizes, st.sampled_from([1, 5, 20, 50, 90, 110]))
def test_as_of_the_past_does_not_see_what_came_later(seed: int, leads: int, day: int) -> None:
    """The report of an earlier day, made again later, is that day's report."""
    tables = random_tables(seed, leads)
    then = START + timedelta(days=day)
    moves = tables["moves"]
    known = [at is None or at <= then for at in moves["at"].to_pylist()]
    past = tables | {"moves": moves.filter(pa.array(known)), "deals": deals_at(tables, then)}
    scope = Scope(by="segment", as_of=then)
    for name in ("stages", "velocity", "value"):
        now, was = (
            compute_measure(name, facts_of(each), AGREEMENT, scope) for each in (tables, past)
        )
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
