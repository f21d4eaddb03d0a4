"""The currency of amounts: in the cell, else in the header, else what the other cells say."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest

from onefunnel.connectors.folder import read_folder
from onefunnel.connectors.report import Reading

NOW = datetime(2026, 1, 1)


def read(folder: Path, header: str, amounts: list[str]) -> Reading:
    lines = [f"Deal ID;Stage;Created;{header}"]
    lines += [
        f"D-{i:03};{('Won', 'Offer', 'Lost')[i % 3]};2025-02-{1 + i % 28:02};{amount}"
        for i, amount in enumerate(amounts)
    ]
    (folder / "deals.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return read_folder(folder, now=NOW)


def currencies(reading: Reading) -> dict[object, int]:
    return dict(Counter(row["currency"] for row in reading.facts["deals"].to_pyarrow().to_pylist()))


def told(reading: Reading) -> list[tuple[str, int]]:
    kinds = ("assumed-currency", "mixed-currencies")
    return [(f.kind, f.count) for f in reading.facts.findings if f.kind in kinds]


@pytest.mark.parametrize(
    ("header", "code"), [("Auftragswert (€)", "EUR"), ("Amount (USD)", "USD"), ("value_gbp", "GBP")]
)
def test_the_header_names_the_currency_of_all_its_amounts(
    tmp_path: Path, header: str, code: str
) -> None:
    reading = read(tmp_path, header, [str(1000 + i) for i in range(60)])
    assert currencies(reading) == {code: 60}
    assert told(reading) == []


def test_a_cell_that_names_a_currency_goes_before_the_header(tmp_path: Path) -> None:
    amounts = [f"{1000 + i} $" if i < 5 else str(1000 + i) for i in range(60)]
    reading = read(tmp_path, "Amount (EUR)", amounts)
    assert currencies(reading) == {"EUR": 55, "USD": 5}
    assert told(reading) == [("mixed-currencies", 5)]


@pytest.mark.parametrize(("named", "is_taken"), [(4, True), (1, False)])
def test_one_currency_in_some_cells_is_that_of_the_column(
    tmp_path: Path, named: int, is_taken: bool
) -> None:
    amounts = [f"{1000 + i} €" if i < named else str(1000 + i) for i in range(100)]
    reading = read(tmp_path, "Amount", amounts)
    if is_taken:
        assert currencies(reading) == {"EUR": 100}
        assert told(reading) == [("assumed-currency", 96)]
    else:
        assert currencies(reading) == {"EUR": 1, None: 99}


def test_two_currencies_in_the_cells_decide_nothing_of_the_others(tmp_path: Path) -> None:
    amounts = [f"{1000 + i} {('€', '$', '')[i % 3]}".strip() for i in range(90)]
    reading = read(tmp_path, "Amount", amounts)
    assert currencies(reading) == {"EUR": 30, "USD": 30, None: 30}
    assert "assumed-currency" not in dict(told(reading))
