"""Exports in words that no list knows, with columns that look like something else."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from onefunnel.connectors.folder import read_folder
from onefunnel.connectors.report import Reading
from onefunnel.measures.catalogue import compute_measure

NOW = datetime(2026, 1, 1)
DAY = datetime(2025, 3, 3, 9, 30)
#: The ways of ten enquiries; those that were measured have a job.
WAYS = (
    "Call", "Call No-thanks", "Call Visit", "Call Visit Measured", "Call Visit Measured Booked",
    "Call Visit Measured No-thanks", "Call Visit Measured Quote-out",
    "Call Visit Measured Quote-out Booked", "Call Visit Measured Quote-out No-thanks", "Call",
)  # fmt: skip


def write(folder: Path, name: str, rows: Sequence[Sequence[str]]) -> None:
    (folder / name).write_text("\n".join(";".join(row) for row in rows) + "\n", encoding="utf-8")


def later(days: float) -> str:
    return f"{DAY + timedelta(days=days):%d.%m.%Y %H:%M}"


def enquiries_and_jobs(folder: Path, *, with_log: bool, n: int = 120) -> None:
    """Enquiries with a percentage that nobody needs, jobs named by their enquiry, and a log."""
    enquiries = [["Ref", "Client", "Mail", "State", "First call", "Chance", "Rep"]]
    jobs = [["Job No", "Ref", "Where is it", "Quoted on", "Finished", "Price", "Why not"]]
    log = [["Job No", "From", "Step", "When"]]
    for i in range(n):
        way = [stage.replace("-", " ") for stage in WAYS[i % len(WAYS)].split()]
        is_job = "Measured" in way
        state = "Measured" if is_job else way[-1]
        enquiries.append([f"L{i:04}", f"Firm {i % 50}", f"p{i}@example.com", state, later(i / 3),
                          str(10 * (i % 10)), ("Ana", "Bo")[i % 2]])  # fmt: skip
        if not is_job:
            continue
        done = later(i / 3 + 30) if way[-1] in ("Booked", "No thanks") else ""
        why = "price" if way[-1] == "No thanks" else ""
        jobs.append(
            [f"D{i:04}", f"L{i:04}", way[-1], later(i / 3 + 9), done, str(900 + 7 * i), why]
        )
        own = way[way.index("Measured") :]
        for k, stage in enumerate(own):
            log.append([f"D{i:04}", own[k - 1] if k else "", stage, later(i / 3 + 9 + 7 * k)])
    write(folder, "enquiries.csv", enquiries)
    write(folder, "jobs.csv", jobs)
    if with_log:
        write(folder, "log.csv", log)


def counted(reading: Reading) -> tuple[int, int, int, int]:
    totals = compute_measure("stages", reading.facts).totals
    return totals["leads"], totals["won"], totals["lost"], totals["open"]


@pytest.mark.parametrize("with_log", [False, True])
def test_a_percentage_is_no_case_and_a_lead_is_no_deal(tmp_path: Path, with_log: bool) -> None:
    enquiries_and_jobs(tmp_path, with_log=with_log)
    reading = read_folder(tmp_path, now=NOW)
    assert counted(reading) == (120, 24, 36, 60)
    value = compute_measure("value", reading.facts).totals
    assert (value["won"], value["lost"], value["open"]) == (24, 24, 24)
    assert set(reading.facts["deals"].to_pyarrow()["deal_id"].to_pylist()) == {
        f"D{i:04}" for i in range(120) if i % 10 in (3, 4, 5, 6, 7, 8)
    }


def test_the_stage_of_today_alone_makes_no_stage_won(tmp_path: Path) -> None:
    rows = [["Job No", "Client", "Phase", "First call", "Price"]]
    rows += [[f"{1000 + i}", f"Firm {i}", ("Blue", "Green", "Amber")[i % 3], later(i), str(50 + i)]
             for i in range(90)]  # fmt: skip
    write(tmp_path, "jobs.csv", rows)
    reading = read_folder(tmp_path, now=NOW)
    assert counted(reading) == (90, 0, 0, 90)
    notes = compute_measure("stages", reading.facts).notes
    assert any("No stage of the data is won" in note for note in notes)


def test_a_flag_says_how_it_ended_and_the_stage_how_far_it_came(tmp_path: Path) -> None:
    rows = [["Deal ID", "Client", "Stage", "Won?", "Created", "Closed", "Amount"]]
    for i in range(90):
        stage, won = (("Proposal", ""), ("Negotiation", "Yes"), ("Qualified", "No"))[i % 3]
        done = later(i + 20) if won else ""
        rows.append([f"{1000 + i}", f"Firm {i}", stage, won, later(i), done, str(50 + i)])
    write(tmp_path, "deals.csv", rows)
    reading = read_folder(tmp_path, now=NOW)
    assert counted(reading) == (90, 30, 30, 30)
    reached = {row["stage"]: row["lost"] for row in compute_measure("stages", reading.facts).rows}
    assert reached["Qualified"] == 30


def test_the_value_of_a_deal_does_not_name_it(tmp_path: Path) -> None:
    """Deals told again each month: two have the same value, so it repeats more than the id."""
    rows = [["Snapshot Date", "deal_id", "pipeline_stage", "deal_value", "created_at"]]
    for i in range(40):
        for month, stage in enumerate(("demo", "trial", ("won", "lost")[i % 2])):
            seen = f"2025-0{4 + month}-28"
            rows.append([seen, f"D{i:03}", stage, str(600 + i // 2), later(i / 9)])
    write(tmp_path, "deals.csv", rows)
    assert counted(read_folder(tmp_path, now=NOW)) == (40, 20, 20, 0)
