"""Every drawing is valid Vega-Lite, holds its own data, and becomes a picture offline."""

from __future__ import annotations

import pytest

from onefunnel.charts.chart import Chart
from onefunnel.charts.chart_for import chart_for
from onefunnel.charts.render import browser_script, to_svg
from onefunnel.charts.theme import PALETTES, Theme, identity
from onefunnel.measures.result import Result
from tests.library.charts.results import CASES, company, result_of
from tests.library.charts.test_funnel import FUNNEL


@pytest.fixture(params=CASES, ids=lambda case: f"{case[0]}-{case[1]}")
def chart(request: pytest.FixtureRequest) -> Chart:
    return chart_for(result_of(*request.param), company()[1])


@pytest.mark.parametrize("theme", PALETTES)
@pytest.mark.parametrize("width", [340, 1100])
def test_it_is_valid_vega_lite(chart: Chart, theme: Theme, width: int) -> None:
    altair = pytest.importorskip("altair")
    altair.Chart.from_dict(chart.spec(theme, width=width))
    altair.Chart.from_dict(chart.spec(theme, width="container", titled=False))


def test_it_names_no_address_to_fetch_from(chart: Chart) -> None:
    spec = chart.spec()
    spec.pop("$schema")
    assert "http" not in repr(spec)
    assert "'url'" not in repr(spec)


def test_it_becomes_a_picture_with_its_sentence(chart: Chart) -> None:
    svg = chart.to_svg()
    assert svg.startswith("<svg")
    assert chart.sentence.split()[0] in svg
    assert chart.to_png()[:4] == b"\x89PNG"


def test_a_drawing_of_nothing_is_still_a_drawing(chart: Chart) -> None:
    from dataclasses import replace

    result = result_of(chart.name)
    chart_for(replace(result, rows=(), totals={}), company()[1]).to_svg()


def test_it_speaks(chart: Chart) -> None:
    assert chart.sentence
    assert chart.sentence in chart.description
    assert len(chart.description) > len(chart.sentence)


def test_data_by_address_is_refused() -> None:
    spec = {"data": {"url": "http://127.0.0.1:9/x.json"}, "mark": "point", "encoding": {}}
    with pytest.raises(Exception, match=r"(?i)not allowed|denied|failed"):
        to_svg(spec)


def test_names_full_of_markup_are_drawn_as_text() -> None:
    from dataclasses import replace

    result = FUNNEL
    evil = "<img src=x onerror=alert(1)>"
    rows = tuple({**row, "stage": evil} for row in result.rows)
    svg = chart_for(replace(result, rows=rows, sentence=evil)).to_svg()
    assert "<img" not in svg


def test_a_measure_without_a_drawing_says_so() -> None:
    with pytest.raises(LookupError, match="no chart"):
        chart_for(Result("nothing", "", None, None, FUNNEL.scope, (), ()))


@pytest.mark.slow
def test_the_browser_script_stands_alone() -> None:
    script = browser_script()
    assert script.startswith("(() => {")
    assert "window.drawChart" in script
    assert "https://cdn." not in script


def test_only_marketing_and_sales_have_a_colour() -> None:
    assert identity("Digital marketing") == "marketing"
    assert identity("Inside Sales") == "sales"
    assert identity("Customer service") == "plain"
