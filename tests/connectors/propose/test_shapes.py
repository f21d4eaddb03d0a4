"""Exports in shapes nobody has seen give a right funnel without any edit of the mapping."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from pathlib import Path

from onefunnel.connectors.folder import read_folder
from onefunnel.connectors.report import Reading

NOW = datetime(2026, 1, 1)


def write(folder: Path, name: str, header: str, rows: list[list[str]], sep: str = ",") -> None:
    lines = [header, *(sep.join(row) for row in rows)]
    (folder / name).write_text("\n".join(lines) + "\n", "utf-8")


def outcomes(reading: Reading) -> dict[str, int]:
    deals = reading.facts["deals"]
    counted = deals.group_by("outcome").agg(n=deals.count()).to_pyarrow().to_pylist()
    return {row["outcome"]: row["n"] for row in counted}


def entered(reading: Reading) -> dict[str, int]:
    moves = reading.facts["moves"]
    counted = moves.group_by("stage").agg(n=moves.lead_id.nunique()).to_pyarrow().to_pylist()
    return {row["stage"]: row["n"] for row in counted}


def kinds(reading: Reading) -> dict[str, str]:
    rows = reading.facts["stages"].to_pyarrow().to_pylist()
    return {row["stage"]: row["kind"] for row in rows}


def test_german_headers_numbers_and_dates(tmp_path: Path) -> None:
    """One row per opportunity, `;` and decimal comma, day-first dates, customers in a file."""
    draw = random.Random(1)
    ends = {"Gewonnen": 60, "Verloren": 90, "Angebot": 30, "Verhandlung": 20, "Neu": 50}
    rows, value = [], 0
    for i, phase in enumerate(phase for phase, n in ends.items() for _ in range(n)):
        begin = datetime(2025, 1, 2) + timedelta(days=draw.randrange(200))
        end = begin + timedelta(days=draw.randrange(5, 90))
        amount = draw.randrange(1_000_000, 9_000_000)
        value += amount if phase == "Gewonnen" else 0
        closed = f"{end:%d.%m.%Y}" if phase in ("Gewonnen", "Verloren") else ""
        money = f"{amount // 100:,}".replace(",", ".") + f",{amount % 100:02d} €"
        reason = "Preis" if phase == "Verloren" else ""
        source, owner = draw.choice(["Messe", "Website"]), draw.choice(["Anna", "Jörg"])
        start = f"{begin:%d.%m.%Y}"
        keys = [f"VC-{i:05}", f"K{i % 40:03}"]
        rows.append([*keys, phase, start, closed, money, source, owner, reason])
    header = "Vorgangsnummer;Kundennummer;Phase;Angelegt am;Abgeschlossen am;Auftragswert;Herkunft;"
    write(tmp_path, "Verkaufschancen.csv", header + "Betreuer;Verlustgrund", rows, ";")
    customers = [[f"K{i:03}", f"Firma {i}", "Maschinenbau", "Deutschland"] for i in range(40)]
    write(tmp_path, "Kunden.csv", "Kundennummer;Firmenname;Branche;Land", customers, ";")

    reading = read_folder(tmp_path, now=NOW)

    assert outcomes(reading) == {"won": 60, "lost": 90, "open": 100}
    assert kinds(reading)["Gewonnen"] == "won"
    assert kinds(reading)["Verloren"] == "lost"
    deals = reading.facts["deals"]
    won = deals.filter(deals.outcome == "won")
    assert int(won.amount.sum().execute() * 100) == value
    assert won.currency.nunique().execute() == 1
    assert won.currency.min().execute() == "EUR"
    assert deals.filter(deals.closed_at.notnull()).count().execute() == 150
    assert entered(reading)["Neu"] == 250
    assert reading.facts["accounts"].count().execute() == 40
    leads = reading.facts["leads"]
    assert leads.filter(leads.source == "Messe").count().execute() > 50
    assert leads.created_at.min().execute() >= datetime(2025, 1, 2)


def test_other_key_names_and_no_known_words(tmp_path: Path) -> None:
    """Headers and stage names that say nothing: the values alone tell."""
    draw = random.Random(2)
    rows = []
    for i in range(400):
        phase = draw.choice(["Qra", "Qrb", "Qrb", "Qrx", "Qry"])
        begin = datetime(2024, 1, 15) + timedelta(days=draw.randrange(500))
        end = begin + timedelta(days=draw.randrange(10, 60))
        is_closed = phase in ("Qrx", "Qry")
        amount = str(draw.randrange(5_000, 90_000)) if phase == "Qrx" else ""
        rows.append([f"zz{i * 7:06}", draw.choice(["ka", "kb", "kc"]), phase, f"{begin:%Y-%m-%d}",
                     f"{end:%Y-%m-%d}" if is_closed else "", amount])  # fmt: skip
    write(tmp_path, "f1.csv", "fld_1,fld_2,fld_3,fld_4,fld_5,fld_6", rows)

    reading = read_folder(tmp_path, now=NOW)

    n = {phase: sum(row[2] == phase for row in rows) for phase in ("Qrx", "Qry")}
    assert kinds(reading)["Qrx"] == "won"
    assert kinds(reading)["Qry"] == "lost"
    moves = reading.facts["moves"]
    dated = moves.filter(moves["at"].notnull() & moves.stage.isin(["Qrx", "Qry"]))
    assert dated.count().execute() == n["Qrx"] + n["Qry"]
    assert reading.facts["leads"].count().execute() == 400
    assert reading.facts["leads"].created_at.count().execute() == 400


def test_a_date_column_per_stage(tmp_path: Path) -> None:
    """Wide stage history: one column of dates per stage, French headers, day-first dates."""
    draw = random.Random(3)
    rows = []
    reached = {"Contact": 0, "Devis": 0, "Négociation": 0, "Gagné": 0, "Perdu": 0}
    for i in range(300):
        at = datetime(2025, 1, 3) + timedelta(days=draw.randrange(150))
        dates = []
        deep = draw.randrange(1, 4)
        for k in range(3):
            at += timedelta(days=draw.randrange(2, 30))
            dates.append(f"{at:%d/%m/%Y}" if k < deep else "")
            reached[["Contact", "Devis", "Négociation"][k]] += k < deep
        is_won = deep == 3 and draw.random() < 0.5
        is_lost = not is_won and draw.random() < 0.4
        end = f"{at + timedelta(days=9):%d/%m/%Y}"
        reached["Gagné"] += is_won
        reached["Perdu"] += is_lost
        rows.append([f"D{i:04}", draw.choice(["Salon", "Web"]), *dates, end if is_won else "",
                     end if is_lost else "", str(draw.randrange(1000, 9000))])  # fmt: skip
    header = "dossier,provenance,date_contact,date_devis,date_negociation,date_gagne,date_perdu,"
    write(tmp_path, "affaires.csv", header + "montant", rows)

    reading = read_folder(tmp_path, now=NOW)

    got = entered(reading)
    assert [got["Contact"], got["Devis"], got["Negociation"]] == [
        reached["Contact"], reached["Devis"], reached["Négociation"],
    ]  # fmt: skip
    assert outcomes(reading)["won"] == reached["Gagné"]
    assert outcomes(reading)["lost"] == reached["Perdu"]
    assert "moves rebuilt from date columns" in reading.report.notes


def test_a_history_file_beside_the_leads(tmp_path: Path) -> None:
    """Spanish leads and a history of their stages, spend beside them."""
    draw = random.Random(4)
    names = ["Nuevo", "Contactado", "Propuesta"]
    leads, history = [], []
    count = dict.fromkeys([*names, "Ganado", "Perdido"], 0)
    for i in range(200):
        at = datetime(2025, 2, 1) + timedelta(days=draw.randrange(100), hours=draw.randrange(24))
        key = f"L-{i:04}"
        leads.append([key, f"persona{i}@ejemplo.es", draw.choice(["Feria", "Web"]),
                      f"{at:%Y-%m-%d %H:%M:%S}"])  # fmt: skip
        path = names[: draw.randrange(1, 4)]
        if len(path) == 3 and draw.random() < 0.6:
            path = [*path, draw.choice(["Ganado", "Perdido"])]
        for stage in path:
            history.append([key, stage, f"{at:%Y-%m-%d %H:%M:%S}"])
            count[stage] += 1
            at += timedelta(days=draw.randrange(1, 20))
    draw.shuffle(history)
    write(tmp_path, "prospectos.csv", "codigo,correo,origen,fecha_alta", leads)
    write(tmp_path, "historial.csv", "codigo_prospecto,etapa,fecha", history)
    months = [(f"2025-0{m}-01", f"{m * 100}.50") for m in range(1, 7)]
    spent = [[day, canal, money] for day, money in months for canal in ("Web", "Feria")]
    write(tmp_path, "gastos.csv", "fecha,canal,gasto", spent)

    reading = read_folder(tmp_path, now=NOW)

    assert entered(reading) == {stage: n for stage, n in count.items() if n}
    assert kinds(reading)["Ganado"] == "won"
    assert kinds(reading)["Perdido"] == "lost"
    assert reading.facts["leads"].count().execute() == 200
    assert reading.facts["leads"].email.nunique().execute() == 200
    assert reading.facts["spend"].count().execute() == 12
    assert "moves come from the history table" in reading.report.notes


def test_leads_and_opportunities_in_two_files(tmp_path: Path) -> None:
    """Dutch leads and deals, linked by the lead's number; a deal without a lead is one itself."""
    draw = random.Random(5)
    stages = ["Nieuw", "Contact", "Gekwalificeerd"]
    leads = [
        [f"A{i:04}", draw.choice(stages), f"2025-03-{1 + i % 28:02}", draw.choice(["Beurs", "Web"])]
        for i in range(120)
    ]
    deals = []
    for i in range(60):
        stage = draw.choice(["Offerte", "Gewonnen", "Verloren"])
        closed = f"2025-06-{1 + i % 28:02}" if stage != "Offerte" else ""
        lead = f"A{i * 2:04}" if i < 50 else ""
        deals.append([f"K{i:04}", lead, stage, f"2025-05-{1 + i % 28:02}", closed,
                      str(1000 + i)])  # fmt: skip
    write(tmp_path, "leads.csv", "leadnummer,status,aangemaakt_op,bron", leads)
    write(tmp_path, "verkoopkansen.csv",
          "kansnummer,leadnummer,fase,aangemaakt_op,afgesloten_op,bedrag", deals)  # fmt: skip

    reading = read_folder(tmp_path, now=NOW)

    won = sum(deal[2] == "Gewonnen" for deal in deals)
    assert outcomes(reading)["won"] == won
    assert reading.facts["leads"].count().execute() == 130
    both = reading.facts["deals"]
    assert both.filter(both.lead_id == "A0000").count().execute() == 1
    assert entered(reading)["Gewonnen"] == won
