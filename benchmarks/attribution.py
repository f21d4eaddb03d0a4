"""Credit under many rules: beside the textbook window SQL over the same columns, and a scan.

`ONEFUNNEL_BENCH_TOUCHES` sets the number of touches (10 million by default). CPU seconds, the best
of three runs after one that warms up. Touches stand sorted by journey and time in Parquet, as the
columnar copy would keep them; the textbook is DuckDB's window functions over that same file. Both
sides give the same credit to each channel under each rule before anything is timed.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from onefunnel.statistics.credit_rules import Paths, sums_at, weights
from onefunnel.statistics.markov import chain, removal_effects
from onefunnel.statistics.shapley import shapley_weights

TOUCHES = int(os.environ.get("ONEFUNNEL_BENCH_TOUCHES", "10000000"))
TOUCHES_A_JOURNEY = 8
CHANNELS = 12
RUNS = 3
RULES = ("first_touch", "last_touch", "linear", "w_shaped", "time_decay")

#: Journeys of 1 to 15 touches over 180 days; three in ten were won.
MADE = """
COPY (
    SELECT j::INTEGER AS journey, (hash(j * 31 + k) % {channels})::UTINYINT AS channel,
        (15552000 - (k * 1000000 + hash(j * 17 + k) % 1000000))::INTEGER AS age,
        k <= hash(j * 5) % n AS before_created, k <= hash(j * 3) % n AS before_opened,
        hash(j * 11) % 10 < 3 AS is_won
    FROM (SELECT j, 1 + (hash(j) % 15)::INTEGER AS n FROM range({journeys}) t(j)), range(15) r(k)
    WHERE k < n ORDER BY j, k
) TO '{file}' (FORMAT parquet, COMPRESSION zstd)
"""

TEXTBOOK = """
WITH placed AS (
    SELECT *, row_number() OVER (PARTITION BY journey ORDER BY age DESC) - 1 AS place,
        count(*) OVER each AS n, sum(before_created::INT) OVER each - 1 AS created,
        sum(before_opened::INT) OVER each - 1 AS opened,
        pow(0.5, age / 86400 / 7.0) AS decayed
    FROM read_parquet('{file}') WHERE is_won WINDOW each AS (PARTITION BY journey)),
shared AS (
    SELECT *, decayed / sum(decayed) OVER each AS time_decay,
        0.3 * ((place = 0)::INT + (place = created)::INT + (place = opened)::INT) AS milestone,
        count(*) FILTER (place NOT IN (0, created, opened)) OVER each AS others
    FROM placed WINDOW each AS (PARTITION BY journey)),
given AS (
    SELECT *, CASE WHEN place IN (0, created, opened) THEN milestone ELSE 0.1 / others END
        / CASE WHEN others = 0 THEN 0.9 ELSE 1 END AS w_shaped FROM shared)
SELECT channel, sum((place = 0)::INT)::DOUBLE, sum((place = n - 1)::INT)::DOUBLE, sum(1.0 / n),
    sum(w_shaped), sum(time_decay)
FROM given GROUP BY channel ORDER BY channel
"""


def run() -> list[dict[str, object]]:
    """The pairs, each with equal answers."""
    with tempfile.TemporaryDirectory() as folder:
        return _measured(str(Path(folder) / "touches.parquet"))


def _measured(file: str) -> list[dict[str, object]]:
    con = duckdb.connect(config={"threads": 2})
    journeys = TOUCHES // TOUCHES_A_JOURNEY
    con.execute(MADE.format(journeys=journeys, channels=CHANNELS, file=file))
    textbook = TEXTBOOK.format(file=file)
    expected = np.array(con.execute(textbook).fetchall())[:, 1:]
    assert np.allclose(_by_rules(con, file), expected, rtol=1e-9), (
        "the rules are not the textbook's"
    )
    scan_sql = (
        "SELECT count(*), sum(journey), max(age), count(channel), count(before_created) "
        f"FROM read_parquet('{file}')"
    )
    scan = _cpu(lambda: con.execute(scan_sql).fetchall())
    ours = _cpu(lambda: _by_rules(con, file))
    by_sql = _cpu(lambda: con.execute(textbook).fetchall())
    learnt = _cpu(lambda: _learnt(con, file))
    count = con.execute(f"SELECT count(*) FROM read_parquet('{file}')").fetchone()
    of = f"{count[0] if count else 0:,} touches"
    return [
        _pair(f"five attribution models / textbook window SQL, {of}", ours, by_sql, 0.45),
        _pair(f"five attribution models / scan of the touches, {of}", ours, scan, None),
        _pair(f"Markov and Shapley, exactly / scan of the touches, {of}", learnt, scan, None),
    ]


def _read(con: duckdb.DuckDBPyConnection, sql: str) -> Any:
    return con.execute(sql).fetchnumpy()


def _by_rules(con: duckdb.DuckDBPyConnection, file: str) -> Any:
    touches = _read(
        con,
        "SELECT journey, channel, age, before_created, before_opened "
        f"FROM read_parquet('{file}') WHERE is_won",
    )
    journey, channel = touches["journey"], touches["channel"]
    starts = np.flatnonzero(np.diff(journey, prepend=-1))
    sizes = np.diff(starts, append=len(journey))
    created, opened = (
        np.add.reduceat(touches[name].astype(np.int8), starts).astype(np.int64) - 1
        for name in ("before_created", "before_opened")
    )
    paths = Paths(sizes, touches["age"] / 86_400, created, opened)
    return np.array([sums_at(channel, weights(rule, paths), CHANNELS) for rule in RULES]).T


def _learnt(con: duckdb.DuckDBPyConnection, file: str) -> Any:
    touches = _read(con, f"SELECT journey, channel, is_won FROM read_parquet('{file}')")
    starts = np.flatnonzero(np.diff(touches["journey"], prepend=-1))
    sizes = np.diff(starts, append=len(touches["journey"]))
    won = touches["is_won"][starts].astype(np.float64)
    effects = removal_effects(chain(touches["channel"], sizes, won, 1 - won, CHANNELS))
    of_won = np.repeat(won, sizes)
    return effects, sums_at(
        touches["channel"], shapley_weights(touches["channel"], sizes) * of_won, CHANNELS
    )


def _cpu(work: Callable[[], object]) -> float:
    """CPU seconds of this process and its threads: the best of three after one that warms up."""
    work()
    taken = []
    for _ in range(RUNS):
        began = time.process_time()
        work()
        taken.append(time.process_time() - began)
    return min(taken)


def _pair(claim: str, ours: float, peer: float, target: float | None) -> dict[str, object]:
    ratio = ours / peer
    row: dict[str, object] = {
        "claim": claim, "ours": round(ours, 2), "peer": round(peer, 2), "unit": "CPU s",
        "ratio": round(ratio, 2),
    }  # fmt: skip
    if target is not None:
        row |= {"target": f"<= {target}", "met": "yes" if ratio <= target else "**no**"}
    return row
