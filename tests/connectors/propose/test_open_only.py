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
    lines += [
        f"O{n},{stages[n % len(stages)]},{1000 + n},2026-0{1 + n % 9}-11" for n in range(80)
    ]
    (tmp_path / "pipe.csv").write_text("\n".join(lines) + "\n")
    facts = read_folder(tmp_path, now=datetime(2026, 11, 21)).facts
    result = compute_measure("stages", facts)
    assert (result.totals["leads"], result.totals["won"], result.totals["open"]) == (80, 0, 80)
    assert [row["stage"] for row in result.rows] == [*stages, "Won"]
    assert "win_rate_of_closed" not in result.totals
    assert any(note.startswith("No stage of the data is won") for note in result.notes)
