"""`make bench`: every speed claim as a paired ratio against a peer or a scan limit in one run.

A benchmark is a module here with `run() -> list[Row-like dicts]`; it checks that both sides give
equal answers before it times them. `python -m benchmarks NAME ...` runs only those named.
"""

from __future__ import annotations

import importlib
import os
import platform
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

HERE = Path(__file__).parent
ORDER = (
    "csv_import",
    "predicates",
    "stage_funnel",
    "replay",
    "bulk_import",
    "folder_import",
    "refresh",
    "funnel_page",
)
COLUMNS = ("claim", "ours", "peer", "unit", "ratio", "target", "met", "note")


def main(names: list[str]) -> int:
    """Run the named benchmarks (all by default) and write RESULTS.md when all were run."""
    unknown = sorted(set(names) - set(ORDER))
    if unknown:
        print(f"no benchmark {', '.join(unknown)}; there are: {', '.join(ORDER)}", file=sys.stderr)
        return 2
    rows: list[dict[str, object]] = []
    for name in names or ORDER:
        began = time.perf_counter()
        print(f"{name} ...", flush=True)
        found = importlib.import_module(f"benchmarks.{name}").run()
        for row in found:
            print(
                "  " + " | ".join(f"{column} {row[column]}" for column in COLUMNS if column in row)
            )
        rows += [{"benchmark": name, **row} for row in found]
        print(f"{name}: {time.perf_counter() - began:.0f} s", flush=True)
    if not names:
        (HERE / "RESULTS.md").write_text(report(rows), encoding="utf-8")
        print("written: benchmarks/RESULTS.md")
    return 0


def report(rows: list[dict[str, object]]) -> str:
    """The figures as a Markdown page, with what they were measured on."""
    when = datetime.now(UTC).strftime("%Y-%m-%d")
    head = (
        "# Speed: what was measured\n\n"
        f"Written by `make bench` on {when}: Python {platform.python_version()}, "
        f"{os.cpu_count()} cores, {platform.system()}. Each row is a pair measured in one run; "
        "read the ratio, not the absolute figure. Both sides gave equal answers.\n\n"
    )
    columns = ("benchmark", *COLUMNS)
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
