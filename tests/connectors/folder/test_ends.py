"""Stages that no word calls won or lost: stage list, deals and funnel all say the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import openpyxl

from onefunnel.agreement.stage import Kind
from onefunnel.connectors.folder import read_folder
from onefunnel.connectors.report import Reading
from onefunnel.measures.catalogue import compute_measure

NOW = datetime(2026, 1, 1)
START = datetime(2025, 1, 6, 9)
#: How 100 deals go: 30 are signed, 40 shelved (20 at each stage), 30 are still open.
WAYS: list[tuple[str, ...]] = (
    [("Talk", "Paper", "Signed")] * 30
    + [("Talk", "Shelved")] * 20
    + [("Talk", "Paper", "Shelved")] * 20
    + [("Talk", "Paper")] * 30
)


def histories(folder: Path, ways: Sequence[tuple[str, ...]] = tuple(WAYS)) -> None:
    """A file of deals without their stage, and the history of their stages."""
    deals, history = ["Deal,Customer,Value,Currency,Opened"], ["Deal,Stage,Entered"]
    for i, way in enumerate(ways):
        opened = START + timedelta(hours=7 * i)
        deals.append(f"D-{i:03},Firm {i},{100 + i},EUR,{opened:%Y-%m-%d %H:%M}")
        history += [
            f"D-{i:03},{stage},{opened + timedelta(days=3 * step):%Y-%m-%d %H:%M}"
            for step, stage in enumerate(way)
        ]
    (folder / "deals.csv").write_text("\n".join(deals) + "\n", encoding="utf-8")
    (folder / "history.csv").write_text("\n".join(history) + "\n", encoding="utf-8")


def outcomes(reading: Reading) -> dict[object, int]:
    rows = reading.facts["deals"].to_pyarrow().to_pylist()
    return dict(Counter(row["outcome"] or "open" for row in rows))


def test_deals_end_where_the_funnel_says_that_leads_end(tmp_path: Path) -> None:
    histories(tmp_path)
    reading = read_folder(tmp_path, now=NOW)
    assert outcomes(reading) == {"won": 30, "lost": 40, "open": 30}
    value = compute_measure("value", reading.facts).totals
    stages = compute_measure("stages", reading.facts).totals
    assert (value["won"], value["lost"], value["open"]) == (30, 40, 30)
    assert (stages["won"], stages["lost"], stages["open"]) == (30, 40, 30)
    assert value["lost_amount"] == {"EUR": sum(100 + i for i in range(30, 70))}


def test_a_deal_is_closed_when_it_entered_its_end(tmp_path: Path) -> None:
    histories(tmp_path)
    reading = read_folder(tmp_path, now=NOW)
    closed = {
        row["deal_id"]: row["closed_at"] for row in reading.facts["deals"].to_pyarrow().to_pylist()
    }
    assert closed["D-000"] == START + timedelta(days=6)
    assert closed["D-030"] == START + timedelta(hours=7 * 30, days=3)
    assert closed["D-099"] is None


def test_what_was_found_stands_in_the_stage_list_and_is_said(tmp_path: Path) -> None:
    histories(tmp_path)
    reading = read_folder(tmp_path, now=NOW)
    kinds = {stage.stage: stage.kind for stage in reading.mapping.stages}
    assert kinds == {"Talk": "open", "Paper": "open", "Signed": "won", "Shelved": "lost"}
    told = [(f.kind, f.count) for f in reading.facts.findings if f.table == "deals"]
    assert ("deal-end-from-stage", 40) in told
    result = compute_measure("value", reading.facts)
    assert any(note.startswith("No stage is called lost; Shelved") for note in result.notes)


def test_reading_again_with_the_mapping_found_gives_the_same(tmp_path: Path) -> None:
    histories(tmp_path)
    first = read_folder(tmp_path, now=NOW)
    again = read_folder(tmp_path, first.mapping, now=NOW)
    assert outcomes(again) == outcomes(first)
    stages = [compute_measure("stages", one.facts).totals for one in (first, again)]
    assert stages[0] == stages[1]


def test_what_a_person_says_of_a_stage_goes_before_what_leads_do(tmp_path: Path) -> None:
    histories(tmp_path)
    mapping = read_folder(tmp_path, now=NOW).mapping
    stages = tuple(
        replace(one, kind="lost" if one.stage == "Paper" else one.kind) for one in mapping.stages
    )
    reading = read_folder(tmp_path, replace(mapping, stages=stages, order="checked"), now=NOW)
    assert outcomes(reading) == {"won": 30, "lost": 70}


def test_deals_of_one_lead_stand_where_their_own_rows_say(tmp_path: Path) -> None:
    lines = ["Deal ID,Lead ID,Stage,Opened,Amount"]
    for i in range(60):
        stage = ("Signed", "Talk", "Shelved")[i % 3]
        lines.append(f"D-{i:03},L-{i // 3:03},{stage},2025-03-{1 + i % 28:02},{10 + i}")
    (tmp_path / "deals.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    leads = ["Lead ID,Name,Created,Source"]
    leads += [f"L-{i:03},Lead {i},2025-02-{1 + i:02},web" for i in range(20)]
    (tmp_path / "leads.csv").write_text("\n".join(leads) + "\n", encoding="utf-8")
    mapping = read_folder(tmp_path, now=NOW).mapping
    kinds: dict[str, Kind] = {"Signed": "won", "Shelved": "lost", "Talk": "open"}
    stages = tuple(replace(one, kind=kinds.get(one.stage, one.kind)) for one in mapping.stages)
    reading = read_folder(tmp_path, replace(mapping, stages=stages), now=NOW)
    assert outcomes(reading) == {"won": 20, "open": 20, "lost": 20}


def test_the_value_of_a_lead_is_kept_where_deals_tell_the_money(tmp_path: Path) -> None:
    leads = ["Lead ID,Name,Status,Created,Expected value"]
    for i in range(60):
        status = ("New", "Working", "Lost")[i % 3]
        leads.append(f"L-{i:03},Lead {i},{status},2025-02-{1 + i % 28:02},{9 * i}")
    (tmp_path / "leads.csv").write_text("\n".join(leads) + "\n", encoding="utf-8")
    deals = ["Deal ID,Lead ID,Stage,Opened,Closed,Amount"]
    for i in range(40):
        stage, closed = (("Offer", ""), ("Won", "2025-05-01"), ("Lost", "2025-05-01"))[i % 3]
        deals.append(f"D-{i:03},L-{i:03},{stage},2025-03-{1 + i % 28:02},{closed},{10 + i}")
    (tmp_path / "deals.csv").write_text("\n".join(deals) + "\n", encoding="utf-8")
    reading = read_folder(tmp_path, now=NOW)
    assert "Expected value" in reading.facts["leads"].columns
    assert outcomes(reading) == {"open": 14, "won": 13, "lost": 13}


def snapshot(folder: Path, stages: Sequence[str]) -> None:
    """A file of open deals that says only where each stands today."""
    lines = ["deal_id,stage,amount,opened_at"]
    lines += [
        f"D-{i:03},{stage},{100 + i},{START + timedelta(days=i):%Y-%m-%d}"
        for i, stage in enumerate(stage for stage in stages for _ in range(10))
    ]
    (folder / "deals.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def test_a_deal_in_a_stage_before_the_end_is_open(tmp_path: Path) -> None:
    snapshot(tmp_path, ("Visit", "Quote", "Order received"))
    reading = read_folder(tmp_path, now=NOW)
    assert outcomes(reading) == {"won": 10, "open": 20}
    totals = compute_measure("stages", reading.facts).totals
    assert (totals["won"], totals["open"]) == (10, 20)


def test_deals_that_say_that_they_are_open_are_open(tmp_path: Path) -> None:
    deals = ["deal_id,lead_id,status,opened_at,amount"]
    leads = ["lead_id,name,created_at"]
    history = ["lead_id,stage,changed_at"]
    for i in range(40):
        day = START + timedelta(days=i)
        leads.append(f"L-{i:03},Lead {i},{day:%Y-%m-%d}")
        deals.append(f"D-{i:03},L-{i:03},Open,{day + timedelta(days=90):%Y-%m-%d},{100 + i}")
        history += [
            f"L-{i:03},{stage},{day + timedelta(days=3 * n):%Y-%m-%d}"
            for n, stage in enumerate(("New", "Working", "Customer"))
        ]
    for name, lines in (("deals", deals), ("leads", leads), ("lead_history", history)):
        (tmp_path / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert outcomes(read_folder(tmp_path, now=NOW)) == {"open": 40}


def test_the_closing_date_tells_further_ends(tmp_path: Path) -> None:
    """One stage is called lost; of the others, those with a closing date are ends too."""
    ways = (
        ("Neu", ""), ("Klärung", ""), ("Auftrag da", "x"), ("Ohne Bedarf", "x"), ("Verloren", "x")
    )  # fmt: skip
    lines = ["Anfrage-Nr.;Kunde;Stand;Eingang;Abschluss am;Auftragswert"]
    for i in range(100):
        stage, closed = ways[i % 5]
        day = START + timedelta(days=i)
        done = f"{day + timedelta(days=20):%d.%m.%Y}" if closed else ""
        lines.append(f"AF-{i:03};Firma {i};{stage};{day:%d.%m.%Y};{done};{1000 + i}")
    (tmp_path / "Anfragen.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    reading = read_folder(tmp_path, now=NOW)
    assert outcomes(reading) == {"won": 20, "lost": 40, "open": 40}
    value = compute_measure("value", reading.facts).rows[0]
    assert (value["median_days_to_won"], value["n"]) == (20.0, 60)


def test_the_row_that_adds_up_a_sheet_is_no_deal(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["Offertenr", "Klant", "Fase", "Bedrag"])
    for i in range(30):
        sheet.append(
            [f"O{i:03}", f"Firma {i}", ("Offerte", "Gewonnen", "Verloren")[i % 3], 100 + i]
        )
    sheet.append(["Totaal", None, None, 3435])
    book.save(tmp_path / "offertes.xlsx")
    reading = read_folder(tmp_path, now=NOW)
    assert outcomes(reading) == {"open": 10, "won": 10, "lost": 10}
    assert [refused.reason for refused in reading.report.refused] == [
        "is a total line, not a record"
    ]
