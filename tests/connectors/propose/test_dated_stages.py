"""A stage column with dates of some of its stages: the column says where, the dates say when."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import pytest

from onefunnel.connectors.folder import read_folder
from onefunnel.connectors.mapping import Mapping
from onefunnel.measures.catalogue import compute_measure
from onefunnel.server.warehouse.inbox.mapping_edit import with_column

NOW = datetime(2026, 11, 21)
#: Status, how many, and the dates that are filled: created, activity, qualified, converted.
LEADS: Sequence[tuple[str, int, str]] = (
    ("New", 40, "ca"),
    ("Working", 47, "ca"),
    ("Qualified", 33, "caq"),
    ("Converted", 28, "caqv"),
    ("Unqualified", 30, "ca"),
    ("Unqualified", 22, "caq"),
)
HEADS = {"c": "Created Date", "a": "Last Activity", "q": "Qualified Date", "v": "Converted Date"}


def write(folder: Path) -> Path:
    lines = [",".join(("Lead ID", "Lead Status", *HEADS.values()))]
    number = 0
    for status, count, filled in LEADS:
        for _ in range(count):
            number += 1
            dates = [
                f"2026-0{1 + place}-{1 + number % 27:02}" if part in filled else ""
                for place, part in enumerate(HEADS)
            ]
            lines.append(",".join((f"L{number}", status, *dates)))
    (folder / "leads.csv").write_text("\n".join(lines) + "\n")
    return folder


def totals(folder: Path, mapping: Mapping | None = None) -> dict[str, object]:
    facts = read_folder(folder, mapping, now=NOW).facts
    return dict(compute_measure("stages", facts).totals)


def test_the_status_tells_the_funnel_and_dates_only_when(tmp_path: Path) -> None:
    reading = read_folder(write(tmp_path), now=NOW)
    result = compute_measure("stages", reading.facts)
    counted = {name: result.totals[name] for name in ("leads", "won", "disqualified", "open")}
    assert counted == {"leads": 200, "won": 28, "disqualified": 52, "open": 120}
    rows = {str(row["stage"]): row for row in result.rows}
    assert "Last activity" not in rows
    assert rows["Qualified"]["reached"] == 33 + 28 + 22
    assert rows["Qualified"]["disqualified"] == 22
    moves = reading.facts["moves"]
    qualified = moves.filter(moves["stage"] == "Qualified")
    assert qualified["at"].isnull().sum().to_pyarrow().as_py() == 0


@pytest.mark.parametrize("first", ["attribute", ""])
def test_what_a_person_says_of_a_column_holds_in_the_steps_too(tmp_path: Path, first: str) -> None:
    reading = read_folder(write(tmp_path), now=NOW)
    changed = with_column(reading.mapping, 0, "Qualified Date", first)
    changed = with_column(changed, 0, "Lead Status", "moves.stage")
    found = totals(tmp_path, changed)
    assert (found["won"], found["disqualified"], found["open"]) == (28, 52, 120)
    steps = [step for make in changed.files[0].makes for step in make.steps]
    assert not any("Qualified Date" in s.columns for step in steps for _, s in step.columns)


def test_a_coarse_status_leaves_the_funnel_to_its_dates(tmp_path: Path) -> None:
    lines = ["id,Status,Lead date,MQL date,SQL date,Won date,Lost date"]
    for n in range(90):
        far = n % 3
        dates = [f"2026-0{k + 1}-{1 + n % 27:02}" if k <= far + 1 else "" for k in range(3)]
        status = "Won" if n % 9 == 2 else "Lost" if n % 9 == 5 else "Open"
        ends = ["2026-06-01" if status == end else "" for end in ("Won", "Lost")]
        lines.append(",".join((f"{n}", status, *dates, *ends)))
    (tmp_path / "leads.csv").write_text("\n".join(lines) + "\n")
    rows = compute_measure("stages", read_folder(tmp_path, now=NOW).facts).rows
    assert [str(row["stage"]).lower() for row in rows] == ["lead", "mql", "sql", "won"]


@pytest.mark.parametrize(("dated", "is_said"), [(False, True), (True, False)])
def test_losses_of_which_nobody_knows_the_stage_are_said(
    tmp_path: Path, dated: bool, is_said: bool
) -> None:
    lines = ["id,Stage,Created,Proposal date"]
    for n in range(240):
        stage = ("New", "Qualified", "Proposal", "Won", "Lost", "Lost")[n % 6]
        proposed = (
            f"2026-03-{1 + n % 27:02}" if dated and stage in ("Proposal", "Won", "Lost") else ""
        )
        lines.append(f"{n},{stage},2026-01-{1 + n % 27:02},{proposed}")
    (tmp_path / "deals.csv").write_text("\n".join(lines) + "\n")
    found = read_folder(tmp_path, now=NOW).facts.findings
    said = [finding for finding in found if finding.kind == "loss-without-stage"]
    assert bool(said) == is_said
    assert all(finding.count == 80 for finding in said)
