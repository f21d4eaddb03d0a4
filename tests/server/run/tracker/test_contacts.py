"""A contact with a lead is noted: a touch with its team, once, and an event."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from onefunnel.server.record.queries import recent_changes
from onefunnel.server.run.tracker import commands
from onefunnel.server.warehouse.models import FactTouches
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
