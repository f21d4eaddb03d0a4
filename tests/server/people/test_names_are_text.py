"""T39, this room's share: what people type is shown as text wherever it appears."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from onefunnel.server.notify.commands import send
from onefunnel.server.people import commands, keys
from onefunnel.server.people.models import Person

pytestmark = pytest.mark.django_db

PAYLOADS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "' onmouseover='alert(1)",
    "{{1234*4321}}{% load x %}",
    "</title><script>alert(1)</script>",
)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_names_labels_and_notices_are_text(signed_in: Any, owner: Person, payload: str) -> None:
    now = timezone.now()
    commands.save_profile(person=owner, name=payload, time_zone="", at=now)
    commands.save_workspace(by=owner, at=now, name=payload)
    keys.make_key(label=payload, scope="read", days=None, by=owner, at=now)
    send(to=[owner], title=payload, text=payload, at=now, key="x")
    client = signed_in(owner)
    for path in (
        "/",
        "/settings/people/",
        "/settings/keys/",
        "/settings/workspace/",
        "/inbox/",
        "/settings/changes/",
        "/settings/profile/",
        "/nothing/",
    ):
        page = client.get(path).content.decode()
        for raw in ("<script>alert", "<img src=x", "<svg onload", "' onmouseover='"):
            assert raw not in page, path
    assert "5332114" not in client.get("/settings/profile/").content.decode()
