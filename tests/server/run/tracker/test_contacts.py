"""A contact with a lead is noted: a touch with its team, once, and an event."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from onefunnel.server.record.queries import recent_changes
from onefunnel.server.run.tracker import commands
from onefunnel.server.warehouse import queries as warehouse
from onefunnel.server.warehouse.commands import refresh_copy
from onefunnel.server.warehouse.models import FactTouches, Import, Source
from tests.conftest import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("agreed")]


def living() -> list[tuple[object, ...]]:
    rows = FactTouches.objects.filter(replaced_by=None).order_by("id")
    return list(rows.values_list("lead_id", "kind", "channel", "team"))


def test_a_contact_is_a_touch_of_the_team(marketer: Any, seller: Any) -> None:
    lead = commands.enter_lead(fields={"name": "Ada"}, by=marketer, at=NOW).lead_id
    commands.note_contact(lead_id=lead, kind="called", by=seller, at=NOW)
    commands.note_contact(lead_id=lead, kind="called", by=seller, at=NOW + timedelta(seconds=1))
    commands.note_contact(lead_id=lead, kind="met", by=seller, at=NOW + timedelta(hours=1))
    assert living() == [(lead, "called", "call", "sales"), (lead, "met", "meeting", "sales")]
    noted = [one for one in recent_changes(room="run") if one.kind == "run.lead-contacted"]
    assert len(noted) == 2


def test_what_cannot_be_noted_is_refused(marketer: Any, seller: Any, make_person: Any) -> None:
    viewer = make_person("Vic Vale", team="sales", role="viewer")
    lead = commands.enter_lead(fields={"name": "Ada"}, by=marketer, at=NOW).lead_id
    with pytest.raises(commands.BadField, match="no kind of contact"):
        commands.note_contact(lead_id=lead, kind="thought of", by=seller, at=NOW)
    with pytest.raises(commands.NoSuchLead):
        commands.note_contact(lead_id="nobody", kind="called", by=seller, at=NOW)
    with pytest.raises(PermissionDenied):
        commands.note_contact(lead_id=lead, kind="called", by=viewer, at=NOW)
    assert living() == []


def test_programs_and_the_page_note_it_too(api: Any, signed_in: Any, seller: Any) -> None:
    lead = api("post", "/leads", {"name": "Ada"}).json()["lead_id"]
    assert api("post", f"/leads/{lead}/contacts", {"kind": "wrote"}).status_code == 201
    assert api("post", f"/leads/{lead}/contacts", {"kind": "x"}).status_code == 422
    assert api("post", "/leads/nobody/contacts", {"kind": "wrote"}).status_code == 404
    answer = signed_in(seller).post(f"/run/contact-lead/{lead}/", {"kind": "called"})
    assert (answer.status_code, answer["Location"]) == (302, f"/run/leads/{lead}/")
    assert [kind for _, kind, _, _ in living()] == ["wrote", "called"]


def test_taken_back_it_is_no_contact_any_more_and_the_log_says_so(
    marketer: Any, seller: Any, make_person: Any
) -> None:
    lead = commands.enter_lead(fields={"name": "Ada"}, by=marketer, at=NOW).lead_id
    touch = commands.note_contact(lead_id=lead, kind="called", by=seller, at=NOW)
    other = make_person("Sue Sand", team="sales")
    with pytest.raises(PermissionDenied):
        commands.take_back_contact(lead_id=lead, touch_id=touch, by=other, at=NOW)
    for _ in range(2):
        kind = commands.take_back_contact(lead_id=lead, touch_id=touch, by=seller, at=NOW)
        assert kind == "called"
    assert living() == [(lead, "called, taken back", None, "sales")]
    kinds = [one.kind for one in recent_changes(room="run")]
    assert kinds[:2] == ["run.contact-taken-back", "run.lead-contacted"]
    with pytest.raises(commands.NoSuchContact):
        commands.take_back_contact(lead_id="nobody", touch_id=touch, by=seller, at=NOW)
    # it was no mistake after all
    assert commands.note_contact(lead_id=lead, kind="called", by=seller, at=NOW) == touch
    assert living() == [(lead, "called", "call", "sales")]
    assert next(iter(recent_changes(room="run"))).kind == "run.lead-contacted"
    head = make_person("Hed Hand", team="sales", role="lead")
    commands.take_back_contact(lead_id=lead, touch_id=touch, by=head, at=NOW)
    assert living()[0][1] == "called, taken back"


def test_attempts_do_not_count_what_was_taken_back(
    marketer: Any, seller: Any, workspace: Any
) -> None:
    lead = commands.enter_lead(fields={"name": "Ada"}, by=marketer, at=NOW).lead_id
    for kind in ("called", "met"):
        commands.note_contact(lead_id=lead, kind=kind, by=seller, at=NOW)
    touch = warehouse.touches_of_leads([lead])[lead][0]
    commands.take_back_contact(lead_id=lead, touch_id=str(touch["touch_id"]), by=seller, at=NOW)
    refresh_copy(at=NOW)
    touches = warehouse.current_facts()["touches"]
    timed = touches.filter(touches["at"] <= NOW.replace(tzinfo=None))  # what every promise asks
    assert timed["kind"].to_pyarrow().to_pylist() == ["met"]


def test_the_page_offers_to_take_it_back_and_programs_can(
    api: Any, signed_in: Any, seller: Any
) -> None:
    lead = api("post", "/leads", {"name": "Ada"}).json()["lead_id"]
    client = signed_in(seller)
    page = client.post(f"/run/contact-lead/{lead}/", {"kind": "called"}, follow=True)
    undo = re.search(rf"/run/contact-lead/{lead}/undo/[0-9a-f-]+/", page.content.decode())
    assert undo is not None
    assert client.post(undo[0])["Location"] == f"/run/leads/{lead}/"
    assert [kind for _, kind, _, _ in living()] == ["called, taken back"]
    noted = api("post", f"/leads/{lead}/contacts", {"kind": "wrote"}).json()
    path = f"/leads/{lead}/contacts/{noted['touch_id']}"
    assert api("delete", path).json()["kind"] == "wrote"
    assert api("delete", f"/leads/{lead}/contacts/{lead}").status_code == 404
    assert [kind for _, kind, _, _ in living()] == ["called, taken back", "wrote, taken back"]


def test_what_an_import_brought_cannot_be_taken_back(marketer: Any, make_person: Any) -> None:
    head = make_person("Hedda Holm", team="marketing", role="lead")
    lead = commands.enter_lead(fields={"name": "Ada"}, by=marketer, at=NOW).lead_id
    touch = commands.note_contact(lead_id=lead, kind="called", by=marketer, at=NOW)
    crm = Source.objects.create(name="CRM", created_at=NOW)
    theirs = Import.objects.create(source=crm, created_at=NOW, status=Import.Status.DONE)
    FactTouches.objects.update(import_id=theirs.pk)
    with pytest.raises(commands.NoSuchContact):
        commands.take_back_contact(lead_id=lead, touch_id=touch, by=head, at=NOW)
    assert [kind for _, kind, _, _ in living()] == ["called"]
