"""Days begin where the people are: a day without a time is no moment of Greenwich."""

from datetime import datetime
from pathlib import Path

import pytest

from onefunnel.connectors.folder import read_folder
from onefunnel.connectors.mapping import read_mapping, write_mapping
from onefunnel.measures.catalogue import compute_measure
from onefunnel.measures.scope import Scope

NOW = datetime(2026, 11, 21)


def exported(folder: Path, day: str) -> Path:
    rows = "".join(f"O{n},{'Won' if n % 2 else 'New'},{day},100\n" for n in range(60))
    (folder / "deals.csv").write_text("Deal ID,Stage,Created,Amount\n" + rows)
    return folder


@pytest.mark.parametrize(
    ("zone", "written", "moment"),
    [
        ("America/New_York", "2026-03-01", datetime(2026, 3, 1, 5)),
        ("America/New_York", "03/21/2026", datetime(2026, 3, 21, 4)),
        ("Asia/Kathmandu", "2026-03-01", datetime(2026, 2, 28, 18, 15)),
        ("America/New_York", "2026-03-01 09:30:00", datetime(2026, 3, 1, 14, 30)),
        ("America/New_York", "2026-03-01T09:30:00Z", datetime(2026, 3, 1, 9, 30)),
        ("UTC", "2026-03-01", datetime(2026, 3, 1)),
    ],
)
def test_a_day_begins_in_the_zone(
    tmp_path: Path, zone: str, written: str, moment: datetime
) -> None:
    reading = read_folder(exported(tmp_path, written), now=NOW, zone=zone)
    found = reading.facts["leads"]["created_at"].to_pyarrow().unique().to_pylist()
    assert found == [moment]
    assert read_mapping(write_mapping(reading.mapping)) == reading.mapping
    months = compute_measure("stages", reading.facts, None, Scope(by="month", zone=zone)).rows
    assert {row["month"] for row in months} == {"2026-03"}


def test_an_order_that_was_checked_is_no_guess(tmp_path: Path) -> None:
    rows = "".join(f"O{n},{('Blue', 'Green', 'Won')[n % 3]},2026-03-01\n" for n in range(60))
    (tmp_path / "deals.csv").write_text("Deal ID,Stage,Created\n" + rows)
    first = read_folder(tmp_path, now=NOW)
    assert "guessed-order" in {finding.kind for finding in first.facts.findings}
    text = write_mapping(first.mapping)
    assert "order: guessed" in text
    checked = read_mapping(text.replace("order: guessed", "order: checked"))
    again = read_folder(tmp_path, checked, now=NOW)
    assert "guessed-order" not in {finding.kind for finding in again.facts.findings}
