"""One reader of typed numbers: a comma means the same everywhere, and what is unclear is asked."""

from __future__ import annotations

from decimal import Decimal

import pytest

from onefunnel.server.plan.numbers import NotANumber, typed_number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("120", "120"), ("250000.50", "250000.50"), ("1,200", "1200"), ("1,234,567.8", "1234567.8"),
        ("2,5", "2.5"), ("2,50 %", "2.50"), ("12,5%", "12.5"), ("1.200,50", "1200.50"),
        ("1.234.567", "1234567"), ("1 200", "1200"), ("1’200", "1200"), ("0.125", "0.125"),
        ("1200.125", "1200.125"), ("-3", "-3"), ("1,2345", "1.2345"),
    ],
)  # fmt: skip
def test_a_number_is_read_as_it_is_meant(text: str, number: str) -> None:
    assert typed_number(text) == Decimal(number)


@pytest.mark.parametrize(
    "text", ["", "many", "1,2,3", "1.2.3", "1e9", "NaN", "Infinity", "9" * 41, "12,", "--1"]
)
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(NotANumber, match="no number"):
        typed_number(text)


def test_what_could_be_two_numbers_is_asked() -> None:
    with pytest.raises(NotANumber, match=r"250\.000 can be read in two ways: write 250000"):
        typed_number("250.000")
