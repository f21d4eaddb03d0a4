"""What a field of a form costs: asked, filled, refused, left at; and whether it ever decided."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.duties import Handover
from onefunnel.server.agree import basis
from onefunnel.server.run.handovers.models import Receiver
from onefunnel.server.run.tracker import commands, form_views
from onefunnel.server.run.tracker.field_cost import field_cost, leads_behind
from onefunnel.server.run.tracker.models import CaptureForm, FormAnswer, FormCount
from onefunnel.server.warehouse.commands import refresh_copy
from tests.conftest import NOW
from tests.trust.page_walk import read

pytestmark = pytest.mark.django_db
SITE = "https://www.example.com"
FIELDS = (
    commands.FormField("email", "Your e-mail address", is_required=True),
    commands.FormField("country", "Country"),
    commands.FormField("phone", "Phone"),
    commands.FormField("score", "How many machines?", "int"),
)
CARD = Handover("To sales", "marketing", "sales", at_stage="MQL", required=("email",))


@pytest.fixture
def form(owner: Any) -> Iterator[CaptureForm]:
    form_views.rates.clear()
    form_views.leavings.clear()
    yield commands.save_form(
        slug="contact", name="Contact", fields=FIELDS, origins=[SITE], by=owner, at=NOW
    )
    form_views.rates.clear()
    form_views.leavings.clear()


@pytest.fixture
def in_force(agreed: Agreement, monkeypatch: pytest.MonkeyPatch) -> Agreement:
    """The agreement of the tracker's tests, signed, with a hand-over at MQL."""
    signed = replace(agreed, status="agreed", handovers=(CARD,))
    monkeypatch.setattr(basis, "agreement_for_the_copy", lambda: signed)
    return signed


def send(path: str = "/run/forms/contact/", *, origin: str = SITE, **said: str) -> int:
    client = Client(enforce_csrf_checks=True)
    return client.post(path, said, headers={"Origin": origin}).status_code


def answers(number: int, **said: str) -> None:
    for n in range(number):
        form_views.rates.clear()
        assert send(email=f"a{n}-{len(said)}@x.example", **said) == 201


def test_counted_as_answered_and_decided_by_the_agreement(
    form: CaptureForm, in_force: Agreement, signed_in: Any, owner: Any
) -> None:
    answers(12, country="DE", score="80", phone="1")  # MQL by score and country
    answers(9, phone="2")
    refresh_copy(at=NOW)
    cost = field_cost(form, basis.current_basis())
    assert cost.unknown == ""
    by_name = {one.name: one for one in cost.fields}
    assert [(one.asked, one.filled, one.empty) for one in cost.fields] == [
        (21, 21, 0), (21, 12, 9), (21, 21, 0), (21, 12, 9),
    ]  # fmt: skip
    assert (by_name["country"].decided, by_name["score"].decided) == (12, 12)
    assert by_name["email"].by_kind == {"required": 12}
    assert by_name["phone"].decided == 0
    assert [one.name for one in cost.idle] == ["phone"]
    for one in cost.fields:
        for what in ("asked", "filled", "empty", "decided"):
            listed = leads_behind(form, basis.current_basis(), one.name, what)
            assert len(set(listed)) == len(listed) == getattr(one, what)

    client = signed_in(owner)
    shown = " ".join(client.get("/run/capture/form/contact/").content.decode().split())
    assert "is asked of everybody and never decided anything:" in shown
    page = read(client, "/run/capture/form/contact/")
    assert len(page.figures) == 4 + 4 + 2 + 3 + 1
    for figure in page.figures:
        assert read(client, figure.href).of_list == [figure.value]
    told = client.get("/api/run/forms/contact/fields").json()
    assert [(one["name"], one["decided"], one["by_kind"]) for one in told["fields"]] == [
        ("email", 12, {"required": 12}), ("country", 12, {"stage": 12}), ("phone", 0, {}),
        ("score", 12, {"stage": 12}),
    ]  # fmt: skip

    Receiver.objects.create(person=owner, territory="phone = '1'")
    sales = {**cost.fields[2].by_kind}
    assert sales == {}
    owner.team = "sales"
    owner.save()
    again = {one.name: one for one in field_cost(form, basis.current_basis()).fields}
    assert again["phone"].by_kind == {"routing": 12}


def test_few_answers_and_nothing_agreed_say_so(
    form: CaptureForm, signed_in: Any, owner: Any
) -> None:
    client = signed_in(owner)
    path = "/run/capture/form/contact/"
    assert "No answer became a lead by this form yet" in client.get(path).content.decode()
    answers(1, phone="1")
    refresh_copy(at=NOW)
    shown = client.get(path).content.decode()
    assert "Nothing is in force yet" in shown
    assert "never decided anything" not in shown
    assert client.get(f"{path}leads/?what=decided&field=phone").status_code == 404
    assert client.get(f"{path}leads/?what=asked&field=nothing").status_code == 404


def test_few_answers_tell_nothing(
    form: CaptureForm, in_force: Agreement, signed_in: Any, owner: Any
) -> None:
    answers(3, phone="1")
    refresh_copy(at=NOW)
    shown = signed_in(owner).get("/run/capture/form/contact/").content.decode()
    assert "Too few answers to tell" in shown
    assert "too few to tell" in shown


@pytest.mark.usefixtures("agreed")
def test_who_left_is_known_only_where_a_page_tells(form: CaptureForm) -> None:
    answers(1, phone="1")
    cost = field_cost(form, basis.current_basis())
    assert (cost.begun, cost.left, cost.fields[0].left) == (None, None, None)
    assert send(email="b@x.example", **{"_watched": "yes"}) == 201
    for last in ("phone", "phone", "country", "nothing", "website"):
        assert send("/run/forms/contact/left/", last=last) == 204
    cost = field_cost(form, basis.current_basis())
    assert (cost.begun, cost.left) == (4, 3)
    assert {one.name: one.left for one in cost.fields} == {
        "email": 0, "country": 1, "phone": 2, "score": 0,
    }  # fmt: skip
    assert FormAnswer.objects.filter(is_watched=True).count() == 1


@pytest.mark.usefixtures("agreed")
def test_a_refused_answer_counts_by_field_and_no_lead_is_counted(form: CaptureForm) -> None:
    assert send(email="", score="many") == 422
    assert send(email="a@x.example", score="many", website="spam") == 422
    counted = {one.field: one.refused for one in FormCount.objects.all()}
    assert counted == {"email": 1, "score": 1}
    assert not FormAnswer.objects.exists()


@pytest.mark.usefixtures("agreed")
def test_leaving_is_told_by_its_sites_only_and_not_without_end(form: CaptureForm) -> None:
    left = "/run/forms/contact/left/"
    assert send(left, origin="https://elsewhere.example", last="phone") == 403
    assert send("/run/forms/none/left/", last="phone") == 404
    told = [send(left, last="phone") for _ in range(form_views.PER_ADDRESS + 1)]
    assert told == [204] * form_views.PER_ADDRESS + [429]


def test_the_same_answer_sent_again_is_counted_once(form: CaptureForm, agreed: Agreement) -> None:
    for _ in range(2):
        assert send(email="a@x.example", key="k") == 201
    assert FormAnswer.objects.count() == 1


def test_the_script_comes_to_other_sites(client: Any, form: CaptureForm) -> None:
    answer = client.get("/run/forms/watch.js")
    assert answer.status_code == 200
    assert answer["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert b"credentials" in answer.content
    assert "Set-Cookie" not in answer
