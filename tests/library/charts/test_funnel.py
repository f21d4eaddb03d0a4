"""The funnel's drawing says the same as its rows, in every theme and size."""

from __future__ import annotations

from datetime import datetime

import pytest

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.stage import Stage
from onefunnel.charts.chart_for import chart_for
from onefunnel.measures.result import AgreementRef, Result
from onefunnel.measures.scope import Scope

COLUMNS = ("stage", "entered", "reached", "open", "lost", "step_share", "low", "high", "n", "note")


def rows(*lines: tuple[object, ...]) -> tuple[dict[str, object], ...]:
    return tuple(dict(zip(COLUMNS, line, strict=True)) for line in lines)


FUNNEL = Result(
    measure="stages",
    question="Where do leads go on?",
    as_of=datetime(2026, 10, 4, 9, 40),
    agreement=AgreementRef("7", "abc", True),
    scope=Scope(),
    columns=COLUMNS,
    rows=rows(
        ("Lead", 1000, 1000, 100, 500, None, None, None, 1000, ""),
        ("Qualified", 400, 400, 50, 200, 0.45, 0.42, 0.48, 1000, ""),
        ("Accepted", 150, 150, 20, 127, 0.40, 0.35, 0.45, 400, ""),
        ("Won", 3, 3, 0, 0, None, None, None, 7, "too few to tell (n=7)"),
    ),
    sentence="Of 1,000 leads 3 are won so far.",
    totals={"leads": 1000},
)
AGREEMENT = Agreement(
    title="Ours",
    stages=(
        Stage("Lead", leads=("Marketing",)),
        Stage("Qualified", leads=("Marketing",), measure="step conversion", target=0.41),
        Stage("Accepted", leads=("Sales",), measure="step conversion", target=0.55),
        Stage("Won", kind="won", leads=("Marketing", "Sales"), is_joint=True),
    ),
)


def drawn(chart_body: object) -> list[dict[str, object]]:
    return chart_body["data"]["values"]  # type: ignore[index]


def test_the_solid_part_is_who_came_this_far_and_the_light_part_who_may_yet() -> None:
    lines = drawn(chart_for(FUNNEL, AGREEMENT).body)
    assert [line["done"] for line in lines] == [None, 0.4, 0.375, 0.02]
    assert [line["open"] for line in lines] == [None, 0.1, 0.125, 20 / 150]
    assert lines[1]["open_to"] == pytest.approx(0.5)


def test_above_and_below_need_the_whole_interval_on_one_side() -> None:
    said = {line["name"]: (line["tone"], line["detail"]) for line in drawn(
        chart_for(FUNNEL, AGREEMENT).body)}  # fmt: skip
    assert said["Qualified"] == ("good", "400 · 45.0% ▲ agreed 41%")
    assert said["Accepted"] == ("bad", "150 · 40.0% ▼ agreed 55%")
    near = Agreement(title="x", stages=(Stage("Accepted", measure="step conversion", target=0.36),))
    line = drawn(chart_for(FUNNEL, near).body)[2]
    assert (line["tone"], line["detail"]) == ("detail", "150 · 40.0% ≈ agreed 36%")


def test_too_few_is_said_in_words_and_draws_no_rate() -> None:
    won = drawn(chart_for(FUNNEL, AGREEMENT).body)[3]
    assert won["detail"] == "3 · too few to tell (n=7)"
    assert won["rate"] is None
    assert won["low"] is None


def test_only_a_single_leading_team_gives_its_colour() -> None:
    lines = drawn(chart_for(FUNNEL, AGREEMENT).body)
    assert [line["team"] for line in lines] == ["marketing", "marketing", "sales", "plain"]
    assert {line["team"] for line in drawn(chart_for(FUNNEL).body)} == {"plain"}


def test_a_split_shows_the_share_won_of_each_group() -> None:
    columns = ("source", *COLUMNS, "overall_share", "overall_low", "overall_high")
    grouped = [
        ("web", "Lead", 10, 10, 3, 4, None, None, None, 10, "", 1.0, 1.0, 1.0),
        ("web", "Won", 3, 3, 0, 0, 0.3, 0.1, 0.6, 10, "", 0.35, 0.15, 0.6),
        (None, "Lead", 30, 30, 0, 9, None, None, None, 30, "", 1.0, 1.0, 1.0),
        (None, "Won", 2, 2, 0, 0, None, None, None, 30, "too few to tell (n=7)", None, None, None),
    ]
    result = Result(
        measure="stages",
        question="",
        as_of=None,
        agreement=None,
        scope=Scope(by="source"),
        columns=columns,
        rows=tuple(dict(zip(columns, row, strict=True)) for row in grouped),
    )
    first, second = drawn(chart_for(result).body)
    assert (first["name"], first["done"], first["rate"]) == ("web", 0.3, 0.35)
    assert first["detail"] == "10 · 35.0%"
    assert (second["name"], second["rate"]) == ("not stated", None)
    assert second["detail"] == "30 · too few to tell"


def test_a_screen_reader_hears_the_sentence_the_figures_and_the_basis() -> None:
    spoken = chart_for(FUNNEL, AGREEMENT).description
    assert spoken.startswith("Of 1,000 leads 3 are won so far. Lead: 1,000, Marketing leads;")
    assert "Accepted: 150 · 40.0% ▼ agreed 55%" in spoken
    assert spoken.endswith("as of 4 October 2026 · n = 1,000 · cohort reading · agreement 7")
