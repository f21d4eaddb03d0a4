"""Random facts on one engine, asked any measure with any scope: what the relations compare."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
from hypothesis import strategies as st

from onefunnel.facts.store import Facts
from onefunnel.measures.catalogue import MEASURES, compute_measure
from onefunnel.measures.honoured import PERIOD
from onefunnel.measures.scope import Scope
from tests.library.measures.random_facts import AGREEMENT, AS_OF, START

Tables = Mapping[str, pa.Table]

SINCE, UNTIL, EARLY = (START + timedelta(days=day) for day in (30, 60, 75))
#: By which columns the measures that can be split are split.
BY = {
    "stages": (None, "segment", "source"),
    "velocity": (None, "segment"),
    "channels": (None, "source", "segment"),
    "cost_per_stage": (None, "source"),
    "value": (None, "month", "owner"),
    "awareness": (None, "segment"),
    "promises": (None, "source", "week"),
    "handovers": (None, "segment"),
    "sent_back": (None, "source"),
}
PERIODS = ((None, None), (SINCE, None), (None, UNTIL), (SINCE, UNTIL))
#: A few scopes of each measure: each combination is worked out once for all examples.
SCOPES = [
    (name, Scope(by=by, since=since, until=until, as_of=as_of))
    for name in MEASURES
    for place, by in enumerate(BY.get(name, (None,)))
    for since, until in (PERIODS if place == 0 else PERIODS[:2])
    for as_of in ((AS_OF, EARLY) if place == 0 else (AS_OF,))
] + [
    ("stages", Scope(by="segment", reading="flow", since=SINCE, until=UNTIL, as_of=AS_OF)),
    ("stages", Scope(reading="flow", since=SINCE, as_of=AS_OF)),
    ("stages", Scope(by="segment", reading="snapshot", as_of=AS_OF)),
    ("stages", Scope(reading="snapshot", as_of=EARLY)),
    ("stages", Scope(by="segment", within_days=20, as_of=AS_OF)),
    ("channels", Scope(within_days=20, as_of=AS_OF)),
]
scopes = st.sampled_from(SCOPES)
seeds = st.integers(0, 2**32 - 1)
sizes = st.integers(1, 40)


@cache
def engine() -> Any:
    return ibis.duckdb.connect()


def facts_of(tables: Tables) -> Facts:
    """These rows under the same names each time, so that a question is compiled once."""
    for name, table in tables.items():
        engine().con.register(name, table)
    made = {name: described(name, table.schema) for name, table in tables.items()}
    return Facts(made, data_at=AS_OF)


@cache
def described(name: str, schema: pa.Schema) -> Any:
    """The table as the engine knows it; asking it costs more than reading the rows."""
    return engine().table(name)


def numbers(tables: Tables, name: str, scope: Scope) -> dict[str, Any]:
    """All that a measure says of these rows.

    Money spent on "Web" and "WEB" is one channel's; of the two spellings either may stand for it.
    Means are binary numbers: their last digits depend on what was added first.
    """
    result = compute_measure(name, facts_of(tables), AGREEMENT, scope)
    rows = [{column: plain(column, row[column]) for column in row} for row in result.rows]
    return {
        "rows": sorted(rows, key=lambda row: str(row.get("channel") or row.get("source"))),
        "totals": dict(result.totals),
        "sentence": result.sentence.casefold(),
        "notes": result.notes,
    }


def plain(column: str, value: object) -> object:
    if isinstance(value, float):
        return float(f"{value:.12g}")
    return str(value).casefold() if column in ("channel", "source") else value


def shuffled(tables: Tables, seed: int) -> dict[str, pa.Table]:
    rng = np.random.default_rng(seed)
    return {name: table.take(rng.permutation(table.num_rows)) for name, table in tables.items()}


def renamed(tables: Tables, seed: int) -> dict[str, pa.Table]:
    """Every person, company and record under another name; no order of names is kept."""
    made = {}
    for name, table in tables.items():
        for place, column in enumerate(table.column_names):
            if column.endswith("_id") or (name, column) == ("accounts", "name"):
                other = [
                    None if v is None else new_name(v, seed) for v in table[column].to_pylist()
                ]
                table = table.set_column(place, column, pa.array(other, pa.string()))
        made[name] = table
    return made


def new_name(old: str, seed: int) -> str:
    return hashlib.blake2b(f"{seed} {old}".encode(), digest_size=8).hexdigest()


def with_lead(tables: Tables, at: object) -> dict[str, pa.Table]:
    """One lead more, of a segment and source there are, that entered then and did nothing since."""
    like = tables["leads"].slice(0, 1).select(["segment", "source"]).to_pylist()[0]

    def one_more(name: str, **values: object) -> pa.Table:
        table = tables[name]
        return pa.concat_tables([table, pa.Table.from_pylist([values], schema=table.schema)])

    return {
        **tables,
        "moves": one_more("moves", lead_id="New", at=at, stage="Lead", seq=0, team="sales"),
        "leads": one_more("leads", lead_id="New", created_at=at, score=50, **like),
    }


def outside(name: str, scope: Scope, day: int, hour: int) -> Any:
    """A moment that the measure does not look at: before or after the period, or after its end.

    A measure that says that it honours no period (drift has its own) looks at all until the end.
    """
    moment = timedelta(days=day % 20, hours=hour)
    has_period = PERIOD in MEASURES[name].honours and scope.reading != "snapshot"
    if has_period and scope.since is not None and day % 3 == 0:
        return scope.since - moment - timedelta(microseconds=1)
    if has_period and scope.until is not None and day % 3 == 1:
        return scope.until + moment
    return (scope.as_of or AS_OF) + moment + timedelta(microseconds=1)
