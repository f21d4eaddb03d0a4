from __future__ import annotations

from decimal import Decimal

import pytest

from onefunnel.charts import written


@pytest.mark.parametrize(
    ("value", "kind", "shown"),
    [
        (12400, "count", "12,400"),
        (0.2134, "share", "21.3%"),
        (0.0042, "share", "0.42%"),
        (1.0, "share", "100%"),
        (0.9999, "share", "100.0%"),
        (0.0, "share", "0%"),
        (Decimal("10005534.0000"), "money", "GBP 10,005,534"),
        (Decimal("12.5000"), "money", "GBP 12.50"),
        (Decimal("-0.0100"), "money", "GBP -0.01"),
        (51.8, "days", "52 days"),
        (3.24, "days", "3.2 days"),
        (1.0, "days", "1 day"),
        (0.25, "days", "6 hours"),
        (None, "share", "–"),
    ],
)
def test_a_figure_is_written_one_way(value: object, kind: written.Kind, shown: str) -> None:
    assert written.figure(value, kind, "GBP") == shown


def test_a_column_tells_what_it_holds() -> None:
    assert written.kind_of("step_share", None) == "share"
    assert written.kind_of("median_days", 3) == "days"
    assert written.kind_of("won_amount", Decimal(3)) == "money"
    assert written.kind_of("reached", 3) == "count"
    assert written.kind_of("stage", "Won") is None
    assert written.kind_of("is_agreed", True) is None
