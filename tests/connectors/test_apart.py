"""Files that have no lead in common are one funnel only by accident: the finding says so."""

from datetime import datetime
from pathlib import Path

import pytest

from onefunnel.connectors.apart import _joined, _names
from onefunnel.connectors.folder import read_folder
from onefunnel.connectors.report import FileReport


def log(path: Path, cases: range, activities: tuple[str, ...]) -> None:
    lines = ["case_id,activity,timestamp"]
    for case in cases:
        lines += [
            f"C{case},{name},2026-01-{1 + case % 20:02} {8 + step:02}:00:00"
            for step, name in enumerate(activities)
        ]
    path.write_text("\n".join(lines) + "\n")


@pytest.mark.parametrize(("other", "is_apart"), [(range(100, 140), True), (range(30, 70), False)])
def test_two_logs(tmp_path: Path, other: range, is_apart: bool) -> None:
    log(tmp_path / "calls.csv", range(50), ("New", "Called", "Met"))
    log(tmp_path / "repairs.csv", other, ("Opened", "Ordered", "Mended"))
    facts = read_folder(tmp_path, now=datetime(2026, 11, 21)).facts
    found = [finding for finding in facts.findings if finding.kind == "files-apart"]
    assert bool(found) == is_apart
    if is_apart:
        assert found[0].count == 40
        assert "calls.csv: 50 leads; repairs.csv: 40 leads" in found[0].what


def test_sheets_of_one_workbook_are_told_apart() -> None:
    files = [
        FileReport("a.xlsx", sheet="Shop"),
        FileReport("a.xlsx", sheet="Fair"),
        FileReport("b"),
    ]
    assert _names(frozenset({0}), files) == "a.xlsx, sheet Shop"
    assert _names(frozenset({1, 2}), files) == "a.xlsx, sheet Fair and b"


def test_files_join_through_a_third() -> None:
    assert _joined([([0], 10), ([1], 20), ([2], 5), ([0, 1], 1), ([1, 2], 1)]) == [
        (frozenset({0, 1, 2}), 37)
    ]


def test_a_file_whose_leads_mostly_have_a_history_elsewhere_is_not_apart(tmp_path: Path) -> None:
    deals = ["deal_id,stage,created,amount"]
    history = ["deal_id,stage,changed_at"]
    for i in range(100):
        deals.append(f"D-{i:03},{('Won', 'Offer')[i % 2]},2026-01-{1 + i % 28:02},{100 + i}")
        if i < 70:
            history.append(f"D-{i:03},Offer,2026-01-{1 + i % 28:02}")
            history.append(f"D-{i:03},{('Won', 'Talk')[i % 2]},2026-03-{1 + i % 28:02}")
    (tmp_path / "deals.csv").write_text("\n".join(deals) + "\n")
    (tmp_path / "stage_history.csv").write_text("\n".join(history) + "\n")
    facts = read_folder(tmp_path, now=datetime(2026, 11, 21)).facts
    files = {row["_file"] for row in facts["moves"].to_pyarrow().to_pylist()}
    assert len(files) == 2
    assert not [finding for finding in facts.findings if finding.kind == "files-apart"]
