"""Dates: the style is the column's, and what cannot be read is not guessed."""

from __future__ import annotations

from datetime import date, datetime

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onefunnel.connectors.values.dates import (
    DateCounts,
    DateDecision,
    date_counts_sql,
    date_sql,
    decide_dates,
)

CON = duckdb.connect()


def counts(values: list[str]) -> DateCounts:
    sql = date_counts_sql("t")
    row = CON.execute(
        f"SELECT {', '.join(sql.values())} FROM (SELECT unnest(?::VARCHAR[]) AS t)", [values]
    ).fetchone()
    assert row is not None
    return DateCounts(**dict(zip(sql, row, strict=True)))


def decided(values: list[str], hint: str = "") -> DateDecision:
    return decide_dates(counts(values), hint=hint)


def read(value: str, style: str, zone: str = "UTC", form: str = "") -> datetime | None:
    row = CON.execute(
        f"SELECT {date_sql('t', style, zone, form)} FROM (SELECT ?::VARCHAR AS t)", [value]
    ).fetchone()
    assert row is not None
    found: datetime | None = row[0]
    return found


def read_all(
    values: list[str], style: str, zone: str = "UTC", form: str = ""
) -> list[datetime | None]:
    rows = CON.execute(
        f"SELECT {date_sql('t', style, zone, form)} FROM (SELECT unnest(?::VARCHAR[]) AS t)",
        [values],
    ).fetchall()
    return [row[0] for row in rows]


@pytest.mark.parametrize(
    ("value", "style", "zone", "is_read_as"),
    [
        ("2020-01-02", "year-first", "UTC", datetime(2020, 1, 2)),
        ("2020-01-02 3:04:05.678", "year-first", "UTC", datetime(2020, 1, 2, 3, 4, 5, 678000)),
        ("2020-01-02T03:04:05Z", "year-first", "UTC", datetime(2020, 1, 2, 3, 4, 5)),
        ("2020-01-02T03:00:00+02:00", "year-first", "UTC", datetime(2020, 1, 2, 1)),
        ("2020-07-01 12:00:00", "year-first", "Europe/London", datetime(2020, 7, 1, 11)),
        ("2020-07-01", "year-first", "Europe/London", datetime(2020, 7, 1)),
        ("03/04/2021", "day-first", "UTC", datetime(2021, 4, 3)),
        ("03/04/2021", "month-first", "UTC", datetime(2021, 3, 4)),
        ("31.12.20 23:59", "day-first", "UTC", datetime(2020, 12, 31, 23, 59)),
        ("12/31/2020 4:05 PM", "month-first", "UTC", datetime(2020, 12, 31, 16, 5)),
        ("12/31/2020 12:05 AM", "month-first", "UTC", datetime(2020, 12, 31, 0, 5)),
        ("3. März 2020", "day-first", "UTC", datetime(2020, 3, 3)),
        ("5 août 2021", "year-first", "UTC", datetime(2021, 8, 5)),
        ("2 de enero de 2020", "year-first", "UTC", datetime(2020, 1, 2)),
        ("12 września 2023", "year-first", "UTC", datetime(2023, 9, 12)),
        ("Jan 2, 2020", "year-first", "UTC", datetime(2020, 1, 2)),
        ("Fri, 02 Jan 2020 10:00:00 +0100", "year-first", "UTC", datetime(2020, 1, 2, 9)),
        ("2020-07", "year-first", "UTC", datetime(2020, 7, 1)),
        ("20200102", "year-first", "UTC", datetime(2020, 1, 2)),
        ("43831.5", "excel", "UTC", datetime(2020, 1, 1, 12)),
        ("1577836800", "epoch seconds", "UTC", datetime(2020, 1, 1)),
        ("1577836800123", "epoch milliseconds", "UTC", datetime(2020, 1, 1, 0, 0, 0, 123000)),
        ("02Jan20", "%d%b%y", "UTC", datetime(2020, 1, 2)),
        ("2020-02-31", "year-first", "UTC", None),
        ("13/25/2020", "day-first", "UTC", None),
        ("12/31/2020", "day-first", "UTC", None),
        ("0202-01-01", "year-first", "UTC", None),
        ("9999-12-31", "year-first", "UTC", None),
        ("yesterday", "day-first", "UTC", None),
        ("infinity", "year-first", "UTC", None),
        ("now", "year-first", "UTC", None),
        ("today", "day-first", "UTC", None),
        ("epoch", "year-first", "UTC", None),
    ],
)
def test_a_date_is_read_or_not(
    value: str, style: str, zone: str, is_read_as: datetime | None
) -> None:
    assert read(value, style, zone) == is_read_as


@pytest.mark.parametrize(
    ("values", "style", "problem"),
    [
        (["1/2/2020"] * 5 + ["13/2/2020"], "day-first", ""),
        (["1/2/2020"] * 5 + ["2/13/2020"], "month-first", ""),
        (["13/2/2020"] * 9 + ["2/13/2020"], "day-first", "mixed-dates"),
        (["1/2/2020", "3/4/2020", "5/6/2021"], "day-first", "ambiguous-dates"),
        (["1.2.2020", "3.4.2020"], "day-first", ""),
        (["1/1/2020", "2/1/2020", "3/1/2020", "4/1/2020"], "month-first", ""),
        (["2020-01-02", "2020-01-03"], "year-first", ""),
        (["1577836800", "1577836900"], "epoch seconds", ""),
        (["1577836800123"], "epoch milliseconds", ""),
        (["43831", "43900.5"], "excel", ""),
        (["20200102", "20211231"], "year-first", ""),
    ],
)
def test_the_whole_column_decides(values: list[str], style: str, problem: str) -> None:
    found = decided(values)
    assert (found.style, found.problem) == (style, problem)


def test_the_decision_says_how_many_values_decide() -> None:
    assert "13 of 400 can only be day-first" in decided(["1/2/2020"] * 387 + ["13/2/2020"] * 13).why


def test_other_columns_of_the_file_decide_where_this_one_does_not() -> None:
    assert decided(["1/2/2020", "3/4/2021", "2/5/2020"], hint="month-first").style == "month-first"


DAYS = st.lists(st.dates(date(1901, 1, 1), date(2199, 12, 31)), min_size=20, max_size=60)


@settings(max_examples=10, deadline=None)
@given(DAYS, st.sampled_from(["/", "-", "."]))
def test_written_day_first_or_month_first_a_date_comes_back(days: list[date], sign: str) -> None:
    whole = [datetime(day.year, day.month, day.day) for day in days]
    for form in ("", "parts"):
        day_first = [day.strftime(f"%d{sign}%m{sign}%Y") for day in days]
        month_first = [day.strftime(f"%m{sign}%d{sign}%Y") for day in days]
        assert read_all(day_first, "day-first", form=form) == whole
        assert read_all(month_first, "month-first", form=form) == whole


STYLES = ("day-first", "month-first", "year-first", "excel", "epoch seconds", "epoch milliseconds")


@settings(max_examples=15, deadline=None)
@given(st.lists(st.text(max_size=24), min_size=20, max_size=60))
def test_no_text_breaks_the_reading(texts: list[str]) -> None:
    cells = [*(text.replace("\x00", "") for text in texts), "nan", "1e400", "-1", "+14:99", "inf"]
    for style in STYLES:
        assert len(read_all(cells, style, "Europe/London")) == len(cells)
