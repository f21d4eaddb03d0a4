"""How fast do facts get into the SQLite workspace, against sqlite3's own executemany?

Ours stages, looks every key up, writes with four indexes and full synchronisation in chunks that
survive a kill, accounts for every source row and publishes the columnar copy. The peer is the
limit: the same moves through `executemany` into one bare table, no index, no key, nothing else.
"""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

ROWS = 2_000_000
_CHUNK = 50_000


def run(rows: int = ROWS) -> list[dict[str, object]]:
    """Rows a second into the database; the same delivery again; both against the limit."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "benchmarks.warehouse_process", "bulk", folder, str(rows)]
        said = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
        ours = json.loads(said.strip().splitlines()[-1])
        limit_wall, limit_cpu = _limit(Path(folder) / "limit.sqlite3", rows)
    if not ours["adds_up"] or ours["again_skipped"] != rows:
        raise AssertionError(f"rows are missing or doubled: {ours}")
    rate, limit = rows / ours["writing_wall"], rows / limit_wall
    ratio = round(limit_cpu / ours["writing_cpu"], 2)
    note = (
        f"{rows:,} rows; ours {rows / ours['writing_cpu']:,.0f} a CPU-s, limit "
        f"{rows / limit_cpu:,.0f} a CPU-s; ratio of CPU; {ours['bytes'] / rows:.0f} bytes a row"
    )
    return [
        {
            "claim": "bulk import into SQLite: writing, with diff, keys and indexes",
            "ours": round(rate),
            "peer": round(limit),
            "unit": "rows/s",
            "ratio": ratio,
            "target": ">= 100,000 rows/s",
            "met": rate >= 100_000,
            "note": note,
        },
        {
            "claim": "bulk import: staging to published numbers",
            "ours": round(rows / ours["wall"]),
            "peer": round(limit),
            "unit": "rows/s",
            "ratio": round(limit_cpu / ours["cpu"], 2),
            "target": ">= 50,000 rows/s",
            "met": rows / ours["wall"] >= 50_000,
        },
        {
            "claim": "the same delivery again: every row recognised",
            "ours": round(rows / ours["again_wall"]),
            "peer": round(limit),
            "unit": "rows/s",
            "ratio": round(limit_cpu / ours["again_cpu"], 2),
            "target": ">= 100,000 rows/s",
            "met": rows / ours["again_wall"] >= 100_000,
        },
    ]


def _limit(path: Path, rows: int) -> tuple[float, float]:
    """Wall and CPU of the bare insertion of the same number of rows like ours."""
    con = duckdb.connect()
    reader = con.execute(
        f"""SELECT 'L' || lpad((i // 4)::VARCHAR, 9, '0') AS lead_id, i * 1000 AS "at", 'Stage ' ||
        (i % 5) AS stage, NULL::VARCHAR AS from_stage, 'sales' AS team, 'owner ' || (i % 40) AS
        "by", NULL::VARCHAR AS reason, i % 4 AS seq FROM range({rows}) t(i)"""
    ).to_arrow_reader(_CHUNK)
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.execute('CREATE TABLE t (lead_id, "at", stage, from_stage, team, "by", reason, seq)')
    wall, cpu = time.perf_counter(), time.process_time()
    for batch in reader:
        values = zip(*(column.to_pylist() for column in batch.columns), strict=True)
        db.execute("BEGIN IMMEDIATE")
        db.executemany("INSERT INTO t VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values)
        db.execute("COMMIT")
    return time.perf_counter() - wall, time.process_time() - cpu


if __name__ == "__main__":
    for line in run(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS):
        print(line)
