"""A workspace in a process of its own, for the benchmarks of the warehouse. Not a benchmark itself.

`python -m benchmarks.warehouse_process bulk FOLDER ROWS` or `refresh FOLDER ROWS NEW`; prints JSON.
"""

from __future__ import annotations

import json
import os
import sys
import time
import warnings
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

NOW = datetime(2026, 11, 21, tzinfo=UTC)
_COLUMNS = ("lead_id", "at", "stage", "from_stage", "team", "by", "reason", "seq")


def open_workspace(folder: Path) -> None:
    """Django on a new workspace in `folder`."""
    os.environ["ONEFUNNEL_WORKSPACE"] = str(folder / "workspace")
    os.environ["DJANGO_SETTINGS_MODULE"] = "onefunnel.server.site.settings"
    os.environ.pop("DATABASE_URL", None)
    os.umask(0o077)
    warnings.simplefilter("ignore")
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def delivery(first: int, leads: int, moves_each: int, *, file: int = 0) -> Any:
    """Leads `first`.. with their moves, one a day, in three stages; the last ones stay open."""
    import ibis

    from onefunnel.facts.store import Facts
    from onefunnel.server.warehouse.inbox.accounting import SourceFile
    from onefunnel.server.warehouse.inbox.delivery import Delivery

    engine = ibis.duckdb.connect()
    moves = leads * moves_each
    engine.con.execute(
        f"""
        CREATE TABLE leads AS SELECT 'L' || lpad((i + {first})::VARCHAR, 9, '0') AS lead_id,
          TIMESTAMP '2020-01-01' + to_seconds(((i + {first}) * 17) % 200000000) AS created_at,
          'source ' || (i % 11) AS source, 'segment ' || (i % 5) AS segment, 'owner ' || (i % 40)
          AS owner, i % 100 AS score, 0 AS _file, i + 1 AS _row FROM range({leads}) t(i);
        CREATE TABLE moves AS SELECT 'L' || lpad((i // {moves_each} + {first})::VARCHAR, 9, '0')
          AS lead_id, TIMESTAMP '2020-01-01' + to_seconds(((i // {moves_each} + {first}) * 17)
          % 200000000 + (i % {moves_each}) * 86400) AS "at",
          ['New', 'Working', 'Qualified', 'Won', 'Lost'][1 + i % {moves_each}] AS stage,
          'sales' AS team, 'owner ' || (i % 40) AS "by", i % {moves_each} AS seq, 1 AS _file,
          i + 1 AS _row FROM range({moves}) t(i);
        """
    )
    return Delivery(
        facts=Facts(tables={name: engine.table(name) for name in ("leads", "moves")}),
        files=(SourceFile(f"leads-{file}", leads), SourceFile(f"moves-{file}", moves)),
    )


def bring(made: Any, marks: list[tuple[str, float, float]] | None = None) -> Any:
    """Run one import of a delivery."""
    from onefunnel.server.warehouse.inbox.running import run_delivery
    from onefunnel.server.warehouse.models import Import, Source

    source, _ = Source.objects.get_or_create(name="bench", defaults={"created_at": NOW})
    imported = Import.objects.create(source=source, created_at=NOW)

    def tell(phase: str, done: int, total: int | None) -> None:
        if marks is not None:
            marks.append((phase, time.perf_counter(), time.process_time()))

    return run_delivery(imported, made, clock=lambda: NOW, progress=tell)


def bulk(folder: Path, rows: int) -> dict[str, object]:
    """Import `rows` facts; seconds of wall and CPU of everything, and of the writing alone."""
    open_workspace(folder)
    made = delivery(0, rows // 5, 4)
    marks: list[tuple[str, float, float]] = []
    wall, cpu = time.perf_counter(), time.process_time()
    imported = bring(made, marks)
    end = (time.perf_counter() - wall, time.process_time() - cpu)
    written = [mark for mark in marks if mark[0] == "writing rows"]
    chunk = (rows - 50_000) / rows  # the first mark comes after the first chunk
    counts = imported.counts
    again_wall, again_cpu = time.perf_counter(), time.process_time()
    again = bring(made)
    return {
        "rows": rows,
        "created": counts["created"],
        "adds_up": counts["rows_in"] == rows == counts["created"],
        "wall": end[0],
        "cpu": end[1],
        "writing_wall": (written[-1][1] - written[0][1]) / chunk,
        "writing_cpu": (written[-1][2] - written[0][2]) / chunk,
        "again_wall": time.perf_counter() - again_wall,
        "again_cpu": time.process_time() - again_cpu,
        "again_skipped": again.counts["skipped"],
        "bytes": (folder / "workspace" / "onefunnel.sqlite3").stat().st_size,
    }


def copy(take: Any) -> dict[str, Any]:
    """Up to a million moves out of SQLite into Arrow; seconds, and a digest of what came."""
    import pyarrow as pa
    import pyarrow.compute as pc

    wall, cpu = time.perf_counter(), time.process_time()
    made = pa.concat_tables(take())
    spent = (time.perf_counter() - wall, time.process_time() - cpu)
    digest = [pc.sum(made["id"]).as_py(), pc.sum(made["at"]).as_py(), made["stage"][-1].as_py()]
    return {"rows": made.num_rows, "wall": spent[0], "cpu": spent[1], "digest": str(digest)}


_COPIED = 1_000_000


def _windows() -> Any:
    from onefunnel.server.warehouse.columns.changes import new_rows

    first = _first()
    yield from new_rows("moves", first - 1, first + _COPIED - 1)


def _first() -> int:
    """The smallest change number of a move: other tables may come before it."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT min(id) FROM fact_moves")
        return int(cursor.fetchone()[0])


def _rows() -> Any:
    """The same as a cursor gives it: tuples, put into columns."""
    import pyarrow as pa
    from django.db import connection

    columns = ("id", *_COLUMNS)
    listed = ", ".join(f'"{name}"' for name in columns)
    cursor = connection.connection.execute(
        f"SELECT {listed} FROM fact_moves WHERE id < {_first() + _COPIED} "
        "AND replaced_by_id IS NULL"
    )
    while some := cursor.fetchmany(20_000):
        kinds = [pa.int64() if name in ("id", "at", "seq") else pa.string() for name in columns]
        values = zip(*some, strict=True)
        yield pa.table(
            [pa.array(v, kind) for v, kind in zip(values, kinds, strict=True)], names=columns
        )


def refresh(folder: Path, rows: int, new: int) -> dict[str, object]:
    """Append `new` moves to `rows`; CPU and wall of the refresh alone, and that it is right."""
    open_workspace(folder)
    from onefunnel.server.warehouse.columns import refresh as columns
    from onefunnel.server.warehouse.inbox import running

    spent: dict[str, float] = {}

    def timed(**given: Any) -> Any:
        given["at_hand"] = ()  # as it is for rows that somebody else wrote: read from the database
        wall, cpu = time.perf_counter(), time.process_time()
        made = columns.refresh(**given)
        spent["wall"], spent["cpu"] = time.perf_counter() - wall, time.process_time() - cpu
        return made

    bring(delivery(0, rows // 5, 4))
    running.refresh = timed
    figures = []
    for turn in range(3):
        bring(delivery(10**8 + turn * new, new // 5, 4, file=turn))
        figures.append(dict(spent))
    best = min(figures, key=lambda one: one["cpu"])
    from onefunnel.server.warehouse.queries import current_facts

    found = current_facts()["moves"].count().execute()
    expected = (rows // 5 + 3 * (new // 5)) * 4
    copied = {name: copy(take) for name, take in (("ours", _windows), ("rows", _rows))}
    anew_wall, anew_cpu = time.perf_counter(), time.process_time()
    columns.refresh(now=NOW, agreement=None, about=running.about_the_data(), rebuild=True)
    return {
        "rows": rows,
        **best,
        "is_right": found == expected and len({one["digest"] for one in copied.values()}) == 1,
        "copied": copied,
        "anew_wall": time.perf_counter() - anew_wall,
        "anew_cpu": time.process_time() - anew_cpu,
    }


if __name__ == "__main__":
    deed, place, *numbers = sys.argv[1:]
    found = {"bulk": bulk, "refresh": refresh}[deed](Path(place), *map(int, numbers))
    print(json.dumps(found))
