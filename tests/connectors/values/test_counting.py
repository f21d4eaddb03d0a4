"""Counting each way of writing once gives what counting every cell gives."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onefunnel.connectors.apply import tidy
from onefunnel.connectors.apply.counting import count_dates, count_numbers
from onefunnel.connectors.reading.tables import Tables
from onefunnel.connectors.values.blanks import Tidy, plain_text, typed_text
from onefunnel.connectors.values.dates import date_counts_sql
from onefunnel.connectors.values.numbers import digits_sql, number_counts_sql
from tests.connectors.text_tables import text_table

CON = duckdb.connect()
_DIGITS = st.integers(0, 40).map(str)
_DATES = st.tuples(
    st.sampled_from(["2024-", "24/", "3.", "1999/", "Mar "]), _DIGITS, st.sampled_from("-/. "),
    _DIGITS, st.sampled_from(["", " 10:30", "T10:30:00Z", " 1:05 PM", "T10:30:00.123+0200"]),
).map("".join)  # fmt: skip
_NUMBERS = st.tuples(
    st.sampled_from(["", "$", "-", "EUR "]), _DIGITS, st.sampled_from(["", ",", "."]),
    st.sampled_from(["", "5", "50", "500", "5000", "500,00", "500.00"]),
    st.sampled_from(["", " €", "k", "%"]),
).map("".join)  # fmt: skip
CELLS = st.lists(st.one_of(_DATES, _NUMBERS, st.text("0123456789-/., T:", max_size=9)), max_size=40)


def cells_of(cells: list[str]) -> str:
    CON.execute("CREATE OR REPLACE TABLE cells AS SELECT unnest(?::VARCHAR[]) AS t", [cells])
    return "cells"


@settings(deadline=None, max_examples=60)
@given(CELLS)
def test_dates_are_counted_as_if_one_by_one(cells: list[str]) -> None:
    sql = date_counts_sql("t")
    each = CON.execute(f"SELECT {', '.join(sql.values())} FROM {cells_of(cells)}").fetchone()
    assert each is not None
    found = asdict(count_dates(CON, "cells", "t"))
    assert {name: found[name] for name in sql} == dict(zip(sql, each, strict=True))


@settings(deadline=None, max_examples=60)
@given(CELLS)
def test_numbers_are_counted_as_if_one_by_one(cells: list[str]) -> None:
    sql = number_counts_sql("t")
    each = CON.execute(
        f"SELECT {', '.join(sql.values())} FROM "
        f"(SELECT t, {digits_sql('t')} AS t_digits FROM {cells_of(cells)})"
    ).fetchone()
    assert each is not None
    found = asdict(count_numbers(CON, "cells", "t"))
    assert {name: found[name] for name in sql} == dict(zip(sql, each, strict=True))


@pytest.mark.parametrize(
    ("cells", "level"),
    [
        (["a", "b c"], "typed"),
        (["a", "n/a"], "plain"),
        (["a", "0000-00-00"], "plain"),
        (["a", "NULL"], "trimmed"),
        (["a", " b"], ""),
        (["a", "b\u00a0"], ""),
    ],
)
def test_a_column_is_as_tidy_as_its_worst_cell(
    cells: list[str], level: Tidy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tidy, "_MANY", 0)
    table = text_table(tmp_path, "x.csv", "c\nx\n")
    CON.execute(
        f"COPY (SELECT unnest(?::VARCHAR[]) AS c, 1 AS _row) TO '{table.parquet}' (FORMAT parquet)",
        [cells],
    )

    def tell(done: int, total: int, what: str) -> None:
        """Nobody listens here."""

    (seen,) = tidy.looked_over(CON, Tables((replace(table, columns=("c",)),)), tell).tables
    assert seen.tidy.get("c", "") == level
    source = f"read_parquet('{table.parquet}')"
    for reader in (plain_text, typed_text):
        assert (
            CON.execute(f"SELECT {reader('c', level)} FROM {source}").fetchall()
            == CON.execute(f"SELECT {reader('c')} FROM {source}").fetchall()
        )
