"""The stage funnel with medians and segments: beside a scan of the moves, and the textbook SQL.

`ONEFUNNEL_BENCH_MOVES` sets the number of moves (5 million by default). CPU seconds, the best of
three runs after one that warms up. Journeys are read from Parquet, as the columnar copy keeps them,
with the columns a funnel is usually split by; what making them costs stands beside. All leads are decided by the moment of looking, so that the
textbook's medians (of those who went on, in whole hours) are the same as Aalen-Johansen's, and
both sides are checked to give equal counts and medians before anything is timed.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import ibis

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.stage import Stage
from onefunnel.facts.store import Facts, Journeys
from onefunnel.measures.catalogue import compute_measure
from onefunnel.measures.scope import Scope
from onefunnel.measures.steps.cohort import cohort
from onefunnel.measures.steps.durations import durations
from onefunnel.measures.steps.journeys import journeys, made_by
from onefunnel.measures.steps.path import Path as Stages
from onefunnel.measures.steps.reached import with_reached
from onefunnel.measures.steps.standing import entries_per_stage, standing

MOVES = int(os.environ.get("ONEFUNNEL_BENCH_MOVES", "5000000"))
MOVES_A_LEAD = 3.1
RUNS = 3
NAMES = ("Lead", "MQL", "SQL", "Opportunity", "Won")
AS_OF = datetime(2030, 1, 1)
AGREEMENT = Agreement(
    "Benchmark",
    stages=tuple(
        Stage(name, kind, f"stage = '{name}'")
        for name, kind in (*((n, "won" if n == "Won" else "open") for n in NAMES), ("Lost", "lost"))
    ),
)

#: Each lead goes on with 60 % to the next of five stages and is lost otherwise.
MADE = """
COPY (
    WITH lead AS (SELECT i, hash(i) AS h FROM range({leads}) t(i)),
    steps AS (SELECT i, h, k, 
        coalesce(list_sum([((hash(i * 7 + j) % 100) < 60)::INT FOR j IN range(k)]), 0) = k AS came
        FROM lead, range(5) r(k))
    SELECT 'L' || i AS lead_id,
        TIMESTAMP '2024-01-01' + to_seconds((h % 31000000)::BIGINT)
            + to_seconds(list_sum([0] || [hash(i * 13 + j) % 2000000 FOR j IN range(k)])::BIGINT)
            AS "at",
        CASE WHEN came THEN ['Lead', 'MQL', 'SQL', 'Opportunity', 'Won'][k + 1] ELSE 'Lost' END
            AS stage,
        k::BIGINT AS seq
    FROM (SELECT *, lag(came) OVER (PARTITION BY i ORDER BY k) AS before FROM steps)
    WHERE came OR before
    ORDER BY i, k
) TO '{folder}/moves.parquet' (FORMAT parquet, COMPRESSION zstd)
"""

#: Journeys as the columnar copy keeps them.
KEPT = """
COPY ({select} ORDER BY created_at, lead_id) TO '{folder}/journeys.parquet'
(FORMAT parquet, COMPRESSION lz4_raw, PARQUET_VERSION V2, ROW_GROUP_SIZE 122880)
"""

TEXTBOOK = """
WITH per_lead AS (
    SELECT lead_id, {firsts} FROM read_parquet('{folder}/moves.parquet') GROUP BY lead_id)
SELECT source, {figures} FROM per_lead JOIN leads USING (lead_id) GROUP BY source
"""


def run() -> list[dict[str, object]]:
    """The pairs, each with equal answers."""
    with tempfile.TemporaryDirectory() as folder:
        return _measured(Path(folder))


def _measured(folder: Path) -> list[dict[str, object]]:
    con = ibis.duckdb.connect(threads=2)
    con.raw_sql(MADE.format(leads=int(MOVES / MOVES_A_LEAD), folder=folder))
    moves = con.read_parquet(folder / "moves.parquet", table_name="moves")
    con.raw_sql(
        'CREATE TABLE leads AS SELECT lead_id, min("at") AS created_at, '
        "'S' || (hash(lead_id) % 8) AS source FROM moves GROUP BY lead_id"
    )
    raw = Facts({"moves": moves, "leads": con.table("leads")}, data_at=AS_OF)
    select = str(ibis.to_sql(journeys(raw, AGREEMENT, None), dialect="duckdb"))

    def make() -> None:
        con.raw_sql(KEPT.format(select=select, folder=folder))

    make()
    made = con.read_parquet(folder / "journeys.parquet", table_name="journeys")
    ready = replace(raw, journeys=Journeys(made, made_by(AGREEMENT), None))
    whole, split = Scope(), Scope(by="source")

    def funnel(facts: Facts, scope: Scope) -> list[Any]:
        return list(compute_measure("stages", facts, AGREEMENT, scope).rows)

    def expressions() -> None:
        path = Stages(AGREEMENT)
        leads = with_reached(cohort(ready, AGREEMENT, replace(split, as_of=AS_OF)), path)
        for counted in (
            standing(leads),
            entries_per_stage(leads, path),
            durations(leads, path, AS_OF),
        ):
            counted.to_pyarrow()

    textbook = _textbook(folder)
    expected = _as_rows(con.raw_sql(textbook).fetchall())
    assert _figures(funnel(ready, split)) == expected, "the journeys' funnel is not the textbook's"
    assert _figures(funnel(raw, split)) == expected, "the moves' funnel is not the textbook's"

    scan = _cpu(lambda: con.raw_sql(_scan(folder)).fetchall())
    from_journeys = _cpu(lambda: funnel(ready, whole))
    by_source = _cpu(lambda: funnel(ready, split))
    from_moves = _cpu(lambda: funnel(raw, split))
    by_sql = _cpu(lambda: con.raw_sql(textbook).fetchall())
    by_expressions = _cpu(expressions)
    making = _cpu(make)
    return [
        _pair("funnel with medians from journeys / scan of moves", from_journeys, scan, 2.5),
        _pair("the same by source / scan of moves", by_source, scan, None),
        _pair("the same by source from journeys / textbook SQL", by_source, by_sql, 0.2),
        _pair("the same by source from raw moves / scan of moves", from_moves, scan, 5),
        _pair("the same by source from raw moves / textbook SQL", from_moves, by_sql, None),
        _pair("making the journeys once, all of them / scan of moves", making, scan, None),
        _pair("one-pass counting / its Ibis expressions", by_source, by_expressions, 0.7),
    ]


def _scan(folder: Path) -> str:
    return (
        'SELECT count(*), max(lead_id), max("at"), count(stage) '
        f"FROM read_parquet('{folder}/moves.parquet')"
    )


def _textbook(folder: Path) -> str:
    firsts = ", ".join(
        f"min(\"at\") FILTER (stage = '{name}') AS at_{k}" for k, name in enumerate(NAMES)
    )
    figures = ", ".join(
        f"count(at_{k}), "
        f"quantile_disc(date_diff('second', at_{max(k - 1, 0)}, at_{k}) // 3600, 0.5)"
        for k in range(len(NAMES))
    )
    return TEXTBOOK.format(firsts=firsts, figures=figures, folder=folder)


def _as_rows(found: list[tuple[Any, ...]]) -> dict[tuple[str, str], tuple[int, float | None]]:
    return {
        (row[0], name): (row[1 + 2 * k], row[2 + 2 * k] / 24 if k else None)
        for row in found
        for k, name in enumerate(NAMES)
    }


def _figures(rows: list[Any]) -> dict[tuple[str, str], tuple[int, float | None]]:
    return {(row["source"], row["stage"]): (row["reached"], row["median_days"]) for row in rows}


def _cpu(deed: Callable[[], object]) -> float:
    """CPU seconds (user and system) of the best of three runs, after a first to warm up."""
    deed()
    best = float("inf")
    for _ in range(RUNS):
        before = os.times()
        deed()
        after = os.times()
        best = min(best, after.user + after.system - before.user - before.system)
    return best


def _pair(claim: str, ours: float, peer: float, target: float | None) -> dict[str, object]:
    ratio = ours / peer if peer else float("inf")
    return {
        "claim": f"{claim}, {MOVES:,} moves",
        "ours": round(ours, 3),
        "peer": round(peer, 3),
        "ratio": round(ratio, 2),
        "target": target,
        "unit": "CPU s",
        "met": None if target is None else ratio <= target,
    }
