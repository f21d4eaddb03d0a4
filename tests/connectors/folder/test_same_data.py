"""T4 and T16: the same data in another order, in parts, twice, or in another dress."""

from __future__ import annotations

import csv
import random
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from onefunnel.connectors.folder import read_folder
from onefunnel.connectors.report import Reading

NOW = datetime(2026, 1, 1)
HEADER = ["deal_id", "customer", "stage", "created_at", "closed_at", "amount", "owner", "source"]
NAMES = ["=SUM(A1)", "Łukasz Żak", 'Say "hi"', "Smith; Jones", "O'Neil", "Müller, Söhne", "@home"]


def rows(n: int = 80) -> list[list[str]]:
    draw = random.Random(7)
    made = []
    for i in range(n):
        stage = draw.choice(["New", "Proposal", "Won", "Lost"])
        closed = f"2025-05-{1 + i % 28:02}" if stage in ("Won", "Lost") else ""
        made.append(
            [f"D-{i:04}", draw.choice(NAMES), stage, f"2025-01-{1 + i % 28:02} 09:{i % 60:02}:00",
             closed, f"{1000 + i}.50", draw.choice(["ann", "bob"]), draw.choice(["web", "fair"])]
        )  # fmt: skip
    return made


def write(path: Path, data: list[list[str]], *, sep: str = ",", encoding: str = "utf-8") -> None:
    with path.open("w", newline="", encoding=encoding, errors="strict") as file:
        writer = csv.writer(file, delimiter=sep)
        writer.writerow(HEADER)
        writer.writerows(data)


def told(reading: Reading) -> dict[str, list[tuple[Any, ...]]]:
    """All facts as sets of rows, without where they were read."""
    found = {}
    for name, table in reading.facts.tables.items():
        columns = sorted(c for c in table.columns if not c.startswith("_"))
        found[name] = sorted(
            (tuple(row[c] for c in columns) for row in table.to_pyarrow().to_pylist()), key=repr
        )
    return found


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[tuple[Any, ...]]]:
    folder = tmp_path_factory.mktemp("plain")
    write(folder / "deals.csv", rows())
    return told(read_folder(folder, now=NOW))


def test_the_plain_file_gives_what_it_says(plain: dict[str, list[tuple[Any, ...]]]) -> None:
    assert len(plain["deals"]) == len(plain["leads"]) == 80
    won = sum(row[2] == "Won" for row in rows())
    assert sum("won" in row for row in plain["deals"]) == won
    assert any("=SUM(A1)" in row for row in plain["leads"])


def test_shuffled_rows_give_the_same_facts(tmp_path: Path, plain: Any) -> None:
    data = rows()
    random.Random(9).shuffle(data)
    write(tmp_path / "deals.csv", data)
    assert told(read_folder(tmp_path, now=NOW)) == plain


def test_a_file_in_two_parts_gives_the_same_facts(tmp_path: Path, plain: Any) -> None:
    write(tmp_path / "deals_1.csv", rows()[:30])
    write(tmp_path / "deals_2.csv", rows()[30:])
    assert told(read_folder(tmp_path, now=NOW)) == plain


def test_rows_told_twice_count_once(tmp_path: Path, plain: Any) -> None:
    write(tmp_path / "deals_1.csv", rows())
    write(tmp_path / "deals_2.csv", rows()[:50])
    assert told(read_folder(tmp_path, now=NOW)) == plain


def test_renamed_people_change_only_names(tmp_path: Path, plain: Any) -> None:
    data = [[*row[:6], {"ann": "eve", "bob": "dan"}[row[6]], row[7]] for row in rows()]
    write(tmp_path / "deals.csv", data)
    renamed = told(read_folder(tmp_path, now=NOW))
    back = {"eve": "ann", "dan": "bob"}
    for name in ("leads", "deals"):
        again = [
            tuple(back.get(cell, cell) if isinstance(cell, str) else cell for cell in row)
            for row in renamed[name]
        ]
        assert sorted(again, key=repr) == plain[name]


@pytest.mark.parametrize(
    ("sep", "encoding"),
    [
        (",", "utf-8"), (";", "utf-8-sig"), ("\t", "utf-16"), ("|", "utf-8"),
        (";", "iso8859_2"), (",", "utf-16-le"),
    ],
)  # fmt: skip
def test_every_dress_gives_the_same_facts(
    tmp_path: Path, plain: Any, sep: str, encoding: str
) -> None:
    data = rows()
    write(tmp_path / "deals.csv", data, sep=sep, encoding=encoding)
    if encoding == "utf-16-le":
        path = tmp_path / "deals.csv"
        path.write_bytes(b"\xff\xfe" + path.read_bytes())
    assert told(read_folder(tmp_path, now=NOW)) == plain


def test_facts_written_and_read_again_are_the_same(tmp_path: Path, plain: Any) -> None:
    """Deals as CSV of our own columns: the same deals come back."""
    first = tmp_path / "first"
    first.mkdir()
    write(first / "deals.csv", rows())
    deals = read_folder(first, now=NOW).facts["deals"]
    columns = ["deal_id", "account_id", "owner", "opened_at", "closed_at", "outcome", "amount"]
    again = tmp_path / "again"
    again.mkdir()
    with (again / "deals.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        for row in deals.to_pyarrow().to_pylist():
            writer.writerow(["" if row[c] is None else row[c] for c in columns])
    back = read_folder(again, now=NOW).facts["deals"]

    def rows_of(table: Any) -> list[tuple[Any, ...]]:
        return sorted(tuple(row[c] for c in columns) for row in table.to_pyarrow().to_pylist())

    assert [r[0] for r in rows_of(back)] == [r[0] for r in rows_of(deals)]
    assert [r[3:] for r in rows_of(back)] == [r[3:] for r in rows_of(deals)]
