"""Exports as people really make them: odd headers, few rows, ids with gaps, no order declared."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from onefunnel.agreement.propose import propose
from onefunnel.connectors.folder import read_folder
from onefunnel.connectors.report import Reading

NOW = datetime(2026, 1, 1)
DAY = datetime(2025, 3, 3, 9, 30)
WAY = ("Alpha", "Beta", "Gamma", "Delta", "Signed")


def write(folder: Path, name: str, header: str, rows: list[list[str]]) -> None:
    lines = [header, *(",".join(row) for row in rows)]
    (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")


def kinds(reading: Reading) -> list[str]:
    return [finding.kind for finding in reading.facts.findings]


def leads_and_history(folder: Path, moment: str) -> None:
    """Twelve leads on their way through WAY, the later stages first in the file."""
    people, moves = [], []
    for i in range(12):
        people.append([f"P-{i:03}", f"Person {i}", f"Firm {i}", ("fair", "web")[i % 2]])
        for k, stage in enumerate(WAY[: 2 + i % 4]):
            at = DAY + timedelta(days=i + 5 * k)
            moves.append([f"P-{i:03}", stage, *([at.isoformat(sep=" ")] if moment else [])])
    write(folder, "people.csv", "Ref,Person,Firm,Where from", people)
    header = "ref no.,stage" + (f",{moment}" if moment else "")
    write(folder, "log.csv", header, moves[::-1])


def test_a_history_takes_its_only_time_and_its_order_whatever_they_are_called(
    tmp_path: Path,
) -> None:
    leads_and_history(tmp_path, "clocked")
    reading = read_folder(tmp_path, now=NOW)

    moves = reading.facts["moves"].to_pyarrow().to_pylist()
    assert {row["stage"] for row in moves} == set(WAY)  # and no invented first stage
    assert all(row["at"] is not None for row in moves)
    assert [s.stage for s in reading.mapping.stages] == list(WAY)
    assert reading.mapping.first_stage == "Alpha"
    path = [stage.name for stage in propose(reading.facts).success_path]
    assert path == list(WAY)
    leads = reading.facts["leads"].to_pyarrow().to_pylist()
    assert {row["source"] for row in leads} == {"fair", "web"}
    assert {row["company"] for row in leads} == {f"Firm {i}" for i in range(12)}
    assert "guessed-order" not in kinds(reading)


def test_stages_in_an_order_that_nothing_decides_are_called_a_guess(tmp_path: Path) -> None:
    rows = [
        [
            f"D-{i:03}",
            ("Zeta", "Eta", "Won", "Lost")[i % 4],
            f"2025-03-{i % 28 + 1:02}",
            str(i * 10),
        ]
        for i in range(40)
    ]
    write(tmp_path, "deals.csv", "deal id,stage,created,value", rows)
    found = [f for f in read_folder(tmp_path, now=NOW).facts.findings if f.kind == "guessed-order"]
    assert [(f.weight, f.table) for f in found] == [("warning", "stages")]
    assert "Eta" in found[0].what
    assert "Zeta" in found[0].what


def test_two_spellings_of_a_stage_are_no_guess_about_its_place(tmp_path: Path) -> None:
    stages = ("New", "NEW", "new ", "Won", "Lost")
    rows = [[f"D-{i:03}", stages[i % 5], f"2025-03-{i % 28 + 1:02}"] for i in range(40)]
    write(tmp_path, "deals.csv", "deal id,stage,created", rows)
    assert "guessed-order" not in kinds(read_folder(tmp_path, now=NOW))


def test_first_contact_stands_before_qualified_whatever_comes_first_in_the_file(
    tmp_path: Path,
) -> None:
    names = ("Qualificato", "Primo contatto", "Offerta inviata", "Chiuso vinto", "Chiuso perso")
    rows = [[f"T-{i:03}", names[i % 5], f"2025-03-{i % 28 + 1:02}", str(i)] for i in range(40)]
    write(tmp_path, "trattative.csv", "Codice trattativa,Fase,Data creazione,Importo", rows)
    reading = read_folder(tmp_path, now=NOW)
    assert [s.stage for s in reading.mapping.stages][:3] == [
        "Primo contatto", "Qualificato", "Offerta inviata",
    ]  # fmt: skip
    assert "guessed-order" not in kinds(reading)


def test_an_id_with_blanks_and_repeated_rows_is_still_the_key(tmp_path: Path) -> None:
    rows = [
        [f"D{i}", f"Deal {i}", ("Contacted", "Won", "Lost")[i % 3], f"2025-03-{i % 28 + 1:02}"]
        for i in range(1, 41)
    ]
    rows[9][0] = ""
    rows += [list(rows[0]), list(rows[1])]
    rows[3][3] = "not a date"
    write(tmp_path, "pipe.csv", "Deal ID,Deal name,Stage,Created", rows)
    reading = read_folder(tmp_path, now=NOW)

    leads = {row["lead_id"] for row in reading.facts["leads"].to_pyarrow().to_pylist()}
    assert leads == {f"D{i}" for i in range(1, 41) if i != 10}
    refused = {(r.row, r.column, r.reason, r.whole_row) for r in reading.report.refused}
    assert refused == {
        (4, "Created", "this is not a date", False),
        (10, "Deal ID", "the row has no Deal ID, which says which lead it is", True),
    }
    assert reading.report.refused_count == 2  # each cell once, not once for each table
    assert kinds(reading).count("duplicate-row") == 1
    assert "no-key" not in kinds(reading)


def test_rows_without_any_key_are_numbered_and_said_to_be(tmp_path: Path) -> None:
    rows = [[("New", "Won", "Lost")[i % 3], f"2025-03-{i % 5 + 1:02}"] for i in range(30)]
    write(tmp_path, "pipe.csv", "Stage,Created", rows)
    assert "no-key" in kinds(read_folder(tmp_path, now=NOW))


def test_a_file_of_three_deals_is_a_funnel(tmp_path: Path) -> None:
    rows = [
        ["1", "Won", "2025-01-03", "2025-02-01", "100"],
        ["2", "Lost", "2025-01-05", "2025-02-11", "200"],
        ["3", "Offer", "2025-01-09", "", "300"],
    ]
    write(tmp_path, "deals.csv", "deal id,stage,created,closed,value", rows)
    reading = read_folder(tmp_path, now=NOW)
    deals = reading.facts["deals"].to_pyarrow().to_pylist()
    assert sorted(row["outcome"] for row in deals) == ["lost", "open", "won"]


def test_one_future_date_is_told_once_in_plain_words(tmp_path: Path) -> None:
    rows = [["1", "Won", "2025-01-03"], ["2", "Lost", "2025-01-05"], ["3", "Offer", "2099-01-09"]]
    write(tmp_path, "deals.csv", "deal id,stage,created", rows)
    found = [f for f in read_folder(tmp_path, now=NOW).facts.findings if f.kind == "future-date"]
    assert [f.what for f in found] == [
        "1 lead has a date of entry in the future. What is recorded counts; its time is taken as "
        "not known."
    ]
