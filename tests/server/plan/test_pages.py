"""The pages of Plan: what an objective takes, who works, levers, a plan saved; and the API."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import pytest
from django.urls import reverse

from onefunnel.server.plan import commands
from onefunnel.server.plan.models import Objective, SavedPlan
from tests.server.measure.company import Company
from tests.trust.page_walk import read

pytestmark = pytest.mark.django_db
PEOPLE = {
    "stage": "", "people": "2", "joining": "2", "joining_on": "2027-01-15", "ramp_months": "1",
    "hours": "160", "selling_share": "35", "hours_a_lead": "2",
}  # fmt: skip


@pytest.fixture
def drafted(demo: Company, hal: Any, typed: dict[str, str], now: datetime) -> Objective:
    return commands.draft_objective(typed=typed, by=hal, at=now)


def text(client: Any, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, answer.content.decode()[:2000]
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def test_without_anything_it_says_what_to_do(signed_in: Any, hal: Any) -> None:
    client = signed_in(hal)
    assert "There is no objective yet" in text(client, "/plan/")
    made = client.post("/plan/objectives/new/", {
        "outcome": "won", "amount": "5", "until": "2030-01-01"})  # fmt: skip
    assert made.status_code == 302
    assert "There is no data yet to plan from" in text(client, made["Location"])


def test_what_it_takes_and_every_count_opens_its_list(
    drafted: Objective, signed_in: Any, hal: Any
) -> None:
    client = signed_in(hal)
    path = reverse("plan:objective", args=[drafted.public_id])
    said = text(client, path)
    assert re.search(r"To win 120 leads by 31 May 2027, [\d,]+ new leads must come in", said)
    page = read(client, path)
    assert len(page.figures) > 8
    for one in page.figures[::3]:
        assert read(client, one.href).of_list == [one.list_total], one


def test_out_of_reach_says_what_would_have_to_be_true(
    drafted: Objective, signed_in: Any, hal: Any, typed: dict[str, str], now: datetime
) -> None:
    far = typed | {"amount": "300"}
    commands.change_objective(objective_id=drafted.public_id, typed=far, revision=1, by=hal, at=now)
    said = text(signed_in(hal), reverse("plan:objective", args=[drafted.public_id]))
    assert "What would have to be true" in said
    assert "new leads instead of the usual" in said
    assert "The goal is" in said


def test_people_who_work_on_the_leads(
    drafted: Objective, signed_in: Any, hal: Any, demo: Company
) -> None:
    client = signed_in(hal)
    page = reverse("plan:objective", args=[drafted.public_id])
    there = reverse("plan:capacity", args=[drafted.public_id])
    stage = demo.agreement.success_path[1].name
    wrong = client.post(there, PEOPLE | {"stage": stage, "hours": "-1"})
    assert wrong.status_code == 422
    assert client.post(there, PEOPLE | {"stage": stage}).status_code == 302
    assert "Reach the people" in text(client, page)
    idle = PEOPLE | {"stage": stage, "people": "0", "joining": "0"}
    client.post(there, idle)
    assert "Reach the people" not in text(client, page)


def test_levers_move_by_address_and_are_saved_as_the_plan(
    drafted: Objective, signed_in: Any, hal: Any, demo: Company
) -> None:
    client = signed_in(hal)
    path = reverse("plan:scenario", args=[drafted.public_id])
    usual = client.get(f"/api/plan/objectives/{drafted.public_id}/takes").json()
    stage = demo.agreement.success_path[0].name
    moved = client.get(
        f"/api/plan/objectives/{drafted.public_id}/takes", {f"step.{stage}": "150", "pace": "80"}
    ).json()
    assert moved["chance"] > usual["chance"]
    assert moved["in_flight"][1] >= usual["in_flight"][1]
    assert "as usual" in text(client, f"{path}?step.{stage}=150&pace=80")
    assert "pick a number" in text(client, f"{path}?pace=0", 422)
    later = text(client, f"{path}?until=2028-05-31")
    assert "120 won leads by 31 May 2028" in later
    assert "Change the objective to this" in later
    save = reverse("plan:save", args=[drafted.public_id])
    client.post(save, {f"step.{stage}": "150", "until": "2028-05-31"})
    assert not SavedPlan.objects.exists()
    client.post(save, {f"step.{stage}": "150", "pace": "100"})
    plan = SavedPlan.objects.get()
    assert plan.levers == {f"step.{stage}": "150"}
    assert sum(month["leads"] for month in plan.months) == pytest.approx(plan.leads, abs=0.1)
    assert plan.months[0]["since"] == "2026-11-20"
    client.post(save, {})
    assert list(SavedPlan.objects.values_list("number", flat=True)) == [1, 2]


def test_money_and_a_share_of_the_market(
    demo: Company, signed_in: Any, hal: Any, typed: dict[str, str], now: datetime
) -> None:
    client = signed_in(hal)
    for words, said in (
        ({"outcome": "revenue", "amount": "20000000", "currency": "EUR"}, "was worth EUR"),
        ({"outcome": "share", "amount": "40"}, "accounts are won today"),
        ({"outcome": "margin", "amount": "1000", "currency": "XXX"}, "Too few to tell (n=0)"),
    ):
        made = commands.draft_objective(typed=typed | words, by=hal, at=now)
        assert said in text(client, reverse("plan:objective", args=[made.public_id]))


def test_the_api_writes_changes_and_signs(
    demo: Company, signed_in: Any, hal: Any, outsider: Any, typed: dict[str, str]
) -> None:
    client = signed_in(hal)

    def post(path: str, body: dict[str, Any]) -> Any:
        return client.post(f"/api/plan/objectives{path}", body, content_type="application/json")

    body = {"outcome": "won", "amount": 120, "until": "2027-05-31"}
    made = post("", body)
    assert made.status_code == 201, made.content
    one = made.json()
    assert one["standing"] == "draft"
    assert post("", body | {"until": "2020-01-01"}).status_code == 422
    changed = post(f"/{one['id']}/change", body | {"amount": 100, "revision": 1}).json()
    assert changed["revision"] == 2
    assert post(f"/{one['id']}/change", body | {"revision": 1}).status_code == 409
    assert post(f"/{one['id']}/sign", {"digest": one["digest"]}).status_code == 409
    signed = post(f"/{one['id']}/sign", {"digest": changed["digest"]}).json()
    assert signed["standing"] == "draft, signed by Marketing"
    plan = post(f"/{one['id']}/plans", {"levers": {"pace": "90"}})
    assert plan.status_code == 201, plan.content
    assert plan.json()["levers"] == {"pace": "90"}
    assert client.get("/api/plan/objectives").json()["count"] == 1
    client.force_login(outsider)
    assert post("", body).status_code == 403
