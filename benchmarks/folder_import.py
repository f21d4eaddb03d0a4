"""How fast does a folder of CRM exports become facts in the SQLite workspace?

Leads, their stage history and their deals as three CSV files that no mapping knows: dates in
three writings, amounts with a currency, empty and wrong cells. Ours reads them in a guarded child
process, proposes the mapping, types and checks every value, stages, writes with keys and indexes,
accounts for every source row and publishes the numbers. The peer is the limit of the same
machine: DuckDB reads the same CSV as text and `executemany` puts the rows into bare tables, with
no type, key, index, check or account.

`FOLDER_ROWS=5000000 python -m benchmarks folder_import` sets the number of source rows.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROWS = int(os.environ.get("FOLDER_ROWS", 1_000_000))


def write_exports(folder: Path, rows: int) -> None:
    """Writes leads.csv (a fifth of the rows), deals.csv (a fiftieth) and stage_history.csv."""
    import duckdb

    folder.mkdir(parents=True)
    leads, deals = rows // 5, rows // 50
    made = {"leads": _LEADS, "stage_history": _HISTORY, "deals": _DEALS}
    with duckdb.connect() as con:
        con.execute("SET enable_progress_bar = false")
        for name, select in made.items():
            filled = select.format(leads=leads, deals=deals, moves=rows - leads - deals)
            con.execute(f"COPY ({filled}) TO '{folder / name}.csv' (FORMAT csv, HEADER)")


_BORN = "TIMESTAMP '2021-01-01' + to_seconds((({0}) * 131) % 120000000)"
_LEADS = f"""
SELECT '00Q' || lpad(i::VARCHAR, 12, '0') AS "Lead ID", CASE WHEN i % 5000 = 17 THEN 'soon'
  WHEN i % 997 = 3 THEN '' ELSE strftime({_BORN.format("i")}, '%Y-%m-%d %H:%M:%S') END
  AS "Created Date", 'Person ' || (h % 1000000) AS "Name",
  'p' || (h % 10000000) || '@firm' || (h % 50000) || '.example' AS "Email",
  'Firm ' || (h % 50000) || ', Ltd' AS "Company",
  ['Web', 'Referral', 'Search', 'Event', 'Partner', 'Cold call'][1 + (h % 6)::INT] AS "Lead Source",
  ['Germany', 'France', 'Spain', 'Italy', 'Poland'][1 + (h % 5)::INT] AS "Country",
  ['SMB', 'Mid-market', 'Enterprise'][1 + (h % 3)::INT] AS "Segment", 'Rep ' || (h % 40) AS "Owner",
  ['New', 'Working', 'Qualified', 'Unqualified'][1 + (h % 4)::INT] AS "Lead Status",
  h % 100 AS "Score", h % 2 = 0 AS "Newsletter",
  CASE WHEN h % 7 = 0 THEN 'asked for "price", twice' END AS "Note"
FROM (SELECT i, hash(i) AS h FROM range({{leads}}) t(i)) ORDER BY i"""
_HISTORY = f"""
SELECT '00Q' || lpad(i::VARCHAR, 12, '0') AS "Lead ID", stage AS "Stage",
  CASE WHEN j % 9973 = 5 THEN 'n/a' WHEN j % 20011 = 7 THEN '31.31.2024'
  ELSE strftime(happened, '%Y-%m-%dT%H:%M:%S.000Z') END AS "Changed At",
  'Rep ' || (hash(j) % 40) AS "Changed By"
FROM (SELECT j, j % {{leads}} AS i, {_BORN.format("j % {leads}")} + to_days((j // {{leads}})::INT)
  + to_seconds((hash(j) % 50000)::BIGINT) AS happened,
  CASE j // {{leads}} WHEN 0 THEN 'New' WHEN 1 THEN 'Working' WHEN 2 THEN 'Qualified'
  ELSE ['Won', 'Lost', 'Lost'][1 + (hash(j) % 3)::INT] END AS stage FROM range({{moves}}) t(j))
ORDER BY happened"""
_DEALS = f"""
SELECT 'D-' || i AS "Deal ID", '00Q' || lpad((i * 10)::VARCHAR, 12, '0') AS "Lead ID",
  'Rep ' || (hash(i) % 40) AS "Owner",
  strftime({_BORN.format("i * 10")}, '%m/%d/%Y') AS "Opened Date", CASE WHEN s <> 'Negotiation'
  THEN strftime({_BORN.format("i * 10")} + to_days((5 + i % 60)::INT), '%m/%d/%Y') END
  AS "Close Date", s AS "Stage",
  '$' || format('{{{{:,.2f}}}}', 100 + (hash(i) % 9000000) / 100.0) AS "Amount"
FROM (SELECT i, ['Negotiation', 'Closed Won', 'Closed Lost'][1 + (hash(i) % 3)::INT] AS s
  FROM range({{deals}}) t(i))"""


def run(rows: int = ROWS) -> list[dict[str, object]]:
    """Source rows a second from files to published numbers, beside the machine's limit."""
    with tempfile.TemporaryDirectory() as place:
        files = Path(place) / "exports"
        # In processes of their own: what one of them holds would count as the peak of the next.
        _in_a_process("exports", str(files), str(rows))
        ours = _in_a_process("ours", place, str(files))
        peer = _in_a_process("peer", str(Path(place) / "bare.sqlite3"), str(files))
    if not ours["adds_up"] or ours["rows"] != rows or peer["rows"] != rows:
        raise AssertionError(f"rows are missing or doubled: {ours}, {peer}")
    phases = ", ".join(f"{name} {wall:.1f}/{cpu:.1f}" for name, wall, cpu in ours["phases"])
    rate = rows / ours["wall"]
    sorting = [name for name, _, _ in ours["phases"]].index("sorting leads")
    facts = sum(cpu for _, _, cpu in ours["phases"][:sorting])
    return [
        {
            "claim": "a folder of CSV exports, from files to published numbers",
            "ours": round(rate),
            "peer": round(rows / peer["wall"]),
            "unit": "rows/s",
            "ratio": round(peer["cpu"] / ours["cpu"], 3),
            "target": ">= 100,000 rows/s",
            "met": rate >= 100_000,
            "note": f"{rows:,} source rows; ours {rows / ours['cpu']:,.0f} a CPU-s, limit "
            f"{rows / peer['cpu']:,.0f} a CPU-s; ratio of CPU; phases (wall/CPU s): {phases}",
        },
        {
            "claim": "a folder of CSV exports, from files to published numbers, by CPU",
            "ours": round(rows / ours["cpu"]),
            "peer": round(rows / peer["cpu"]),
            "unit": "rows per CPU-s",
            "ratio": round(peer["cpu"] / ours["cpu"], 3),
        },
        {
            "claim": "the same, from files to facts: read, proposed, typed and checked",
            "ours": round(rows / facts),
            "peer": round(rows / peer["cpu"]),
            "unit": "rows per CPU-s",
            "ratio": round(peer["cpu"] / facts, 3),
            "target": ">= 50,000 rows per CPU-s (two cores: 100,000 rows/s)",
            "met": rows / facts >= 50_000,
        },
        {
            "claim": "a folder of CSV exports, memory at its peak",
            "ours": round(ours["memory"]),
            "peer": round(peer["memory"]),
            "unit": "MiB resident",
            "ratio": round(ours["memory"] / peer["memory"], 2),
            "target": "<= 2,048 MiB",
            "met": ours["memory"] <= 2048,
            "note": "the largest process of each side",
        },
    ]


def _in_a_process(deed: str, *given: str) -> dict[str, object]:
    command = [sys.executable, "-m", "benchmarks.folder_import_process", deed, *given]
    said = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    found: dict[str, object] = json.loads(said.strip().splitlines()[-1])
    return found


if __name__ == "__main__":
    for line in run(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS):
        print(line)
