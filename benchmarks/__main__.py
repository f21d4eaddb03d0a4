"""`make bench`: every speed claim as a paired ratio against a peer or a scan limit in one run.

A benchmark is a module here with `run() -> list[Row-like dicts]`; it checks that both sides give
equal answers before it times them. `python -m benchmarks NAME ...` runs only those named.
"""

from __future__ import annotations

import importlib
import json
import os
import platform
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

HERE = Path(__file__).parent
#: The rows of the last run of each benchmark, which the page is written from.
KEPT = HERE / "results.json"
ORDER = (
    "csv_import",
    "predicates",
    "stage_funnel",
    "attribution",
    "replay",
    "bulk_import",
    "folder_import",
    "refresh",
    "funnel_page",
    "handovers",
    "capture",
)
COLUMNS = ("claim", "ours", "peer", "unit", "ratio", "target", "met", "note")


def main(names: list[str]) -> int:
    """Run the named benchmarks (all by default) and write their rows into RESULTS.md."""
    unknown = sorted(set(names) - set(ORDER))
    if unknown:
        print(f"no benchmark {', '.join(unknown)}; there are: {', '.join(ORDER)}", file=sys.stderr)
        return 2
    for name in names or ORDER:
        began = time.perf_counter()
        print(f"{name} ...", flush=True)
        found = importlib.import_module(f"benchmarks.{name}").run()
        for row in found:
            print(
                "  " + " | ".join(f"{column} {row[column]}" for column in COLUMNS if column in row)
            )
        print(f"{name}: {time.perf_counter() - began:.0f} s", flush=True)
        _keep(name, found)
    print("written: benchmarks/RESULTS.md")
    return 0


def _keep(name: str, found: list[dict[str, object]]) -> None:
    """Put the rows of one benchmark in the place of those it had, and write the page anew."""
    kept = json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.exists() else {}
    today = datetime.now(UTC).strftime("%Y-%m-%d")
    kept[name] = [{"measured": today, **row} for row in found]
    KEPT.write_text(json.dumps(kept, indent=1, default=str) + "\n", encoding="utf-8")
    rows = [{"benchmark": one, **row} for one in ORDER for row in kept.get(one, [])]
    (HERE / "RESULTS.md").write_text(report(rows), encoding="utf-8")


def report(rows: list[dict[str, object]]) -> str:
    """The figures as a Markdown page, with what they were measured on."""
    head = (
        "# Speed: what was measured\n\n"
        f"Written by `make bench`, or by `python -m benchmarks NAME` for one: Python "
        f"{platform.python_version()}, {os.cpu_count()} cores, {platform.system()}. Each row is a "
        "pair measured in one run; read the ratio, not the absolute figure. Both sides gave equal "
        "answers.\n\n"
    )
    columns = ("benchmark", *COLUMNS, "measured")
    lines = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    lines += ["| " + " | ".join(_cell(row.get(name)) for name in columns) + " |" for row in rows]
    return head + "\n".join(lines) + "\n"


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "**no**"
    if isinstance(value, float):
        return f"{value:,.3g}" if abs(value) < 1000 else f"{value:,.0f}"
    if isinstance(value, int):
        return f"{value:,}"
    return "" if value is None else str(value).replace("|", "\\|")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
