"""Exports in which nothing is won: open leads are open, whatever the last stage is called."""

from datetime import datetime
from pathlib import Path

import pytest

from onefunnel.connectors.folder import read_folder
from onefunnel.measures.catalogue import compute_measure

STAGES = ("Prospecting", "Qualification", "Proposal", "Negotiation")


@pytest.mark.parametrize("stages", [STAGES, ("New",)])
def test_an_export_of_open_deals_has_no_win(tmp_path: Path, stages: tuple[str, ...]) -> None:
    lines = ["Opportunity ID,Stage,Amount,Created"]
    lines += [f"O{n},{stages[n % len(stages)]},{1000 + n},2026-0{1 + n % 9}-11" for n in range(80)]
    (tmp_path / "pipe.csv").write_text("\n".join(lines) + "\n")
    facts = read_folder(tmp_path, now=datetime(2026, 11, 21)).facts
    result = compute_measure("stages", facts)
    assert (result.totals["leads"], result.totals["won"], result.totals["open"]) == (80, 0, 80)
    assert [row["stage"] for row in result.rows] == [*stages, "Won"]
    assert "win_rate_of_closed" not in result.totals
    assert any(note.startswith("No stage of the data is won") for note in result.notes)


def test_an_amount_nobody_can_read_is_refused_and_not_left_to_stand_by(tmp_path: Path) -> None:
    """`mil` is a thousand in Spanish and a million elsewhere: it is not guessed."""
    lines = ["id;etapa;importe;fecha"]
    lines += [
        f"{n};{('Ganado', 'Perdido', 'Nuevo')[n % 3]};{10 + n} mil €;{1 + n % 28:02}/03/2026"
        for n in range(120)
    ]
    (tmp_path / "ventas.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    reading = read_folder(tmp_path, now=datetime(2026, 11, 21))
    assert reading.report.refused_count == 120
    assert {row.column for row in reading.report.refused} == {"importe"}
    assert reading.facts["deals"].count().execute() == 120
    assert reading.facts["deals"]["amount"].count().execute() == 0
