"""What the other drawings say of their rows."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from onefunnel.charts.chart_for import chart_for
from onefunnel.charts.speed import chart as speed_chart
from onefunnel.measures.result import Result
from onefunnel.measures.scope import Scope


def result(
    measure: str, rows: list[dict[str, Any]], by: str | None = None, **totals: Any
) -> Result:
    columns = tuple(rows[0]) if rows else ()
    return Result(measure, "", None, None, Scope(by=by), columns, tuple(rows), totals=totals)


def values(chart: Any) -> list[dict[str, Any]]:
    return chart.body["data"]["values"]


def stay(stage: str, median: float | None, p80: float | None, older: int = 0) -> dict[str, Any]:
    return {
        "stage": stage, "open": 9, "median_days": median, "p80_days": p80,
        "older_than_p80": older, "note": "" if median else "too few to tell (n=2); more",
    }  # fmt: skip


def test_speed_shows_median_p80_and_the_period_before() -> None:
    now = result("velocity", [stay("Quote", 10.0, 30.0, 4), stay("Won", None, None)])
    before = result("velocity", [stay("Quote", 7.0, 20.0)])
    quote, won = values(speed_chart(now, None, before))
    assert (quote["median"], quote["high"], quote["before"]) == (10.0, 30.0, 7.0)
    assert quote["detail"] == "half in 10 days"
    assert quote["aside"] == "80% in 30 days · 4 of 9 open are older"
    assert (won["median"], won["detail"]) == (None, "too few to tell (n=2)")


def test_a_long_tail_is_cut_so_that_the_rest_can_be_read() -> None:
    chart = chart_for(result("velocity", [stay("A", 2.0, 3000.0), stay("B", 5.0, 9.0)]))
    tops = [
        layer["encoding"]["x"]["scale"]["domain"][1]
        for layer in chart.body["layer"]
        if "scale" in layer["encoding"].get("x", {})
    ]
    assert set(tops) == {20.0}


def test_sales_velocity_goes_from_before_to_now_by_its_effects() -> None:
    rows = [
        {"period": "this period", "velocity_per_day": 70.0, "currency": "EUR"},
        {"period": "before", "velocity_per_day": 100.0, "currency": "EUR"},
    ]
    effects = {"deals": -50.0, "win_share": 20.0}
    drawn = values(chart_for(result("sales_velocity", rows, effects=effects)))
    spans = [(one["start"], one["stop"], one["tone"]) for one in drawn]
    assert spans == [
        (0.0, 100.0, "detail"), (50.0, 100.0, "bad"), (50.0, 70.0, "good"), (0.0, 70.0, "detail"),
    ]  # fmt: skip


def test_value_never_puts_two_currencies_on_one_scale() -> None:
    def row(currency: str, won: str) -> dict[str, Any]:
        zero = Decimal(0)
        return {
            "currency": currency, "won": 2, "lost": 1, "open": 1, "won_amount": Decimal(won),
            "lost_amount": zero, "open_amount": Decimal("5"),
        }  # fmt: skip

    chart = chart_for(result("value", [row("EUR", "100.50"), row("GBP", "7")]))
    assert values(chart)[0]["detail"] == "EUR 100.50 · 2 deals"
    assert values(chart)[1]["light_to"] == 5.0
    assert "amounts in GBP are in the table" in chart.legend


def test_channels_say_what_a_win_costs_where_spend_is_known() -> None:
    rows = [
        {"channel": "Fair", "leads": 40, "won": 4, "won_share": 0.2, "low": 0.1, "high": 0.3,
         "cost_per_won": Decimal("250"), "currency": "EUR", "note": ""},
        {"channel": None, "leads": 3, "won": 0, "won_share": None, "low": 0.0, "high": 0.6,
         "cost_per_won": None, "currency": None, "note": "too few to tell (n=3)"},
    ]  # fmt: skip
    fair, nobody = values(chart_for(result("channels", rows)))
    assert (fair["detail"], fair["aside"], fair["done"]) == ("40 · 20.0%", "EUR 250 per win", 0.1)
    assert (nobody["name"], nobody["detail"]) == ("not stated", "3 · too few to tell (n=3)")


def test_channels_are_named_by_whatever_they_are_kept_by() -> None:
    rows = [{"source": "Fair", "leads": 40, "won": 4, "won_share": 0.2, "low": 0.1, "high": 0.3}]
    (fair,) = values(chart_for(result("channels", rows)))
    assert fair["name"] == "Fair"


def test_awareness_has_a_strip_of_its_own_for_each_reading() -> None:
    rows = [
        {"kind": "survey", "period": "2026-01", "value": 0.25, "unit": "share"},
        {"kind": "searches", "period": "2026-01", "value": 900.0, "unit": "count"},
        {"kind": "searches", "period": "2026-02", "value": 1200.0, "unit": "count"},
    ]
    chart = chart_for(result("awareness", rows))
    words = chart.body["layer"][-1]["data"]["values"]
    assert [one["detail"] for one in words] == ["25.0% in January 2026", "1,200 in February 2026"]
    points = chart.body["layer"][0]["data"]["values"]
    assert {point["series"] for point in points} == {0, 1}
    assert points[0]["at"] == f"{datetime(2026, 1, 1):%Y-%m-%dT%H:%M:%S}"
