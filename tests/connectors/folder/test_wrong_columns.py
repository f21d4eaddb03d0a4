"""T19, row by row: columns written or mapped in ways that mislead, and what is made of each.

One row, one kind of trap. A value that cannot be read is refused by row, column and value, and its
place stays empty: nothing is guessed, and nothing is ever "now".
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from onefunnel.connectors.mapping import MappingError, read_mapping
from tests.connectors.folder.test_wrong_mappings import MAPPING, deals, found, mapping, read

GOOD = ["2025-03-01"] * 5
MISSING = {"missing-date"}


def at(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


@pytest.mark.parametrize(
    ("created", "chosen", "times", "kinds"),
    [
        # how programs write dates
        (["13.02.2025", "01.02.2025"], "created", ["2025-02-13", "2025-02-01"], set()),
        (["13/02/25", "01/02/25"], "created", ["2025-02-13", "2025-02-01"], set()),
        (["2025-03-01T12:00:00+02:00"], "created", ["2025-03-01T10:00"], set()),
        (["2025-03-01T12:00:00Z"], "created", ["2025-03-01T12:00"], set()),
        (["1740830400", "1740830401"], "created", ["2025-03-01T12:00"], set()),
        (["1740830400000"], "created", ["2025-03-01T12:00"], set()),
        (["45717", "45718"], "created", ["2025-03-01", "2025-03-02"], set()),
        (["20250301"], "created", ["2025-03-01"], set()),
        (["1 Mar 2025", "Mar 2, 2025"], "created", ["2025-03-01", "2025-03-02"], set()),
        (["1. März 2025"], "created", ["2025-03-01"], set()),
        (["2025-03"], "created", ["2025-03-01"], set()),
        (["02/13/2025 1:05 PM", "03/01/2025 11:00 AM"], "created",
         ["2025-02-13T13:05", "2025-03-01T11:00"], set()),
        # what decides the order of day and month
        (["01/02/2025", "01/03/2025", "01/04/2025"], "created",
         ["2025-02-01", "2025-03-01", "2025-04-01"], set()),
        (["02/01/2025", "03/01/2025", "04/01/2025"], "created",
         ["2025-02-01", "2025-03-01", "2025-04-01"], set()),
        (["02/13/2025"] * 3, "{from: created, date: day-first}", [""] * 3,
         MISSING | {"contradicted-dates"}),
        # values that are no dates
        (["2025-03-01", "0202-03-01"], "created", ["2025-03-01", ""], MISSING),
        (["2025-03-01", "9999-12-31"], "created", ["2025-03-01", ""], MISSING),
        (["29/02/2024", "29/02/2025"], "created", ["2024-02-29", ""], MISSING),
        (["2025-03-01", "2025-03-01 25:61"], "created", ["2025-03-01", ""], MISSING),
        # times of the wrong column, the wrong format, the wrong side of now
        (GOOD, "stage", [""] * 5, MISSING),
        (GOOD, "amount", [""] * 5, MISSING),
        (["13.02.2025"], "{from: created, date: '%d.%m.%Y'}", ["2025-02-13"], set()),
        (["2025-02-13"], "{from: created, date: '%d.%m.%Y'}", [""], MISSING),
        (["2025-03-01 12:00:00"], "{from: created, zone: Europe/Berlin}", ["2025-03-01T11:00"],
         set()),
    ],
)  # fmt: skip
def test_a_column_of_dates(
    tmp_path: Path, created: list[str], chosen: str, times: list[str], kinds: set[str]
) -> None:
    reading = read(tmp_path, deals(created), mapping(created=chosen))
    leads = reading.facts["leads"].order_by("lead_id").to_pyarrow()
    assert leads["created_at"].to_pylist()[: len(times)] == [at(text) for text in times]
    assert {finding.kind for finding in reading.facts.findings} - {"moves-out-of-order"} == kinds
    refused = {r.row for r in reading.report.refused if r.table == "leads"}
    assert refused == {row for row, text in enumerate(times, start=1) if not text}
    assert all(r.column and r.value and r.fix for r in reading.report.refused)


def test_a_date_in_the_future_is_told_and_its_time_taken_as_not_known(tmp_path: Path) -> None:
    reading = read(tmp_path, deals([*GOOD, "2031-01-01"]), mapping())
    (told,) = found(reading, "future-date")
    assert "in the future" in told
    leads = reading.facts["leads"]
    assert leads.filter(leads.lead_id == "5").created_at.count().execute() == 0
    assert leads.count().execute() == 6


def test_the_file_s_other_date_column_decides_for_one_that_does_not(tmp_path: Path) -> None:
    text = deals(["03/04/2025"] * 3).replace("2025-12-30", "25/12/2025")
    reading = read(tmp_path, text, mapping())
    assert reading.facts["leads"].created_at.max().execute() == datetime(2025, 4, 3)
    assert found(reading, "ambiguous-dates") == []


def test_two_date_columns_swapped_in_the_mapping_are_told(tmp_path: Path) -> None:
    swapped = MAPPING.replace("{{stage: {{is: New}}, at: {created}}}",
                              "{{stage: {{is: New}}, at: closed}}")  # fmt: skip
    swapped = swapped.replace("at: closed, where", "at: {created}, where")
    chosen = read_mapping(swapped.format(created="created", amount="amount"), "m.yaml")
    told = found(read(tmp_path, deals(GOOD), chosen), "moves-out-of-order")
    assert any("before the move they follow" in what for what in told)


@pytest.mark.parametrize(
    ("amounts", "chosen", "sum_", "currency", "refused", "kinds"),
    [
        (["1.200,50 €"], "amount", "1200.50", "EUR", 0, set()),
        (["USD 1,200.50"], "amount", "1200.50", "USD", 0, set()),
        (["€ 1", "$ 2", "€ 3"], "amount", "6", None, 0, {"mixed-currencies"}),
        (["(1,200.00)"], "amount", "-1200", None, 0, set()),
        (["-5.25", "+6.25"], "amount", "1", None, 0, set()),
        (["1\u00a0234,56"], "amount", "1234.56", None, 0, set()),
        (["1'234.50"], "amount", "1234.50", None, 0, set()),
        (["1,5 Mio"], "amount", "1500000", None, 0, set()),
        (["12%", "1"], "amount", "1", None, 1, set()),
        (["NaN", "1"], "amount", "1", None, 0, set()),
        (["1e999", "1"], "amount", "1", None, 1, set()),
        (["9" * 23, "1"], "amount", "1", None, 1, set()),
        (["abc", "1"], "amount", "1", None, 1, set()),
        (["1", "2"], "created", None, None, 2, set()),
        (["1.5", "2.25"], "{from: amount, decimal: ','}", None, None, 2, {"contradicted-numbers"}),
    ],
)
def test_a_column_of_money(
    tmp_path: Path, amounts: list[str], chosen: str, sum_: str | None, currency: str | None,
    refused: int, kinds: set[str],
) -> None:  # fmt: skip
    reading = read(tmp_path, deals(GOOD[: len(amounts)], amounts), mapping(amount=chosen))
    made = reading.facts["deals"].to_pyarrow()
    values = [value for value in made["amount"].to_pylist() if value is not None]
    assert (sum(values) if values else None) == (Decimal(sum_) if sum_ else None)
    if currency:
        assert set(made["currency"].to_pylist()) == {currency}
    assert {finding.kind for finding in reading.facts.findings} == kinds
    assert [r.table for r in reading.report.refused] == ["deals"] * refused
    assert all(r.reason and r.fix and not r.whole_row for r in reading.report.refused)


@pytest.mark.parametrize(
    ("right", "wrong", "line", "what"),
    [
        ("table: deals", "table: dealz", 8, "no standard table 'dealz'"),
        ("closed_at: closed", "close_at: closed", 9, "no standard column 'close_at'"),
        ("kind: won", "kind: win", 2, "no kind 'win'"),
        ("amount: amount", "amount: {from: amount, decimal: ';'}", 9, "no decimal sign"),
        ("amount: amount", "amount: {from: amount, times: x}", 9, "no number"),
        ("amount: amount", "amount: {form: amount}", 9, "knows no 'form'"),
        ("created_at: created", "created_at: {from: created, date: dayfirst}", 7, "no date style"),
        ("created_at: created", "created_at: {from: created, zone: Mars}", 7, "no time zone"),
        ("where: stage = Won", "where: 'stage ='", 14, "expected a value"),
        ("lead_id: id, created_at", "created_at", 6, "needs the column lead_id"),
        ("stage: stage, at: closed", "at: closed", 14, "needs its stage"),
        ("title: deals", "title: deals\ntitle: again", 2, "stands twice"),
        ("title: deals", "currency: EURO", 1, "no currency"),
        ("file: deals.csv", "needs: deals.csv", 4, "names no file"),
    ],
)
def test_a_mapping_that_cannot_be_meant_is_refused_with_its_line(
    right: str, wrong: str, line: int, what: str
) -> None:
    text = MAPPING.format(created="created", amount="amount")
    assert right in text
    with pytest.raises(MappingError) as refusal:
        read_mapping(text.replace(right, wrong, 1), "m.yaml")
    assert f"m.yaml, line {line}:" in str(refusal.value)
    assert what in str(refusal.value)
    assert refusal.value.fix


@pytest.mark.parametrize(
    ("right", "wrong", "kind", "what"),
    [
        ("{lead_id: id, created_at", "{lead_id: _row, created_at", "no-key", "identifies a row"),
        ("{stage: {is: New}", "{stage: {is: Neww}", "undeclared-stage", "'Neww'"),
    ],
)  # fmt: skip
def test_a_mapping_that_does_not_fit_the_file_is_told(
    tmp_path: Path, right: str, wrong: str, kind: str, what: str
) -> None:
    text = MAPPING.format(created="created", amount="amount")
    assert right in text
    reading = read(tmp_path, deals(GOOD), read_mapping(text.replace(right, wrong, 1), "m.yaml"))
    assert any(what in told for told in found(reading, kind)), [
        (finding.kind, finding.what) for finding in reading.facts.findings
    ]
