"""The pages of nurture as people meet them, and the same deeds for programs."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from django.test import Client

from onefunnel.server.people.keys import make_key
from onefunnel.server.run.nurture import commands
from onefunnel.server.run.nurture.models import Enrolment, Sequence, Status, Todo, Why
from onefunnel.server.run.nurture.todos import make_todo
from onefunnel.server.run.tracker import commands as tracker
from onefunnel.server.warehouse.commands import refresh_copy
from tests.server.run.nurture.conftest import (
    AT,
    HOUR,
    bring,
    call,
    consent,
    enter,
    go,
    letter,
    switched_on,
)

pytestmark = pytest.mark.django_db
FORM = {
    "name": "Welcome", "purpose": "nurture", "stage": ["Inquiry"], "when": "country = 'UK'",
    "human_touches": "1", "human_kinds": "replied", "human_days": "14", "human_team": "sales",
    "human_when": "", "seen": "0",
    "step_key": ["a", "b"], "step_kind": ["mail", "todo"], "step_team": ["marketing", "sales"],
    "step_wait": ["0", "4"], "step_unit": ["days", "hours"], "step_subject": ["News", ""],
    "step_text": ["Hello {name|there},\r\n\r\nnews.", "Ask"], "step_deed": ["", "call"],
}  # fmt: skip


@pytest.fixture
def go_to(signed_in: Any) -> Any:
    def fetch(person: Any, path: str, status: int = 200) -> str:
        answer = signed_in(person).get(path)
        assert answer.status_code == status, answer.content.decode()[:2000]
        return answer.content.decode()

    return fetch


def test_the_editor_adds_moves_and_removes_steps_without_a_script(
    agreed: None, marketer: Any, signed_in: Any
) -> None:
    client = signed_in(marketer)
    for do, first, count in (("add-todo", "a", 3), ("down-0", "b", 2), ("up-1", "b", 2),
                             ("remove-0", "b", 1)):  # fmt: skip
        page = client.post("/run/nurture/new/", FORM | {"do": do}).content.decode()
        keys = [part.split('"')[0] for part in page.split('name="step_key" value="')[1:]]
        assert (keys[0], len(keys)) == (first, count), do
    assert not Sequence.objects.exists()
    bad = client.post("/run/nurture/new/", FORM | {"when": "nothing = 1", "do": "save"})
    assert bad.status_code == 422
    assert "cannot be read" in bad.content.decode()
    made = client.post("/run/nurture/new/", FORM | {"do": "save"})
    one = Sequence.objects.get()
    assert made["Location"] == f"/run/nurture/{one.public_id}/"
    assert not one.is_on
    assert one.revisions.get().plan["steps"][0]["text"] == "Hello {name|there},\n\nnews."


def test_a_sequence_shows_its_steps_and_who_is_where(
    agreed: None, marketer: Any, head: Any, seller: Any, outsider: Any, go_to: Any
) -> None:
    sequence = switched_on(marketer, head, letter(), call(wait=1))
    bring("a", "b", stage="Inquiry")
    consent("a")
    one, _ = enter(sequence, ["a", "b"], marketer)
    place = f"/run/nurture/{sequence.public_id}/"
    page = go_to(head, place)
    assert "Switch it off" in page
    assert "2 here now" in page
    assert 'data-of-list="2"' in go_to(seller, f"{place}who/?state=running")
    assert "Pat a" not in go_to(outsider, f"{place}who/?state=running")
    assert "Mail: News" in go_to(marketer, "/run/leads/a/")
    assert "Welcome" in go_to(marketer, "/run/nurture/")
    go_to(head, f"{place}change/")
    go_to(marketer, f"{place}change/", 403)  # it is on
    assert "Switched off, you can" in go_to(marketer, place)
    commands.switch_sequence(sequence_id=sequence.public_id, is_on=False, by=head, at=AT)
    go_to(marketer, f"{place}change/")
    go_to(seller, f"{place}change/", 403)
    go_to(marketer, f"/run/nurture/entered/{one.batch}/")


def test_leads_enter_from_the_list_and_are_taken_out_again(
    agreed: None, marketer: Any, head: Any, signed_in: Any
) -> None:
    sequence = switched_on(marketer, head)
    bring("a", "b", stage="Inquiry")
    bring("w", stage="Won")
    client = signed_in(marketer)
    said = {"lead": ["a", "b", "w"], "sequence": str(sequence.public_id)}
    answer = client.post("/run/nurture/enter/", said, follow=True).content.decode()
    assert "it was won" in answer
    batch = Enrolment.objects.values_list("batch", flat=True).distinct().get()
    client.post(f"/run/nurture/entered/{batch}/undo/")
    assert set(Enrolment.objects.values_list("status", flat=True)) == {Status.STOPPED}
    nobody = client.post("/run/nurture/enter/", {"sequence": str(sequence.public_id)}, follow=True)
    assert "No lead was chosen" in nobody.content.decode()


def test_what_is_to_do_stands_on_a_list_on_today_and_on_the_lead(
    agreed: None, marketer: Any, head: Any, seller: Any, signed_in: Any, go_to: Any
) -> None:
    sequence = switched_on(marketer, head, call(), letter("z", wait=1))
    bring("a", stage="Inquiry")
    enter(sequence, ["a"], marketer)
    go(AT)
    todo = Todo.objects.get()
    assert "Ask about the line" in go_to(seller, "/run/todo/")
    assert "To do with leads" in go_to(seller, "/")
    assert "Ask about the line" in go_to(marketer, "/run/leads/a/")
    assert signed_in(marketer).post(f"/run/todo/{todo.public_id}/done/").status_code == 403
    signed_in(seller).post(f"/run/todo/{todo.public_id}/done/", {"kind": "met"})
    todo.refresh_from_db()
    assert todo.is_done
    assert "Nothing is to do" in go_to(seller, "/run/todo/")


def test_the_lane_says_who_wakes_when(
    agreed: None, marketer: Any, head: Any, seller: Any, outsider: Any, go_to: Any, signed_in: Any
) -> None:
    assert "Nobody can be put aside yet" in go_to(seller, "/run/nurture/asleep/")
    bring("a", "b")
    for lead, day in (("a", date(2027, 1, 4)), ("b", date(2099, 1, 4))):
        tracker.move_lead(lead_id=lead, stage="Recycled", wake_on=day, by=seller, at=AT)
    refresh_copy(at=AT)
    page = go_to(seller, "/run/nurture/asleep/?wakes=later")
    assert 'data-of-list="1"' in page
    assert "Pat b" in page
    assert "Pat b" not in go_to(outsider, "/run/nurture/asleep/?wakes=later")
    go_to(seller, "/measure/keep-warm/")
    said = {"quiet_hours": "8", "wake": "stage:MQL", "wake_team": "marketing", "revision": "0"}
    for nobody in (seller, marketer):
        assert signed_in(nobody).post("/run/nurture/rules/", said).status_code == 403
    signed_in(head).post("/run/nurture/rules/", said)
    assert "Change that" in go_to(marketer, "/run/nurture/asleep/")
    again = signed_in(head).post("/run/nurture/rules/", said)
    assert again.status_code == 422


def test_the_same_by_program(agreed: None, head: Any, marketer: Any) -> None:
    _, secret = make_key(label="p", scope="write", days=None, by=head, at=AT)
    client = Client(headers={"Authorization": f"Bearer {secret}"})

    def ask(method: str, path: str, body: Any = None, **headers: str) -> Any:
        sent = {"data": json.dumps(body), "content_type": "application/json"} if body else {}
        return getattr(client, method)(f"/api/run/nurture{path}", headers=headers, **sent)

    step = {"key": "a", "kind": "mail", "team": "marketing", "subject": "Hi", "text": "There"}
    said = {"name": "By program", "steps": [step]}
    assert ask("post", "/sequences", said | {"is_on": True}).status_code == 422  # no such field
    made = ask("post", "/sequences", said).json()
    assert (made["is_on"], made["revision"]) == (False, 1)
    assert ask("post", "/sequences", said).status_code == 422  # the name is taken
    place = f"/sequences/{made['id']}"
    late = ask("put", place, said | {"purpose": "news"}, **{"If-Match": "7"})
    assert late.status_code == 409
    changed = ask("put", place, said | {"purpose": "news"}, **{"If-Match": "1"}).json()
    assert changed["revision"] == 2
    assert ask("post", f"{place}/switch", {"is_on": True}).json()["is_on"]
    bring("a", "w", stage="Inquiry")
    entered = ask("post", f"{place}/leads", {"leads": ["a", "x"]}).json()
    assert (entered["entered"], list(entered["refused"])) == (["a"], ["x"])
    again = ask("post", f"{place}/leads", {"leads": ["a"]}).json()
    assert again["refused"] == {"a": "it is in this sequence already"}
    inside = ask("get", f"{place}/leads?state=running").json()
    assert (inside["count"], inside["leads"][0]["next"]) == (1, "Mail: Hi")
    lead = inside["leads"][0]["id"]
    assert ask("post", f"/leads/{lead}", {"deed": "pause"}).json()["status"] == "paused"
    assert ask("delete", f"/entered/{entered['batch']}").json()["entered"] == ["a"]
    assert ask("post", f"/leads/{lead}", {"deed": "stop"}).status_code == 422
    assert ask("get", "/todos").json()["count"] == 0
    todo = make_todo(
        lead_id="a", team="marketing", deed="call", words="", why=Why.HUMAN, at=AT
    ).public_id
    taken = ask("post", f"/todos/{todo}/give", {"to": None}).json()
    assert taken["assigned_to"] == str(head)
    given = ask("post", f"/todos/{todo}/give", {"to": str(marketer.public_id)})
    assert given.json()["assigned_to"] == str(marketer)
    nobody = ask("post", f"/todos/{todo}/give", {"to": str(todo)})
    assert "who may do it has this id" in nobody.json()["detail"]
    commands.call_off(todo_id=todo, reason="not needed", by=head, at=AT)
    assert ask("post", f"/todos/{todo}/give", {"to": str(head.public_id)}).status_code == 409
    rules = {"quiet_hours": 9, "wake_into": "todo"}
    assert ask("put", "/rules", rules, **{"If-Match": "5"}).status_code == 409
    assert ask("put", "/rules", rules).json()["revision"] == 1
    assert ask("get", "/rules").json()["quiet_hours"] == 9
    with pytest.raises(commands.NurtureRefused):
        commands.switch_sequence(sequence_id=made["id"], is_on=True, by=head, at=AT + HOUR)
