"""A stage history that names leads which the file of leads does not have."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from onefunnel.connectors.folder import read_folder
from onefunnel.measures.catalogue import compute_measure

NOW = datetime(2026, 11, 22)
DEALS = "Deal No,Opened on,Status,Value\n" + "".join(
    f"D-{n},2026-01-0{n},{'Signed' if n < 3 else 'Scoping'},{n}00\n" for n in range(1, 6)
)
HISTORY = "Deal No,To stage,Changed on\n" + "".join(
    f"D-{n},Scoping,2026-01-0{n}\n" for n in range(1, 6)
) + "D-1,Signed,2026-02-01\nD-2,Signed,2026-02-02\n"  # fmt: skip


def test_they_are_kept_counted_and_told_with_an_example_and_a_fix(tmp_path: Path) -> None:
    (tmp_path / "deals.csv").write_text(DEALS)
    (tmp_path / "stage_history.csv").write_text(
        HISTORY + "X-1,Scoping,2026-03-01\nX-2,Scoping,2026-03-02\nX-2,Signed,2026-03-03\n"
    )
    reading = read_folder(tmp_path, now=NOW)
    told = [f for f in reading.facts.findings if f.kind == "unknown-key" and f.table == "moves"]
    assert [(f.count, f.example) for f in told] == [(3, "X-2")]
    assert "3 rows of the stage history are of 2 leads" in told[0].what
    assert "each counts in the funnel" in told[0].what
    assert "take their rows out" in told[0].fix
    stages = compute_measure("stages", reading.facts)
    assert stages.rows[0]["reached"] == 7
    for file in reading.report.files:
        assert file.rows_in == file.rows_used + file.rows_skipped + file.rows_refused
    assert reading.report.rows_in == 5 + 10


def test_nothing_is_told_where_all_are_known(tmp_path: Path) -> None:
    (tmp_path / "deals.csv").write_text(DEALS)
    (tmp_path / "stage_history.csv").write_text(HISTORY)
    reading = read_folder(tmp_path, now=NOW)
    assert not [f for f in reading.facts.findings if f.kind == "unknown-key"]
