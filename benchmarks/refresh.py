"""Does the columnar copy refresh in time proportional to what is new?

10,000 facts are appended to a history of a tenth and to a whole; the refresh alone is timed (the
new rows are read back from the database, the journeys of their leads followed). The two must cost
the same. The peer is making the copy anew. Beside it: rows out of SQLite into Arrow, which making
the copy anew lives on.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from typing import Any

ROWS = 10_000_000
NEW = 10_000


def run(rows: int = ROWS, new: int = NEW) -> list[dict[str, object]]:
    """CPU of one refresh at a tenth of the history and at all of it, and of a copy made anew."""
    small, large = (_measure(number, new) for number in (rows // 10, rows))
    growth = large["cpu"] / small["cpu"]
    ours, tuples = (large["copied"][side] for side in ("ours", "rows"))
    copied = ours["rows"] / ours["wall"]
    return [
        {
            "claim": f"refresh after {new:,} new facts on {rows:,}, beside {rows // 10:,}",
            "ours": round(large["cpu"], 2),
            "peer": round(small["cpu"], 2),
            "unit": "CPU-s",
            "ratio": round(growth, 2),
            "target": "<= 1.5",
            "met": growth <= 1.5,
            "note": f"wall {large['wall']:.2f} s and {small['wall']:.2f} s",
        },
        {
            "claim": f"refresh after {new:,} new facts on {rows:,}, beside making the copy anew",
            "ours": round(large["cpu"], 2),
            "peer": round(large["anew_cpu"], 2),
            "unit": "CPU-s",
            "ratio": round(large["cpu"] / large["anew_cpu"], 4),
            "target": "<= 0.1",
            "met": large["cpu"] <= 0.1 * large["anew_cpu"],
            "note": f"anew: {rows / large['anew_cpu'] / 1e6:.2f} M facts a CPU-s",
        },
        {
            "claim": "from SQLite to Arrow: moves, beside the tuples of a cursor",
            "ours": round(copied),
            "peer": round(tuples["rows"] / tuples["wall"]),
            "unit": "rows/s",
            "ratio": round(copied * tuples["wall"] / tuples["rows"], 2),
            "target": ">= 1,300,000 rows/s",
            "met": copied >= 1_300_000,
            "note": f"{ours['rows']:,} rows of nine columns; a CPU-s: ours "
            f"{ours['rows'] / ours['cpu']:,.0f}, tuples {tuples['rows'] / tuples['cpu']:,.0f}",
        },
    ]


def _measure(rows: int, new: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "benchmarks.warehouse_process", "refresh", folder]
        said = subprocess.run(
            [*command, str(rows), str(new)], check=True, stdout=subprocess.PIPE, text=True
        ).stdout
    found: dict[str, Any] = json.loads(said.strip().splitlines()[-1])
    if not found["is_right"]:
        raise AssertionError(f"the copy lacks rows: {found}")
    return found


if __name__ == "__main__":
    for line in run(*map(int, sys.argv[1:])):
        print(line)
