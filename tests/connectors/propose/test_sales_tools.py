"""Lists of deals as well-known sales tools and spreadsheets export them, with a hand count each."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from onefunnel.connectors.folder import read_folder
from onefunnel.connectors.report import Reading
from onefunnel.measures.catalogue import compute_measure

NOW = datetime(2026, 1, 1)
DAY = datetime(2025, 1, 6, 9)


def write(folder: Path, name: str, header: str, rows: list[list[str]], sep: str = ",") -> None:
    lines = [header, *(sep.join(row) for row in rows)]
    (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")


def day(days: int, form: str = "%Y-%m-%d %H:%M:%S") -> str:
    return f"{DAY + timedelta(days=days):{form}}"


def deals(reading: Reading) -> dict[str | None, tuple[int, int]]:
    """Outcome -> how many, and how many of them with a closing date."""
    rows = reading.facts["deals"].to_pyarrow().to_pylist()
    return {
        outcome: (
            sum(row["outcome"] == outcome for row in rows),
            sum(row["outcome"] == outcome and row["closed_at"] is not None for row in rows),
        )
        for outcome in {row["outcome"] for row in rows}
    }


def reached(reading: Reading) -> list[tuple[str, int]]:
    rows = compute_measure("stages", reading.facts).rows
    return [(str(row["stage"]), int(row["reached"])) for row in rows]


def test_a_status_beside_the_stage_says_only_how_it_ended(tmp_path: Path) -> None:
    """One date each for won and lost; the stage of an ended deal is where it ended."""
    names = ("Contact Made", "Qualified", "Demo Scheduled", "Proposal Made")
    rows = []
    for i in range(48):
        status = ("Open", "Won", "Lost", "Open")[i % 4]
        ends = [day(i + 20) if status == end else "" for end in ("Won", "Lost")]
        rows.append([str(i + 1), f"Deal {i}", names[i // 4 % 4], status, str(1000 + i), day(i),
                     *ends, f"Firm {i % 9}"])  # fmt: skip
    header = "Deal - ID,Deal - Title,Deal - Stage,Deal - Status,Deal - Value,Deal - Deal created,"
    header += "Deal - Won time,Deal - Lost time,Organization - Name"
    write(tmp_path, "deals.csv", header, rows)
    reading = read_folder(tmp_path, now=NOW)

    assert deals(reading) == {"open": (24, 0), "won": (12, 12), "lost": (12, 12)}
    # 12 deals a stage; a won one was in all stages, as far as this measure can know
    assert reached(reading) == [
        ("Contact Made", 48), ("Qualified", 39), ("Demo Scheduled", 30), ("Proposal Made", 21),
        ("Won", 12),
    ]  # fmt: skip


def test_dates_of_stages_that_name_the_pipeline_too(tmp_path: Path) -> None:
    ways = ("Qualified", "Presentation", "Closed Won")
    columns = [f"Date entered {way} (Sales Pipeline)" for way in (*ways, "Closed Lost")]
    rows = []
    for i in range(40):
        far = i % 4
        stage = ("Appointment Scheduled", "Presentation", "Qualified", "Closed Won")[far]
        passed = {"Qualified": far >= 1, "Presentation": far in (1, 3), "Closed Won": far == 3}
        dates = [day(i + 5 * k) if passed[way] else "" for k, way in enumerate(ways, start=1)]
        if far == 3 and i % 8 == 3:
            stage, dates[2:] = "Closed Lost", ["", day(i + 15)]
        rows.append([f"{9000 + i * 37}", stage, "Sales Pipeline", day(i), day(i + 15), *dates,
                     *[""] * (4 - len(dates)), str(500 + i)])  # fmt: skip
    header = "Record ID,Deal Stage,Pipeline,Create Date,Close Date," + ",".join(columns)
    write(tmp_path, "all-deals.csv", header + ",Amount in company currency", rows)
    reading = read_folder(tmp_path, now=NOW)

    assert deals(reading) == {"open": (30, 0), "won": (5, 5), "lost": (5, 5)}
    assert reached(reading) == [
        ("Appointment Scheduled", 40), ("Qualified", 30), ("Presentation", 20), ("Closed Won", 5),
    ]  # fmt: skip
    won = reading.facts["deals"].filter(reading.facts["deals"].outcome == "won")
    assert won.amount.sum().execute() == sum(500 + i for i in range(40) if i % 8 == 7)


def test_dates_without_any_id_are_a_row_a_lead_and_service_comes_after_the_order(
    tmp_path: Path,
) -> None:
    rows = [
        [f"Firm {i % 37}", *(day(i + 10 * k, "%d.%m.%Y") if k <= i % 5 else "" for k in range(5))]
        for i in range(40)
    ]
    write(tmp_path, "kunden.csv", "Company;First contact;Demo;Offer;Order;Service", rows, ";")
    reading = read_folder(tmp_path, now=NOW)
    assert reached(reading) == [
        ("First contact", 40), ("Demo", 32), ("Offer", 24), ("Order", 16), ("Service", 8),
    ]  # fmt: skip
    assert [s.stage for s in reading.mapping.stages if s.kind == "won"] == ["Order"]
    kinds = {finding.kind for finding in reading.facts.findings}
    assert "no-key" in kinds
    assert "moves-out-of-order" not in kinds


def test_won_yes_no_or_not_yet_decided(tmp_path: Path) -> None:
    rows = [
        [f"OFF{i:04}", f"Klant {i % 7}", day(i, "%d-%m-%Y"), f"€ {1000 + i},50",
         ("Ja", "Nee", "")[i % 3], ("100", "0", "40")[i % 3]] for i in range(30)
    ]  # fmt: skip
    header = "Offertenummer;Klant;Offertedatum;Bedrag;Gewonnen;Kans (%)"
    write(tmp_path, "offertes.csv", header, rows, ";")
    reading = read_folder(tmp_path, now=NOW)
    assert {outcome: n for outcome, (n, _) in deals(reading).items()} == {
        "won": 10, "lost": 10, "open": 10,
    }  # fmt: skip
    assert reading.facts["leads"].created_at.count().execute() == 30
    assert "undeclared-stage" not in {finding.kind for finding in reading.facts.findings}


def test_an_expected_closing_date_is_no_closing(tmp_path: Path) -> None:
    names = ("1 - Nuovo", "02. Qualificato", "3) Preventivo", "4 - Chiusa vinta", "5 - Persa")
    rows = [
        [f"T{i:04}", names[i % 5], f"{5 + i}.000,00", day(i, "%d/%m/%Y"), day(i + 9, "%d/%m/%Y")]
        for i in range(40)
    ]
    header = "Codice;Stato trattativa;Valore;Data apertura;Data chiusura prevista"
    write(tmp_path, "trattative.csv", header, rows, ";")
    reading = read_folder(tmp_path, now=NOW)
    assert deals(reading) == {"open": (24, 0), "won": (8, 0), "lost": (8, 0)}
    assert [s.stage for s in reading.mapping.stages][:3] == list(names[:3])
    assert "missing-date" in {finding.kind for finding in reading.facts.findings}
