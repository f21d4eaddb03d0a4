"""Numbers and money: point or comma is the column's, and a slip is not read as a number."""

from __future__ import annotations

from decimal import Decimal

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onefunnel.connectors.values.currencies import currency_of_amount_sql
from onefunnel.connectors.values.numbers import (
    NumberCounts,
    NumberDecision,
    decide_numbers,
    digits_sql,
    int_sql,
    number_counts_sql,
    number_sql,
)

CON = duckdb.connect()


def decided(values: list[str], hint: str = "") -> NumberDecision:
    sql = number_counts_sql("t")
    row = CON.execute(
        f"SELECT {', '.join(sql.values())} FROM (SELECT t, {digits_sql('t')} AS t_digits "
        "FROM (SELECT unnest(?::VARCHAR[]) AS t))",
        [values],
    ).fetchone()
    assert row is not None
    return decide_numbers(NumberCounts(**dict(zip(sql, row, strict=True))), hint=hint)


def read(sql: str, value: str) -> Decimal | int | str | None:
    row = CON.execute(f"SELECT {sql} FROM (SELECT ?::VARCHAR AS t)", [value]).fetchone()
    assert row is not None
    found: Decimal | int | str | None = row[0]
    return found


@pytest.mark.parametrize(
    ("value", "decimal", "number"),
    [
        ("1234.5", ".", "1234.5"),
        ("$1,117.10K", ".", "1117100"),
        ("1.234,50 €", ",", "1234.5"),
        ("1.000,50", ",", "1000.5"),
        ("(1,200.00)", ".", "-1200"),
        ("EUR 1 200", ".", "1200"),
        ("1'234.50", ".", "1234.5"),
        ("3,5 Mio", ",", "3500000"),
        ("£2.5bn", ".", "2500000000"),
        ("12-", ".", "-12"),
        ("−7", ".", "-7"),
        ("1e3", ".", "1000"),
        ("12,34,567.8", ".", "1234567.8"),
        (".5", ".", "0.5"),
        ("1e999", ".", None),
        ("99999999999999999999", ".", None),
        ("1.5", ",", None),
        ("1,5", ".", None),
        ("1.2.3", ".", None),
        ("GTX 500", ".", None),
        ("abc", ".", None),
        ("inf", ".", None),
    ],
)
def test_a_number_is_read_or_not(value: str, decimal: str, number: str | None) -> None:
    found = read(number_sql("t", decimal), value)
    assert found == (None if number is None else Decimal(number))


def test_a_number_is_multiplied() -> None:
    assert read(number_sql("t", ".", "1000"), "1.5") == Decimal(1500)
    assert read(int_sql("t", "."), "12.0") == 12
    assert read(int_sql("t", "."), "12.5") is None


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("$5", "USD"),
        ("5 €", "EUR"),
        ("EUR 1 200", "EUR"),
        ("£1", "GBP"),
        ("12 zł", "PLN"),
        ("5", None),
    ],
)
def test_the_currency_written_in_an_amount_is_found(value: str, code: str | None) -> None:
    assert read(currency_of_amount_sql("t"), value) == code


@pytest.mark.parametrize(
    ("values", "decimal", "problem"),
    [
        (["1,5", "2,25"], ",", ""),
        (["1.5", "2.25"], ".", ""),
        (["1.234,5", "7"], ",", ""),
        (["1,234", "2,345", "12"], ".", ""),
        (["1.234", "2.345", "12.000", "3.500"], ",", "ambiguous-numbers"),
        (["0.123", "0.456"], ".", ""),
        (["1,5", "2,5", "2.5"], ",", "mixed-numbers"),
        (["12", "13"], ".", ""),
    ],
)
def test_the_whole_column_decides(values: list[str], decimal: str, problem: str) -> None:
    found = decided(values)
    assert (found.decimal, found.problem) == (decimal, problem)


def read_all(sql: str, values: list[str]) -> list[Decimal | None]:
    rows = CON.execute(f"SELECT {sql} FROM (SELECT unnest(?::VARCHAR[]) AS t)", [values]).fetchall()
    return [row[0] for row in rows]


@settings(max_examples=10, deadline=None)
@given(st.lists(st.decimals(-(10**9), 10**9, places=2), min_size=20, max_size=60))
def test_a_number_comes_back_from_both_ways_of_writing(numbers: list[Decimal]) -> None:
    english = [f"{number:,.2f}" for number in numbers]
    german = [text.translate(str.maketrans(",.", ".,")) for text in english]
    assert read_all(number_sql("t", "."), english) == numbers
    assert read_all(number_sql("t", ","), german) == numbers


@settings(max_examples=15, deadline=None)
@given(st.lists(st.text(max_size=24), min_size=20, max_size=60))
def test_no_text_breaks_the_reading(texts: list[str]) -> None:
    cells = [*(text.replace("\x00", "") for text in texts), "nan", "1e400", "9" * 40, "1e38"]
    for decimal in (".", ","):
        assert len(read_all(number_sql("t", decimal, "1000"), cells)) == len(cells)
