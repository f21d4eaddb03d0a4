"""Leads by program: what comes in, what is refused and how it is told, where a lead stands."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from onefunnel.server.people.keys import make_key
from onefunnel.server.run.models import BESIDE_THEIR_DEEDS
from onefunnel.server.warehouse.models import FACT_MODELS
from tests.conftest import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("agreed")]


def test_one_lead_comes_in_once(api: Any) -> None:
    body = {"name": "Ada", "country": "DE", "attributes": {"score": 70}}
    first = api("post", "/leads", body, **{"Idempotency-Key": "k1"})
    assert first.status_code == 201
    assert (first.json()["outcome"], first.json()["stage"]) == ("created", "MQL")
    again = api("post", "/leads", body, **{"Idempotency-Key": "k1"})
    assert (again.status_code, again.json()) == (201, first.json())
    other = api("post", "/leads", {"name": "Eve"}, **{"Idempotency-Key": "k1"})
    assert other.status_code == 409
    assert "used before" in other.json()["detail"]


def test_a_bad_value_is_refused_with_field_and_fix(api: Any) -> None:
    answer = api("post", "/leads", {"name": "Ada", "attributes": {"score": "many"}})
    assert answer.status_code == 422
    assert answer.json()["field"] == "score"
    assert answer.json()["fix"] == "Write digits and a point, such as 1200.5"


def test_the_rows_of_a_batch_add_up(api: Any) -> None:
    rows = [{"name": f"Lead {n}", "key": str(n)} for n in range(5)]
    rows += [{"name": "Lead 0", "key": "0"}, {"attributes": {"shoe": 1}}]
    answer = api("post", "/leads/batch", {"leads": rows}).json()
    counts = {name: answer[name] for name in ("created", "updated", "skipped", "refused")}
    assert counts == {"created": 5, "updated": 0, "skipped": 1, "refused": 1}
    assert answer["sent"] == sum(counts.values()) == len(answer["rows"])
    assert answer["rows"][6]["field"] == "shoe"
    assert api("post", "/leads/batch", {"leads": [{"name": "x"}] * 1001}).status_code == 422


def test_a_lead_says_where_it_stands_and_why(api: Any) -> None:
    lead_id = api("post", "/leads", {"name": "Ada", "country": "DE"}).json()["lead_id"]
    shown = api("get", f"/leads/{lead_id}").json()
    assert (shown["stage"], shown["next_stage"]) == ("Inquiry", "MQL")
    assert [(one["words"], one["holds"]) for one in shown["why"]] == [("the stage is New", True)]
    assert shown["next_stage_asks"] == [
        {"words": "the score is at least 50", "holds": None, "found": "the score is not known"},
        {"words": "the country is known", "holds": True, "found": "the country is “DE”"},
    ]
    assert shown["agreement"]["title"] == "As agreed"
    assert [move["stage"] for move in shown["moves"]] == ["New"]
    assert api("get", "/leads/nobody").status_code == 404


def test_a_change_needs_the_lead_as_it_is(api: Any) -> None:
    lead_id = api("post", "/leads", {"name": "Ada"}).json()["lead_id"]
    revision = str(api("get", f"/leads/{lead_id}").json()["revision"])
    body = {"country": "DE", "attributes": {"score": 90}}
    changed = api("patch", f"/leads/{lead_id}", body, **{"If-Match": revision})
    assert (changed.status_code, changed.json()["stage"]) == (200, "MQL")
    late = api("patch", f"/leads/{lead_id}", {"country": "FR"}, **{"If-Match": revision})
    assert late.status_code == 409
    assert late.json()["now"]["country"] == "DE"
    assert late.json()["revision"] == changed.json()["revision"]
    gone = api("patch", f"/leads/{lead_id}", {"country": None})
    assert gone.json()["stage"] == "Inquiry"


def test_a_move_is_made_or_refused_by_clause(api: Any) -> None:
    lead_id = api("post", "/leads", {"name": "Ada"}).json()["lead_id"]
    refused = api("post", f"/leads/{lead_id}/moves", {"stage": "Working"})
    assert refused.status_code == 422
    assert refused.json()["clauses"] == [
        {"words": "the email is known", "holds": False, "found": "the email is not known"}
    ]
    lost = api("post", f"/leads/{lead_id}/moves", {"stage": "Lost", "reason": "price"})
    assert (lost.status_code, lost.json()["stage"]) == (201, "Lost")
    assert api("post", "/leads/nobody/moves", {"stage": "Lost"}).status_code == 404


def test_a_move_can_need_the_lead_where_it_was_seen(api: Any) -> None:
    lead_id = api("post", "/leads", {"name": "Ada"}).json()["lead_id"]

    def move(stage: str, last_move: int) -> Any:
        body = {"stage": stage, "reason": "price"}
        return api("post", f"/leads/{lead_id}/moves", body, **{"If-Match": str(last_move)})

    seen = api("get", f"/leads/{lead_id}").json()["last_move"]
    assert move("Lost", seen).status_code == 201
    late = move("Won", seen)
    assert late.status_code == 409
    assert "stands in “Lost” now, moved by Mia Marsh" in late.json()["detail"]
    assert late.json()["now"] == api("get", f"/leads/{lead_id}").json()
    assert move("Won", late.json()["now"]["last_move"]).status_code == 201


#: Every column of every row there is, and what one would try.
GUESSES = sorted(
    {"role", "is_staff", "team", "org", "id", "pk", "by", "at", "lead_id", "created_at"}
    | {f.name for m in (*FACT_MODELS.values(), *BESIDE_THEIR_DEEDS) for f in m._meta.fields}
)
ALLOWED = {
    "/leads": {"name", "email", "phone", "company", "account_id", "source", "campaign", "segment",
               "country", "owner", "stage"},
    "/leads/x/moves": {"stage", "reason", "wake_on"},
}  # fmt: skip
ALLOWED["/leads/x"] = ALLOWED["/leads"] - {"stage"}
ALLOWED["batch"] = ALLOWED["/leads"] | {"lead_id", "key"}


def test_no_field_comes_in_by_the_back_door(api: Any) -> None:
    """T38: what a body does not name in its schema is refused."""
    assert len(GUESSES) > 60
    for field in GUESSES:
        bodies = [
            ("post", "/leads", "/leads", {"name": "Ada", field: "x"}),
            ("patch", "/leads/x", "/leads/x", {field: "x"}),
            ("post", "/leads/x/moves", "/leads/x/moves", {"stage": "Won", field: "x"}),
            ("post", "/leads/batch", "batch", {"leads": [{"name": "Ada", field: "x"}]}),
            ("post", "/leads/batch", "/leads/batch", {"leads": [], field: "x"}),
        ]
        for method, path, rule, body in bodies:
            if field not in ALLOWED.get(rule, set()):
                answer = api(method, path, body)
                assert answer.status_code == 422, (path, answer.content)
                assert "extra_forbidden" in answer.content.decode()


def test_an_attribute_is_no_back_door_either(api: Any) -> None:
    for field in ("lead_id", "created_at", "_revision", "stage", "role"):
        answer = api("post", "/leads", {"name": "Ada", "attributes": {field: "x"}})
        assert (answer.status_code, answer.json()["field"]) == (422, field)


def test_who_may_not_work_leads_is_refused(outsider: Any, client: Any) -> None:
    client.force_login(outsider)
    answer = client.post("/api/run/leads", {"name": "Ada"}, content_type="application/json")
    assert answer.status_code == 403


def test_a_key_that_only_reads_writes_nothing(marketer: Any) -> None:
    _, secret = make_key(label="r", scope="read", days=None, by=marketer, at=NOW)
    answer = Client().post(
        "/api/run/leads",
        {"name": "Ada"},
        content_type="application/json",
        headers={"Authorization": f"Bearer {secret}"},
    )
    assert answer.status_code == 403


def test_a_viewer_sees_no_personal_data(api: Any, outsider: Any, client: Any) -> None:
    body = {"name": "Ada Lovelace", "email": "ada@x.example", "country": "DE"}
    lead_id = api("post", "/leads", body).json()["lead_id"]
    client.force_login(outsider)
    text = client.get(f"/api/run/leads/{lead_id}").content.decode()
    assert "Ada" not in text
    assert "ada@" not in text
    assert '"country": "DE"' in text


def test_what_cannot_be_kept_is_refused_and_never_an_error_of_ours(api: Any) -> None:
    def batch(**row: str) -> Any:
        return api("post", "/leads/batch", {"leads": [{"name": "ok"}, row]})

    for bad in (
        {"name": "x", "account_id": "a" * 401},
        {"name": "x", "key": "a\0"},
        {"name": "x", "lead_id": "a\0"},
        {"name": "x\ud800"},
        {"name": "x", "lead_id": "\ud800"},
        {"name": "x", "key": "\ud800"},
        {"name": "x", "key": "k" * 201},
    ):
        answer = batch(**bad)
        assert answer.status_code == 200, bad
        assert [one["outcome"] for one in answer.json()["rows"]] == ["created", "refused"]
    assert api("get", "/leads/a%00").status_code == 404
    assert api("patch", "/leads/a%00", {"name": "x"}).status_code == 404
    assert api("post", "/leads", {"name": "x", "stage": "\ud800"}).status_code == 422
