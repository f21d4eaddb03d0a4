"""Leads, deals and histories of either: one funnel, leads' stages first, each move counted once."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from onefunnel.connectors.folder import read_folder
from onefunnel.connectors.report import Reading

NOW = datetime(2026, 1, 1)
DAY = datetime(2025, 3, 3, 9, 30)
LEADS = ("New", "Contacted", "Qualified", "Converted")


def write(folder: Path, name: str, header: str, rows: list[list[str]]) -> None:
    lines = [header, *(",".join(row) for row in rows)]
    (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")


def later(days: float) -> str:
    return f"{DAY + timedelta(days=days):%Y-%m-%d %H:%M:%S}"


def write_leads(folder: Path, n: int = 24) -> None:
    """Every third lead is converted; the file itself has no stage."""
    leads, moves = [], []
    for i in range(n):
        leads.append([f"L-{i:03}", f"Person {i}", ("fair", "web")[i % 2], later(i)])
        way = LEADS if i % 3 == 0 else LEADS[: 1 + i % 3]
        moves += [[f"L-{i:03}", stage, later(i + 2 * k)] for k, stage in enumerate(way)]
    write(folder, "leads.csv", "lead_id,full_name,lead_source,created", leads)
    write(folder, "lead_history.csv", "lead_id,new_stage,changed_at", moves[::-1])


def write_deals(folder: Path, n: int = 24) -> None:
    deals = []
    for i in range(0, n, 3):
        stage = ("Proposal", "Closed Won", "Closed Lost", "Negotiation")[i // 3 % 4]
        closed = later(i + 40) if "Closed" in stage else ""
        deals.append([f"D-{i:03}", f"L-{i:03}", stage, later(i + 7), closed])
        deals[-1].append(str(1000 + i))
    write(folder, "opportunities.csv", "deal_id,lead_id,stage,opened,closed,amount", deals)


def entered(reading: Reading) -> dict[str, int]:
    moves = reading.facts["moves"]
    counted = moves.group_by("stage").agg(n=moves.lead_id.nunique()).to_pyarrow().to_pylist()
    return {row["stage"]: row["n"] for row in counted}


def rows(reading: Reading, table: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = reading.facts[table].to_pyarrow().to_pylist()
    return found


def stages(reading: Reading) -> list[tuple[str, str]]:
    return [(stage.stage, stage.kind) for stage in reading.mapping.stages]


def test_the_leads_history_goes_first_and_their_deals_stages_after_it(tmp_path: Path) -> None:
    write_leads(tmp_path)
    write_deals(tmp_path)
    reading = read_folder(tmp_path, now=NOW)

    assert len(rows(reading, "leads")) == 24
    assert entered(reading) == {
        "New": 24, "Contacted": 24, "Qualified": 16, "Converted": 8,
        "Proposal": 8, "Negotiation": 2, "Closed Won": 2, "Closed Lost": 2,
    }  # fmt: skip
    assert stages(reading)[0] == ("New", "open")
    assert ("Converted", "open") in stages(reading)  # the deals say what is won
    assert ("Closed Won", "won") in stages(reading)
    left_out = [file.name for file in reading.report.files if not file.used_as]
    assert left_out == []


def test_deals_add_no_stages_where_the_leads_history_tells_their_ends(tmp_path: Path) -> None:
    leads, moves, deals = [], [], []
    for i in range(20):
        leads.append([f"L-{i:03}", later(i), "web"])
        way = ["New", "Offer", ("Won", "Lost")[i % 2]] if i < 12 else ["New"]
        moves += [[f"L-{i:03}", stage, later(i + 5 * k)] for k, stage in enumerate(way)]
        if i < 12:
            end = ("Closed Won", "Closed Lost")[i % 2]
            deals.append([f"D-{i}", f"L-{i:03}", end, later(i + 5), later(i + 10), "500"])
    write(tmp_path, "leads.csv", "lead_id,created,source", leads)
    write(tmp_path, "history.csv", "lead_id,status,changed_at", moves)
    write(tmp_path, "deals.csv", "deal_id,lead_id,stage,opened,closed,amount", deals)
    reading = read_folder(tmp_path, now=NOW)

    assert entered(reading) == {"New": 20, "Offer": 12, "Won": 6, "Lost": 6}
    assert stages(reading) == [("New", "open"), ("Offer", "open"), ("Won", "won"), ("Lost", "lost")]
    assert sorted(str(row["outcome"]) for row in rows(reading, "deals")) == (
        ["lost"] * 6 + ["won"] * 6
    )


def test_leads_that_became_no_deal_are_leads_too(tmp_path: Path) -> None:
    write_leads(tmp_path)
    (tmp_path / "lead_history.csv").unlink()
    write_deals(tmp_path)
    reading = read_folder(tmp_path, now=NOW)
    assert len(rows(reading, "leads")) == 24
    assert entered(reading)["Lead"] == 24
    assert stages(reading)[0] == ("Lead", "open")
    assert entered(reading)["Closed Won"] == 2


def test_a_history_of_deals_moves_the_leads_they_came_from(tmp_path: Path) -> None:
    write_leads(tmp_path)
    (tmp_path / "lead_history.csv").unlink()
    status = [[f"L-{i:03}", ("New", "Qualified")[i % 3 == 0], later(i)] for i in range(24)]
    write(tmp_path, "leads.csv", "lead_id,status,created", status)
    write_deals(tmp_path)
    moves = []
    for i in range(0, 21, 3):  # and one deal that the history does not have
        stage = ("Proposal", "Closed Won", "Closed Lost", "Negotiation")[i // 3 % 4]
        moves.append([f"D-{i:03}", "Discovery", later(i + 7)])
        moves.append([f"D-{i:03}", stage, later(i + 20)])
    write(tmp_path, "opportunity_history.csv", "deal_id,stage,changed_at", moves)
    reading = read_folder(tmp_path, now=NOW)

    assert {str(row["lead_id"]) for row in rows(reading, "moves")} == {
        f"L-{i:03}" for i in range(24)
    }
    assert entered(reading) == {
        "New": 24, "Qualified": 8, "Discovery": 7, "Proposal": 3, "Closed Won": 2,
        "Closed Lost": 2, "Negotiation": 2,
    }  # fmt: skip
    assert len(rows(reading, "leads")) == 24


def test_deals_that_spell_their_leads_otherwise_invent_none(tmp_path: Path) -> None:
    write_leads(tmp_path)
    write_deals(tmp_path)
    path = tmp_path / "opportunities.csv"
    text = path.read_text("utf-8").replace(",L-000", ",l000").replace(",L-003", ",L 003")
    path.write_text(text.replace(",L-0", ",l_0"), "utf-8")
    reading = read_folder(tmp_path, now=NOW)
    assert {str(row["lead_id"]) for row in rows(reading, "leads")} == {
        f"L-{i:03}" for i in range(24)
    }
    found = [f for f in reading.facts.findings if f.kind == "key-spelling"]
    assert [(f.table, f.count) for f in found] == [("leads", 8)]


def test_numbers_with_leading_zeros_name_the_same_lead(tmp_path: Path) -> None:
    leads = [[f"{i + 90:05}", "New", later(i)] for i in range(24)]
    write(tmp_path, "leads.csv", "lead_id,status,created", leads)
    write_deals(tmp_path)
    text = (tmp_path / "opportunities.csv").read_text("utf-8")
    for i in range(0, 24, 3):
        text = text.replace(f"L-{i:03}", str(i + 90))
    (tmp_path / "opportunities.csv").write_text(text, "utf-8")
    reading = read_folder(tmp_path, now=NOW)
    assert len(rows(reading, "leads")) == 24
    assert entered(reading)["Closed Won"] == 2
    found = [f for f in reading.facts.findings if f.kind == "key-spelling"]
    assert [(f.table, f.count) for f in found] == [("leads", 8)]
    assert "is taken for 00" in found[0].what


def test_leads_that_name_their_deal_otherwise_are_still_its_lead(tmp_path: Path) -> None:
    leads = [[f"P{i}", "New", later(i), f"d{i:03}" if i % 3 == 0 else ""] for i in range(24)]
    write(tmp_path, "leads.csv", "lead_id,status,created,converted_deal", leads)
    write_deals(tmp_path)
    text = (tmp_path / "opportunities.csv").read_text("utf-8")
    lines = [line.split(",") for line in text.splitlines()]
    kept = [",".join([line[0], *line[2:]]) for line in lines]
    (tmp_path / "opportunities.csv").write_text("\n".join(kept) + "\n", "utf-8")
    reading = read_folder(tmp_path, now=NOW)
    assert {str(row["lead_id"]) for row in rows(reading, "leads")} == {f"P{i}" for i in range(24)}
    assert {str(row["lead_id"]) for row in rows(reading, "deals")} == {
        f"P{i}" for i in range(0, 24, 3)
    }
