"""T19: wrong mappings and dates are told from the whole column, and nothing becomes "now"."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from pathlib import Path

import ibis
import pytest

from onefunnel.connectors.folder import read_text_tables
from onefunnel.connectors.mapping import Mapping, MappingError, read_mapping
from onefunnel.connectors.reading.tables import Tables
from onefunnel.connectors.report import Reading
from tests.connectors.text_tables import text_table

NOW = datetime(2026, 1, 1)
MAPPING = """\
title: deals
stages: [{{stage: New}}, {{stage: Won, kind: won}}]
files:
  - file: deals.csv
    makes:
      - table: leads
        columns: {{lead_id: id, created_at: {created}}}
      - table: deals
        columns: {{deal_id: id, lead_id: id, amount: {amount}, closed_at: closed, outcome: stage}}
      - table: moves
        columns: {{lead_id: id}}
        steps:
          - {{stage: {{is: New}}, at: {created}}}
          - {{stage: stage, at: closed, where: stage = Won}}
"""


def mapping(created: str = "created", amount: str = "amount") -> Mapping:
    return read_mapping(MAPPING.format(created=created, amount=amount), "m.yaml")


def read(folder: Path, text: str, chosen: Mapping) -> Reading:
    table = text_table(folder, "deals.csv", text, sep=";")
    return read_text_tables(
        Tables((table,)), chosen, now=NOW, connection=ibis.duckdb.connect(), origin="deals"
    )


def deals(created: list[str], amounts: list[str] | None = None) -> str:
    money = amounts or ["10"] * len(created)
    lines = [
        f"{i};{day};2025-12-30;Won;{m}"
        for i, (day, m) in enumerate(zip(created, money, strict=True))
    ]
    return "\n".join(["id;created;closed;stage;amount", *lines])


def found(reading: Reading, kind: str) -> list[str]:
    return [finding.what for finding in reading.facts.findings if finding.kind == kind]


AMBIGUOUS = [f"0{1 + i % 9}/0{1 + i % 7}/2025" for i in range(387)]
DAY_FIRST = [f"{13 + i}/02/2025" for i in range(13)]


def test_thirteen_of_four_hundred_decide(tmp_path: Path) -> None:
    reading = read(tmp_path, deals(AMBIGUOUS + DAY_FIRST), mapping())
    leads = reading.facts["leads"]
    assert leads.filter(leads.lead_id == "387").created_at.max().execute() == datetime(2025, 2, 13)
    assert leads.filter(leads.lead_id == "1").created_at.max().execute() == datetime(2025, 2, 2)
    assert leads.created_at.count().execute() == 400
    assert reading.report.refused_count == 0


def test_day_and_month_swapped_in_the_mapping_is_told(tmp_path: Path) -> None:
    chosen = mapping(created="{from: created, date: month-first}")
    reading = read(tmp_path, deals(AMBIGUOUS + DAY_FIRST), chosen)
    (told,) = found(reading, "contradicted-dates")
    assert "13 of 400 can only be day-first" in told
    assert reading.facts["leads"].created_at.count().execute() == 387
    refused = [r for r in reading.report.refused if r.table == "leads"]
    assert [(r.row, r.column, r.value) for r in refused[:1]] == [(388, "created", "13/02/2025")]
    assert not refused[0].whole_row
    assert refused[0].fix


@pytest.mark.parametrize(
    ("created", "kind"),
    [
        (AMBIGUOUS, "ambiguous-dates"),
        (["13/02/2025"] * 5 + ["02/13/2025"] * 4, "mixed-dates"),
        (["2025-03-01"] * 5, ""),
    ],
)
def test_dates_that_do_not_decide_are_told(tmp_path: Path, created: list[str], kind: str) -> None:
    reading = read(tmp_path, deals(created), mapping())
    kinds = {f.kind for f in reading.facts.findings if f.kind.endswith("-dates")}
    assert kinds == ({kind} if kind else set())


@pytest.mark.parametrize("bad", ["soon", "31/31/2025", "now", "today", "2025-02-30", "0000-00-01"])
def test_a_date_that_cannot_be_read_is_refused_and_never_now(tmp_path: Path, bad: str) -> None:
    reading = read(tmp_path, deals(["2025-03-01"] * 5 + [bad]), mapping())
    leads = reading.facts["leads"]
    lead = leads.filter(leads.lead_id == "5")
    assert lead.created_at.count().execute() == 0
    assert [(r.row, r.value) for r in reading.report.refused if r.table == "leads"] == [(6, bad)]


@pytest.mark.parametrize("blank", ["", "n/a", "NULL", "-", "0000-00-00"])
def test_an_empty_date_is_nothing_to_refuse(tmp_path: Path, blank: str) -> None:
    reading = read(tmp_path, deals(["2025-03-01"] * 5 + [blank]), mapping())
    assert reading.report.refused_count == 0


def test_the_date_column_left_unmapped_is_told(tmp_path: Path) -> None:
    text = MAPPING.replace(", created_at: {created}", "").replace(", at: {created}", "")
    reading = read(
        tmp_path, deals(["2025-03-01"] * 5), read_mapping(text.format(created="", amount="amount"))
    )
    moves = reading.facts["moves"]
    assert moves.filter(moves.stage == "New")["at"].count().execute() == 0
    assert reading.facts["leads"].created_at.count().execute() == 0
    assert found(reading, "missing-date")


def test_a_column_that_is_not_there_is_refused_with_what_was_meant(tmp_path: Path) -> None:
    with pytest.raises(MappingError, match=r"line 7: .*no column creatde \(did you mean created"):
        read(tmp_path, deals(["2025-03-01"]), mapping(created="creatde"))


@pytest.mark.parametrize(
    ("amounts", "chosen", "total", "kind"),
    [
        (["1,5", "2,25", "1.000,00"], "amount", "1003.75", ""),
        (["1.5", "2.25", "1,000.00"], "amount", "1003.75", ""),
        (["1,5", "2,25", "1.000,00"], "{from: amount, decimal: '.'}", None, "contradicted-numbers"),
        (["1,5", "2,5", "2.5"], "amount", "4", "mixed-numbers"),
        (["$1,117.10K", "$2", "$3.00"], "amount", "1117105", ""),
        (["1.5", "2", "3"], "{from: amount, times: 1000}", "6500", ""),
    ],
)
def test_the_decimal_sign_is_the_columns(
    tmp_path: Path, amounts: list[str], chosen: str, total: str | None, kind: str
) -> None:
    reading = read(tmp_path, deals(["2025-03-01"] * 3, amounts), mapping(amount=chosen))
    kinds = {f.kind for f in reading.facts.findings if f.kind.endswith("-numbers")}
    assert kinds == ({kind} if kind else set())
    value = reading.facts["deals"].amount.sum().execute()
    if total is not None:
        assert value == Decimal(total)


def test_a_row_without_its_key_is_refused_as_a_whole(tmp_path: Path) -> None:
    text = "id;created;closed;stage;amount\n1;2025-01-01;;New;5\n;2025-01-02;;New;6"
    reading = read(tmp_path, text, mapping())
    (file,) = reading.report.files
    assert (file.rows_in, file.rows_used, file.rows_refused) == (2, 1, 1)
    assert all(r.whole_row and r.row == 2 for r in reading.report.refused)


def test_rows_that_contradict_each_other_are_told_and_the_last_stands(tmp_path: Path) -> None:
    lines = [f"1;2025-01-01;;New;{amount}" for amount in (5, 6, 6)]
    text = "\n".join(["id;created;closed;stage;amount", *lines])
    reading = read(tmp_path, text, mapping())
    kinds = {(f.kind, f.table): f.count for f in reading.facts.findings}
    assert kinds["contradicting-rows", "deals"] == 1
    assert kinds["duplicate-row", "deals"] == 1
    assert float(reading.facts["deals"].amount.sum().execute()) == 6
    assert reading.facts["moves"].count().execute() == 1
