"""One side of `folder_import` in a process of its own. Not a benchmark itself; prints JSON."""

from __future__ import annotations

import json
import os
import resource
import sqlite3
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.folder_import import write_exports
from benchmarks.warehouse_process import NOW, open_workspace

_CHUNK = 50_000


def exports(folder: Path, rows: int) -> dict[str, object]:
    """Write the files."""
    write_exports(folder, rows)
    return {}


def ours(place: Path, files: Path) -> dict[str, object]:
    """Bring the folder in as the product does; seconds and phases."""
    open_workspace(place)
    from onefunnel.server.warehouse.commands import import_folder

    marks: list[tuple[str, float, float]] = []

    def tell(phase: str, done: int, total: int | None) -> None:
        if not marks or marks[-1][0] != phase:
            marks.append((phase, time.perf_counter(), _cpu()))
            if os.environ.get("FOLDER_PHASES"):
                print(f"{marks[-1][1]:.1f} {_memory():.0f} MiB {phase}", file=sys.stderr)

    wall, cpu = time.perf_counter(), _cpu()
    imported = import_folder(files, at=NOW, progress=tell)
    end = (time.perf_counter(), _cpu())
    counts = imported.counts
    parts = ("created", "updated", "skipped", "refused")
    return {
        "rows": counts["rows_in"],
        "adds_up": counts["rows_in"] == sum(counts[part] for part in parts),
        "facts": {name: sum(one.values()) for name, one in counts["facts"].items()},
        "phases": [
            (name, after[0] - began, after[1] - spent)
            for (name, began, spent), after in zip(
                marks, [*((w, c) for _, w, c in marks[1:]), end], strict=True
            )
        ],
        "wall": end[0] - wall,
        "cpu": end[1] - cpu,
        "memory": _memory(),
    }


def peer(database: Path, files: Path) -> dict[str, object]:
    """The same rows as text into bare tables: what the machine can do at most."""
    import duckdb

    wall, cpu, rows = time.perf_counter(), _cpu(), 0
    db = sqlite3.connect(database, isolation_level=None)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    for file in sorted(files.iterdir()):
        con = duckdb.connect()
        con.execute("SET enable_progress_bar = false")
        reader = con.execute(
            f"SELECT * FROM read_csv('{file}', all_varchar = true, header = true)"
        ).to_arrow_reader(_CHUNK)
        names = reader.schema.names
        db.execute(f'CREATE TABLE "{file.stem}" ({", ".join(f"{n!r}" for n in names)})')
        statement = f'INSERT INTO "{file.stem}" VALUES ({", ".join("?" * len(names))})'
        for batch in reader:
            db.execute("BEGIN IMMEDIATE")
            values = zip(*(column.to_pylist() for column in batch.columns), strict=True)
            db.executemany(statement, values)
            db.execute("COMMIT")
            rows += batch.num_rows
    return {
        "rows": rows,
        "wall": time.perf_counter() - wall,
        "cpu": _cpu() - cpu,
        "memory": _memory(),
    }


def _cpu() -> float:
    """CPU seconds (user and system) of this process and of the children it has waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def _memory() -> float:
    """MiB resident at the peak, of the largest process."""
    both = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return max(resource.getrusage(who).ru_maxrss for who in both) / 1024


def main(deed: str, given: list[str]) -> Any:
    if deed == "exports":
        return exports(Path(given[0]), int(given[1]))
    return {"ours": ours, "peer": peer}[deed](Path(given[0]), Path(given[1]))


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], sys.argv[2:])))
