"""Read a connector's own sample, as a person's folder would be read."""

from __future__ import annotations

from datetime import datetime
from importlib import resources
from pathlib import Path

from onefunnel.connectors.folder import read_folder
from onefunnel.connectors.report import Reading

NOW = datetime(2026, 6, 1)


def sample(connector: str) -> Reading:
    """The reading of the sample, recognised by itself."""
    folder = Path(str(resources.files("onefunnel.connectors"))) / connector / "sample"
    return read_folder(folder, now=NOW)


def path_of(reading: Reading, lead: str) -> list[str]:
    """The stages a lead entered, in order."""
    moves = reading.facts["moves"]
    rows = moves.filter(moves.lead_id == lead).order_by([moves.at, moves.seq]).execute()
    return list(rows.sort_values("seq")["stage"])


def outcomes(reading: Reading) -> dict[str, str]:
    """How each deal ended."""
    rows = reading.facts["deals"].execute()
    return dict(zip(rows["deal_id"], rows["outcome"], strict=True))


def unexplained(reading: Reading) -> list[str]:
    """Columns of used files, and files, for which nobody says why they are not used."""
    vague = ("the mapping does not name it", "the mapping does not use this file", "")
    columns = [
        f"{file.name}: {column}"
        for file in reading.report.files
        for column, why in file.columns_left_out.items()
        if why in vague
    ]
    files = [
        file.name for file in reading.report.files if not file.used_as and file.reason in vague
    ]
    return columns + files
