"""The shared real exports: known values, and no column without an explanation."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

import pytest

from onefunnel.connectors.folder import read_folder
from tests.connectors.named.reading import outcomes, unexplained

DATA = Path(os.environ.get("ONEFUNNEL_DATA", Path(__file__).parents[4] / "shared" / "data"))
NOW = datetime(2027, 6, 1)
pytestmark = [
    pytest.mark.data,
    pytest.mark.slow,
    pytest.mark.skipif(not DATA.exists(), reason=f"the shared exports are not at {DATA}"),
]


@pytest.mark.parametrize(
    ("folder", "connector", "leads"),
    [
        ("odoo17", "odoo", 5000),
        ("espocrm8", "espocrm", 9164),
        ("fivetran_hubspot", "hubspot", 80),
        ("fivetran_salesforce", "salesforce", 1),
    ],
)
def test_it_imports_with_no_unexplained_column(folder: str, connector: str, leads: int) -> None:
    reading = read_folder(DATA / folder, now=NOW)
    assert reading.mapping.connector == connector
    assert unexplained(reading) == []
    assert reading.facts["leads"].count().execute() == leads
    assert sum(file.rows_in for file in reading.report.files) == sum(
        file.rows_used + file.rows_skipped + file.rows_refused for file in reading.report.files
    )


def test_odoo_lost_leads_are_lost() -> None:
    reading = read_folder(DATA / "odoo17", now=NOW)
    ends = list(outcomes(reading).values())
    assert ends.count("won") == 1187
    moves = reading.facts["moves"]
    assert moves.filter(moves.stage == "Lost").lead_id.nunique().execute() == 2157
