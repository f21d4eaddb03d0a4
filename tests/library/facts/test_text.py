"""Text that goes into SQL and into the cells of a spreadsheet stays text."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onefunnel.facts.csv_text import for_spreadsheets
from onefunnel.facts.sql_text import identifier, literal


@given(
    st.text(st.characters(exclude_characters="\0", codec="utf-8"), min_size=1, max_size=12),
    st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=12),
)
def test_a_name_and_a_value_come_back_as_they_were(name: str, value: str) -> None:
    with duckdb.connect() as engine:
        told = engine.execute(f"SELECT {literal(value)} AS {identifier(name)}")
        assert told.description is not None
        assert (told.description[0][0], told.fetchone()) == (name, (value,))


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\tx", "\rx", "\nx", " =1", "+-5", "++5"],
)
def test_what_would_run_gets_an_apostrophe(text: str) -> None:
    assert for_spreadsheets(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "-5", "+44 20 7946 0958", "-1.117,50", "-", "plain", "a=b"])
def test_numbers_and_plain_text_stay(text: str) -> None:
    assert for_spreadsheets(text) == text
