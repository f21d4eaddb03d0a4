"""A rule on a chart over time where the definition changed; a word where periods are lines."""

from __future__ import annotations

from datetime import datetime

from onefunnel.charts import trend
from onefunnel.charts.chart import Chart
from onefunnel.charts.lines import body
from onefunnel.charts.marks import Mark, by_period, labelled, marked
from onefunnel.charts.trend import Series
from onefunnel.measures.scope import Scope

MARKS = (
    Mark(datetime(2026, 1, 31, 23, 30), "version 1"),
    Mark(datetime(2026, 3, 10), "version 2"),
    Mark(datetime(2027, 1, 1), "version 3"),
)


def chart(drawn: dict[str, object]) -> Chart:
    return Chart("x", "A sentence.", "a legend", "n = 1", "Spoken.", drawn)


def over_time() -> Chart:
    points = tuple((datetime(2026, month, 1), float(month)) for month in (1, 2, 3, 4))
    return chart(trend.drawing([Series("visits", "4", points)]))


def test_a_rule_stands_at_each_change_in_the_time_shown() -> None:
    found = marked(over_time(), MARKS, Scope())
    rules, labels = found.body["layer"][-2:]
    assert rules["mark"]["type"] == "rule"
    assert rules["data"]["values"] == [
        {"at": "2026-01-31T23:30:00", "label": "◆ version 1"},
        {"at": "2026-03-10T00:00:00", "label": "◆ version 2"},
    ]
    assert labels["encoding"]["text"] == {"field": "label"}
    assert "version 2 came into force on 10 March 2026" in found.description
    assert "version 3" not in found.description
    assert "another version" in found.legend
    assert found.to_svg().count("◆ version 2") >= 1


def test_lines_of_periods_are_named_with_the_version() -> None:
    lines = [
        {"key": n, "name": name, "detail": "", "tone": "detail"}
        for n, name in enumerate(("2026-02", "2026-03", "2026-03 · EUR", "2026-04"))
    ]
    found = marked(chart(body(lines, [])), MARKS, Scope(by="month", zone="Europe/Berlin"))
    assert [value["name"] for value in found.body["data"]["values"]] == [
        "2026-02 ◆ version 1", "2026-03 ◆ version 2", "2026-03 · EUR ◆ version 2", "2026-04",
    ]  # fmt: skip


def test_a_chart_without_time_is_left_as_it_is() -> None:
    lines = [{"key": 0, "name": "Web", "detail": "", "tone": "detail"}]
    for one in (chart(body(lines, [])), chart({"layer": []})):
        assert marked(one, MARKS, Scope()) is one
    assert marked(over_time(), (), Scope()).legend == "a legend"


def test_periods_lie_in_the_zone_and_the_fiscal_year() -> None:
    assert list(by_period(MARKS[:1], Scope(by="month"))) == ["2026-01"]
    assert list(by_period(MARKS[:1], Scope(by="month", zone="Europe/Berlin"))) == ["2026-02"]
    fiscal = Scope(by="quarter", fiscal_year_starts=4)
    assert list(by_period(MARKS[:2], fiscal)) == ["2025/26-Q4"]
    assert labelled("2025/26-Q4", by_period(MARKS[:2], fiscal)) == (
        "2025/26-Q4 ◆ version 1, version 2"
    )
