"""Folders that are no CRM export: said what they are, every file accounted for, never a crash."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

import pytest

from onefunnel.connectors.folder import read_folder
from onefunnel.connectors.mapping import read_mapping, write_mapping
from onefunnel.facts.tables import TABLES

ROOT = Path(__file__).resolve().parents[3]
DATA = Path(os.environ.get("ONEFUNNEL_DATA", ROOT / ".." / "shared" / "data"))
pytestmark = [
    pytest.mark.data,
    pytest.mark.slow,
    pytest.mark.skipif(not DATA.is_dir(), reason=f"no shared exports at {DATA}"),
]


@pytest.mark.parametrize(
    ("folder", "tables"),
    [
        ("attribution", set()),
        ("attribution_dbtlabs", {"spend", "touches"}),
        ("bank_marketing", {"leads", "moves"}),
        ("cdnow", {"orders"}),
        ("completejourney", {"orders", "accounts"}),
        ("mautic", {"leads"}),
        ("mmm", {"spend"}),
        ("pdm", {"installed"}),
        ("telco_churn", {"accounts"}),
    ],
)
def test_a_folder_is_said_to_be_what_it_is(folder: str, tables: set[str]) -> None:
    reading = read_folder(DATA / folder, now=datetime(2026, 12, 1))
    assert tables <= set(reading.facts.tables) <= set(TABLES)
    if "leads" not in tables:
        assert any(f.kind == "no-funnel" for f in reading.facts.findings)
        assert any("no funnel was found" in note for note in reading.report.notes)
    for file in reading.report.files:
        assert file.used_as or file.reason, file
        assert file.rows_in == file.rows_used + file.rows_skipped + file.rows_refused, file
        assert sum(file.skipped_because.values()) == file.rows_skipped, file
        assert min(file.rows_used, file.rows_skipped, file.rows_refused) >= 0, file
    again = read_mapping(write_mapping(reading.mapping), "again")
    assert again == reading.mapping


def test_the_answers_of_a_calling_campaign_are_won_and_lost() -> None:
    """41,188 calls, 4,640 yes; the sample beside them is not counted again."""
    reading = read_folder(DATA / "bank_marketing", now=datetime(2026, 12, 1))
    moves = reading.facts["moves"]
    rows = moves.group_by("stage").agg(n=moves.count()).to_pyarrow().to_pylist()
    assert {row["stage"]: row["n"] for row in rows} == {"Won": 4640, "Lost": 36548}
