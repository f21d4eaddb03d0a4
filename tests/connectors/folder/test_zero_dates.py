"""A date of zeros is a word for nothing: taken so, and said with its count."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from onefunnel.connectors.folder import read_folder


def test_dates_of_zeros_are_counted_and_said(tmp_path: Path) -> None:
    lines = ["Lead No;Created;Stage"]
    for n in range(40):
        day = "00.00.0000" if n < 3 else "31.02.2026" if n == 3 else f"{n % 28 + 1:02}.03.2026"
        lines.append(f"L{n};{day};{('New', 'Won', 'Lost')[n % 3]}")
    (tmp_path / "leads.csv").write_text("\n".join(lines) + "\n")
    reading = read_folder(tmp_path, now=datetime(2026, 11, 21))
    (found,) = (one for one in reading.facts.findings if one.kind == "zero-dates")
    assert (found.count, found.example, found.weight) == (3, "00.00.0000", "note")
    assert found.what == "Created: 3 cells say 00.00.0000, which is taken for no date."
    assert {one.value for one in reading.report.refused} == {"31.02.2026"}
