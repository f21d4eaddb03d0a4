"""What an address may ask: dates that exist, words that are known, documents that are valid."""

from __future__ import annotations

import json
from typing import Any

import pytest


def _strict(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    assert len(names) == len(set(names)), f"a key stands twice: {names}"
    return dict(pairs)


@pytest.fixture
def schema(signed_in: Any, marketer: Any) -> Any:
    text = signed_in(marketer).get("/api/openapi.json").content.decode()
    return json.loads(text, object_pairs_hook=_strict)


def test_the_schema_has_each_key_once_and_every_refusal(schema: Any) -> None:
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            assert {"401", "403", "422"} <= set(operation["responses"]), (method, path)


def test_the_schema_names_what_a_measure_may_be_asked(schema: Any) -> None:
    given = schema["paths"]["/api/measure/{name}"]["get"]["parameters"]
    assert {"by", "where", "since", "until", "as_of", "reading", "within_days"} <= {
        one["name"] for one in given
    }


@pytest.mark.parametrize(
    "query",
    ["nonsense=1", "within_days=0", "as_of=0001-01-01", "as_of=9999-12-31", "since=0001-01-01",
     "since=2026-03-02&until=2026-03-01", "since=2026-03-02&as_of=2026-03-01"],
)  # fmt: skip
def test_a_bad_question_is_refused_in_words(
    demo: Any, signed_in: Any, marketer: Any, query: str
) -> None:
    answer = signed_in(marketer).get(f"/api/measure/stages?{query}")
    assert answer.status_code == 422
    assert len(answer.json()["detail"]) > 20


@pytest.mark.parametrize("key", ["funnel", "speed", "channels", "value"])
@pytest.mark.parametrize(
    "query",
    ["as_of=0001-01-01", "since=0001-01-01", "until=9999-12-31",
     "since=2026-03-02&until=2026-03-01", "since=2026-03-02&as_of=2026-03-01"],
)  # fmt: skip
def test_a_day_too_far_away_or_on_the_wrong_side_gets_a_message(
    demo: Any, see: Any, key: str, query: str
) -> None:
    assert "This question cannot be answered" in see(f"/measure/{key}/?{query}", 422)


def test_the_edges_that_are_let_in_are_answered(demo: Any, see: Any) -> None:
    for query in ("since=1900-01-01", "until=2199-12-31", "as_of=1900-01-01", "as_of=2199-12-31"):
        for key in ("funnel", "speed", "channels", "value"):
            see(f"/measure/{key}/?{query}")


def test_within_days_is_within(demo: Any, signed_in: Any, marketer: Any) -> None:
    client = signed_in(marketer)
    one, other = (
        client.get(f"/api/measure/stages?{key}=30").json() for key in ("within", "within_days")
    )
    assert one["rows"] == other["rows"]
    assert one["rows"] != client.get("/api/measure/stages").json()["rows"]


def test_what_the_api_does_not_have_is_said_in_json(signed_in: Any, marketer: Any) -> None:
    client = signed_in(marketer)
    answer = client.get("/api/nope")
    assert answer.status_code == 404
    assert "/api/nope" in answer.json()["detail"]
    assert client.get("/api/measure").status_code in (301, 302)
