from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture
def get(signed_in: Any, marketer: Any) -> Any:
    client = signed_in(marketer)

    def fetch(path: str, status: int = 200) -> Any:
        answer = client.get(path)
        assert answer.status_code == status, answer.content.decode()[:1000]
        return answer.json()

    return fetch


def test_a_measure_has_the_shape_of_every_surface(demo: Any, get: Any) -> None:
    answer = get("/api/measure/stages")
    assert set(answer) == {
        "measure", "question", "sentence", "as_of", "agreement", "rows", "totals", "findings",
        "notes", "stale",
    }  # fmt: skip
    assert answer["as_of"].endswith("Z")
    assert set(answer["agreement"]) == {"version", "digest"}
    assert {"stage", "entered", "reached", "step_share", "low", "high"} <= set(answer["rows"][0])


def test_every_count_of_a_row_is_the_length_of_its_list(demo: Any, get: Any) -> None:
    row = next(row for row in get("/api/measure/stages")["rows"] if row["reached"])
    for figure in ("entered", "reached", "open", "lost"):
        listed = get(f"/api/measure/stages/list?figure={figure}&row.stage={row['stage']}")
        assert listed["total"] == listed["count"] == row[figure]


def test_pages_of_a_list_make_the_whole(demo: Any, get: Any) -> None:
    found = get("/api/measure/stages/list?figure=won")
    keys = [record["lead_id"] for record in found["records"]]
    for page in range(2, found["pages"] + 1):
        more = get(f"/api/measure/stages/list?figure=won&page={page}")
        keys += [record["lead_id"] for record in more["records"]]
    assert len(keys) == len(set(keys)) == found["count"]


@pytest.mark.parametrize(
    "query",
    ["period=never", "since=yesterday", "where=1%3D1%3B+drop+table+x", "reading=x", "within=0",
     "segment=nobody", "by=no_such_column"],
)  # fmt: skip
def test_a_question_that_makes_no_sense_is_refused_in_words(
    demo: Any, get: Any, query: str
) -> None:
    assert len(get(f"/api/measure/stages?{query}", 422)["detail"]) > 20


def test_what_does_not_exist(demo: Any, get: Any) -> None:
    assert "there is no measure" in get("/api/measure/nothing", 404)["detail"]
    get("/api/measure/stages/list?figure=nothing", 404)
    get("/api/measure/stages/list?figure=reached&row.stage=Nowhere", 404)


def test_422_is_declared(get: Any) -> None:
    paths = get("/api/openapi.json")["paths"]
    assert "422" in paths["/api/measure/{name}"]["get"]["responses"]
