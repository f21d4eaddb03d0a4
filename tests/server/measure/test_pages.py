from __future__ import annotations

from typing import Any

import pytest


@pytest.mark.parametrize("key", ["funnel", "speed", "channels", "value"])
def test_a_page_answers_its_question(demo: Any, see: Any, key: str) -> None:
    text = see(f"/measure/{key}/")
    assert "<h1>" in text
    assert 'data-chart="chart-' in text
    assert 'class="figure"' in text


def test_the_list_behind_a_number(demo: Any, see: Any) -> None:
    text = see("/measure/list/?measure=stages&figure=reached&row.stage=Won")
    assert "data-of-list" in text


def test_a_sum_is_told_to_machines_without_separators(demo: Any, see: Any) -> None:
    text = see("/measure/list/?measure=value&figure=won_amount&row.currency=EUR")
    exact = text.split('data-of-list="')[1].split('"')[0]
    assert float(exact) > 1000
    assert "," not in exact


def test_old_numbers_are_not_shown_as_if_they_were_fresh(
    demo: Any, see: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from onefunnel.server.agree import basis

    monkeypatch.setattr(basis.warehouse, "copy_is_behind", lambda: True)
    text = see("/measure/funnel/")
    before, _, below = text.partition("The numbers as they were")
    assert "These numbers are old" in before
    assert "data-list" not in before.split("<main")[1]
    assert "data-list" in below
    assert see("/measure/list/?measure=stages&figure=won").count("These numbers are old") == 1


def test_a_viewer_may_neither_export_nor_see_names(
    demo: Any, signed_in: Any, outsider: Any
) -> None:
    client = signed_in(outsider)
    listed = client.get("/measure/list/?measure=stages&figure=won").content.decode()
    assert "•••" in listed
    assert "list.csv" not in listed
    assert client.get("/measure/list.csv?measure=stages&figure=won").status_code == 403
    assert client.get("/measure/stages.csv").status_code == 403


def test_what_is_taken_away(demo: Any, signed_in: Any, marketer: Any) -> None:
    client = signed_in(marketer)
    raw = client.get("/measure/stages.csv").content.decode()
    assert raw.startswith("stage,entered,reached,")
    assert client.get("/measure/stages.csv?for=spreadsheets").content.startswith(b"\xef\xbb\xbf")
    assert client.get("/measure/nothing.csv").status_code == 404
    assert client.get("/measure/stages.csv?since=x").status_code == 422


@pytest.mark.slow
def test_a_chart_as_a_picture(demo: Any, signed_in: Any, marketer: Any) -> None:
    client = signed_in(marketer)
    assert client.get("/measure/stages.png").content.startswith(b"\x89PNG")
    assert client.get("/measure/stages.svg").content.startswith(b"<svg")
    assert client.get("/measure/cost_per_stage.png").status_code == 404


def test_before_any_data_a_page_says_what_to_do(see: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for key in ("funnel", "speed", "channels", "value"):
        assert "There are no leads yet" in see(f"/measure/{key}/")


def test_the_page_offers_what_to_do_next(
    monkeypatch: pytest.MonkeyPatch, db: None, see: Any, signed_in: Any, owner: Any
) -> None:
    from dataclasses import replace

    from tests.server.measure.company import company, put_in_place

    made = company(3000)
    put_in_place(monkeypatch)
    assert "Agree on these stages" not in see("/measure/funnel/")  # a member may not propose
    text = signed_in(owner).get("/measure/funnel/").content.decode()
    assert "Agree on these stages" in text
    stages = tuple(
        replace(stage, measure="step conversion", target=0.99 if stage.name == "Won" else 0.01)
        for stage in made.agreement.stages
    )
    put_in_place(monkeypatch, agreement=replace(made.agreement, stages=stages, status="in use"))
    text = see("/measure/funnel/")
    assert "See the open leads before the weakest step, Won" in text
    assert "in use, not signed by both teams" in text
    assert "▼ agreed 99%" in text
    assert "See the leads waiting longest" in see("/measure/speed/")


def test_the_room_opens_with_the_question_of_its_address(signed_in: Any, marketer: Any) -> None:
    client = signed_in(marketer)
    assert client.get("/measure/")["Location"] == "/measure/funnel/"
    asked = client.get("/measure/", {"since": "2026-01-01", "by": "source"})
    assert asked["Location"] == "/measure/funnel/?since=2026-01-01&by=source"
