"""Histories that are all there is, or that alone have the amounts."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from onefunnel.connectors.folder import read_folder
from onefunnel.connectors.report import Reading

NOW = datetime(2026, 1, 1)
#: Kind of deal -> (day, stage, amount as it was then), not in the order they happened.
_WAYS = {
    "006A": [("03", "Qualification", "100.50"), ("20", "Closed Won", "250.50")],
    "006B": [("14", "Closed Lost", "900.00"), ("05", "Qualification", "800.00")],
    "006C": [("09", "Proposal", ""), ("06", "Qualification", "70.25")],
    "006D": [("07", "Qualification", "")],
}
_TRUTH = {
    "006A": ("won", Decimal("250.5"), 3, 20),
    "006B": ("lost", Decimal("900"), 5, 14),
    "006C": ("open", Decimal("70.25"), 6, None),
    "006D": ("open", None, 7, None),
}

WAYS = {f"{kind}{i}": way for i in range(3) for kind, way in _WAYS.items()}
TRUTH = {f"{kind}{i}": truth for i in range(3) for kind, truth in _TRUTH.items()}


def write(folder: Path, name: str, header: str, rows: list[list[str]], sep: str = ",") -> None:
    lines = [header, *(sep.join(row) for row in rows)]
    (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")


def found(reading: Reading) -> dict[str, tuple[object, ...]]:
    def day(value: datetime | None) -> int | None:
        return value.day if value else None

    rows = reading.facts["deals"].to_pyarrow().to_pylist()
    return {
        row["deal_id"]: (row["outcome"], row["amount"], day(row["opened_at"]),
                         day(row["closed_at"])) for row in rows
    }  # fmt: skip


def history_rows() -> list[list[str]]:
    told = [(deal, *row) for deal, way in WAYS.items() for row in way]
    return [
        [f"008{i}", deal, stage, amount, f"2025-02-{day}T10:00:00Z"]
        for i, (deal, day, stage, amount) in enumerate(told)
    ]


def test_the_last_amount_in_a_history_alone_is_the_deals_value(tmp_path: Path) -> None:
    write(tmp_path, "history.csv", "Id,OpportunityId,StageName,Amount,CreatedDate", history_rows())
    reading = read_folder(tmp_path, now=NOW)
    assert found(reading) == TRUTH
    moves = reading.facts["moves"]
    assert moves.count().execute() == 21
    kinds = {finding.kind for finding in reading.facts.findings}
    assert not kinds & {"contradicting-rows", "duplicate-row", "no-funnel"}
    assert not any("no funnel" in note for note in reading.report.notes)
    assert any("the funnel is the one that history.csv tells" in n for n in reading.report.notes)


def test_german_headers_days_first_and_decimal_commas(tmp_path: Path) -> None:
    rows = [
        [deal, stage, amount.replace(".", ","), f"{day}.02.2025 10:00"]
        for deal, way in WAYS.items()
        for day, stage, amount in way
    ]
    write(tmp_path, "Verlauf.csv", "Verkaufschance-Nr;Phase;Betrag;Geändert am", rows, ";")
    assert found(read_folder(tmp_path, now=NOW)) == TRUTH


def test_a_deals_file_wins_over_the_amounts_of_its_history(tmp_path: Path) -> None:
    write(tmp_path, "history.csv", "Id,OpportunityId,StageName,Amount,CreatedDate", history_rows())
    deals = [[deal, way[-1][1], "5", "2025-02-01"] for deal, way in WAYS.items()]
    write(tmp_path, "opportunities.csv", "Id,StageName,Amount,CreatedDate", deals)
    reading = read_folder(tmp_path, now=NOW)
    assert {row["amount"] for row in reading.facts["deals"].to_pyarrow().to_pylist()} == {5}


def test_deals_without_amounts_take_those_of_their_history(tmp_path: Path) -> None:
    write(tmp_path, "history.csv", "Id,OpportunityId,StageName,Amount,CreatedDate", history_rows())
    last = {"won": "Closed Won", "lost": "Closed Lost", "open": "Proposal"}
    deals = [[deal, last[str(truth[0])], "2025-02-01"] for deal, truth in TRUTH.items()]
    write(tmp_path, "opportunities.csv", "Id,StageName,CreatedDate", deals)
    reading = read_folder(tmp_path, now=NOW)
    amounts = {deal: row[1] for deal, row in found(reading).items()}
    assert amounts == {deal: row[1] for deal, row in TRUTH.items()}


@pytest.mark.parametrize("names", [("StageName", "Amount"), ("Phase", "Betrag")])
def test_a_history_of_any_field_moves_only_by_the_stage(
    tmp_path: Path, names: tuple[str, str]
) -> None:
    rows, before = [], dict.fromkeys(WAYS, "")
    for i in range(30):
        rows.append([list(WAYS)[i % 12], "Owner", f"u{i}", f"u{i + 1}", "2025-02-01T08:00:00Z"])
    for deal, way in WAYS.items():
        for day, stage, amount in sorted(way):
            at = f"2025-02-{day}T10:00:00Z"
            rows.append([deal, names[0], before[deal], stage, at])
            before[deal] = stage
            if amount:
                rows.append([deal, names[1], "", amount, at])
    header = "OpportunityId,Field,OldValue,NewValue,CreatedDate"
    write(tmp_path, "field_history.csv", header, rows)
    reading = read_folder(tmp_path, now=NOW)
    assert reading.facts["moves"].count().execute() == 21
    assert found(reading) == TRUTH
