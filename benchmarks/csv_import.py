"""How fast is a CSV read, checked and kept, against Polars reading the same file?

Both start from a cold process, read one CSV with quotes and newlines inside, and leave a Parquet
file. Ours goes through the child process, refuses bad rows and numbers every row; Polars infers
types. Judged by CPU seconds (user + system) of everything each side started.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

_OURS = """
import sys
from pathlib import Path
from onefunnel.connectors.reading.read import read_tables
tables = read_tables(Path(sys.argv[1]), scratch=Path(sys.argv[2]))
table, = tables.tables
assert table.rows_in == table.rows_read, table.findings
table.parquet.rename(Path(sys.argv[2]) / "ours.parquet")
"""
_POLARS_STREAMING = """
import sys, polars
polars.scan_csv(sys.argv[1]).sink_parquet(sys.argv[2] + "/polars.parquet")
"""
_POLARS_EAGER = """
import sys, polars
polars.read_csv(sys.argv[1]).write_parquet(sys.argv[2] + "/polars.parquet")
"""
_BLOCK = 50_000


def write_leads(path: Path, rows: int, *, seed: int = 7) -> None:
    """Writes a CRM-like export: 10 columns, a fifth of the notes quoted, a tenth over two lines."""
    import numpy as np

    random = np.random.default_rng(seed)
    with path.open("w", newline="", encoding="utf-8") as out:
        out.write("lead_id,created_at,name,company,email,stage,source,country,amount,note\n")
        for start in range(0, rows, _BLOCK):
            n = min(_BLOCK, rows - start)
            people, firms = random.integers(0, 10**6, n), random.integers(0, 50_000, n)
            cents, hosts = random.integers(0, 10**7, n), random.integers(0, 9_999, n)
            out.writelines(
                f"L{start + i:09d},2025-{1 + i % 12:02d}-{1 + i % 28:02d} {i % 24:02d}:"
                f'{i % 60:02d}:00,Pérson {people[i]},"Firm {firms[i]}, Ltd",'
                f"p{people[i]}@example{hosts[i]}.com,Stage {i % 7},source {i % 11},"
                f"{'DE' if i % 3 else 'FR'},{cents[i] / 100:.2f},{_note(i)}\n"
                for i in range(n)
            )


def _note(i: int) -> str:
    if i % 10 == 0:
        return f'"He said ""call me"" on day {i},\nthen left"'
    return f'"asked for price, twice ({i})"' if i % 5 == 0 else "nothing"


def run(rows: int = 3_000_000) -> list[dict[str, object]]:
    """Rows per CPU second beside Polars at its best, and the memory at its peak."""
    with tempfile.TemporaryDirectory() as folder:
        csv = Path(folder) / "leads.csv"
        # In a process of its own: what this one holds would count as the peak of those it starts.
        subprocess.run([sys.executable, __file__, str(csv), str(rows)], check=True)
        ours = _measure(_OURS, csv, folder)
        peers = {
            name: _measure(code, csv, folder)
            for name, code in (("streaming", _POLARS_STREAMING), ("eager", _POLARS_EAGER))
        }
        _check_equal(Path(folder), rows)
        megabytes = csv.stat().st_size / 1e6
    name, best = min(peers.items(), key=lambda item: item[1][0])
    ratio = round(best[0] / ours[0], 2)
    return [
        {
            "claim": "CSV import incl. validation",
            "ours": round(rows / ours[0]),
            "peer": round(rows / best[0]),
            "ratio": ratio,
            "met": ratio >= 0.9,
            "target": ">= 0.9",
            "unit": "rows per CPU-s",
            "note": f"{rows:,} rows, {megabytes:,.0f} MB; peer Polars ({name}); "
            f"wall {ours[2]:.1f} s against {best[2]:.1f} s; answers equal",
        },
        {
            "claim": "CSV import, memory at its peak",
            "ours": round(ours[1]),
            "peer": round(best[1]),
            "ratio": round(ours[1] / best[1], 2),
            "met": ours[1] <= 600,
            "target": "<= 600 MiB",
            "unit": "MiB resident",
            "note": f"{rows:,} rows; largest process of each side",
        },
    ]


def _measure(code: str, csv: Path, folder: str) -> tuple[float, float, float]:
    """CPU seconds, peak resident MiB and wall seconds of one cold process and its children."""
    started = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-c", code, str(csv), folder])
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    if status:
        raise RuntimeError(f"the benchmark's process ended with status {status}")
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, wall


def _check_equal(folder: Path, rows: int) -> None:
    """Both files hold the same rows: counts, and sums of hashes and amounts of every column."""
    import duckdb

    duckdb.execute("SET enable_progress_bar = false")
    text = ("lead_id", "name", "company", "email", "stage", "source", "country", "note")
    sums = ", ".join(f"sum(hash({name}))" for name in text)
    found = [
        duckdb.sql(
            f"select count(*), {sums}, round(sum(amount::decimal(18, 2)), 2), "
            f"min(created_at::varchar)[:19], max(created_at::varchar)[:19] "
            f"from '{folder / name}.parquet'"
        ).fetchone()
        for name in ("ours", "polars")
    ]
    if found[0] != found[1] or found[0] is None or found[0][0] != rows:
        raise AssertionError(f"the answers differ: {found}")


if __name__ == "__main__":
    if len(sys.argv) == 3:
        write_leads(Path(sys.argv[1]), int(sys.argv[2]))
    else:
        for line in run():
            print(line)
