"""What is said of a file that could be a funnel, but for a column that no word gives away."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from onefunnel.connectors.folder import read_folder


def test_a_single_file_is_told_what_it_lacks(tmp_path: Path) -> None:
    rows = "".join(f"{n},{('zelen', 'modr')[n % 2]},{n % 28 + 1:02}.03.2026\n" for n in range(60))
    (tmp_path / "odd.csv").write_text("nr,krok,kdy\n" + rows)
    (file,) = read_folder(tmp_path, now=datetime(2026, 11, 21)).report.files
    assert file.reason.startswith("which column says the stage could not be told: say it")
