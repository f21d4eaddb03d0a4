"""The teaching CRM export: its published counts come out and every trap is named."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

import pytest

from onefunnel.connectors.folder import read_folder
from onefunnel.connectors.report import Reading

ROOT = Path(__file__).resolve().parents[3]
DATA = Path(os.environ.get("ONEFUNNEL_DATA", ROOT / ".." / "shared" / "data"))
FOLDER = DATA / "maven_crm"
pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(not FOLDER.is_dir(), reason=f"no shared exports at {DATA}"),
]


@pytest.fixture(scope="module")
def reading() -> Reading:
    return read_folder(FOLDER, now=datetime(2026, 1, 1))


def test_the_published_counts(reading: Reading) -> None:
    deals = reading.facts["deals"]
    rows = deals.group_by("outcome").agg(n=deals.count(), value=deals.amount.sum())
    counted = {row["outcome"]: row for row in rows.to_pyarrow().to_pylist()}
    assert {name: row["n"] for name, row in counted.items()} == {
        "won": 4238, "lost": 2473, "open": 2089,
    }  # fmt: skip
    assert counted["won"]["value"] == 10_005_534
    assert reading.facts["leads"].count().execute() == 8800
    won = deals.filter(deals.outcome == "won")
    days = won.mutate(days=won.closed_at.delta(won.opened_at, unit="day"))
    assert round(days.days.mean().execute(), 1) == 51.8


def test_the_moves_are_rebuilt_from_the_dates(reading: Reading) -> None:
    moves = reading.facts["moves"]
    rows = moves.group_by("stage").agg(n=moves.count(), dated=moves["at"].count())
    assert {(r["stage"], r["n"], r["dated"]) for r in rows.to_pyarrow().to_pylist()} == {
        ("Prospecting", 500, 0),
        ("Engaging", 8300, 8300),
        ("Won", 4238, 4238),
        ("Lost", 2473, 2473),
    }
    assert "moves rebuilt from date columns" in reading.facts.notes
    assert reading.facts.data_at == datetime(2017, 12, 31)
    stages = reading.facts["stages"].order_by("position").to_pyarrow().to_pylist()
    assert [(s["stage"], s["kind"]) for s in stages] == [
        ("Prospecting", "open"), ("Engaging", "open"), ("Won", "won"), ("Lost", "lost"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "table", "example", "count", "says"),
    [
        ("unknown-key", "deals", "GTXPro", 1480, "1,147 of them closed"),
        ("blank-key", "leads", None, 1425, "1,425 of 8,800"),
        ("misspelt", "accounts", "technolgy", 12, "technology"),
        ("misspelt", "accounts", "Philipines", 1, "Philippines"),
        ("missing-date", "leads", None, 500, "no date of entry"),
    ],
)
def test_every_trap_is_named(
    reading: Reading, kind: str, table: str, example: str | None, count: int, says: str
) -> None:
    found = [
        f
        for f in reading.facts.findings
        if (f.kind, f.table) == (kind, table) and example in (None, f.example)
    ]
    assert [f.count for f in found] == [count]
    assert says in found[0].what
    assert found[0].fix


def test_no_file_is_counted_twice_or_left_out_without_a_reason(reading: Reading) -> None:
    files = {file.name: file for file in reading.report.files}
    assert files["sales_pipeline.csv"].rows_used == 8800
    for file in files.values():
        assert file.used_as or file.reason
        assert file.rows_in == file.rows_used + file.rows_skipped + file.rows_refused
    assert "describes" in files["data_dictionary.csv"].reason
    zipped = [file for name, file in files.items() if ".zip/" in name]
    assert len(zipped) == 5
    assert all(file.rows_used == 0 for file in zipped)
