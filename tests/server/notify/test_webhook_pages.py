"""Webhooks in the settings: added, tried, changed, removed; by who may."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import pytest

from onefunnel.server.notify.hooks.models import Endpoint
from onefunnel.server.notify.outbox.models import Outgoing, State
from onefunnel.server.people.models import Person
from tests.server.notify.test_webhooks import URL, Receiver, add

pytestmark = pytest.mark.django_db
SENT = {"label": "Our <chat>", "url": URL, "kinds": ["run.lead-moved", "run.lead-entered"]}


def test_added_tested_and_sent_again_on_the_pages(signed_in: Any, operations: Person) -> None:
    client = signed_in(operations)
    assert "There is no webhook yet" in client.get("/settings/webhooks/").content.decode()
    page = client.get("/settings/webhooks/new/").content.decode()
    assert "A promise was broken" in page
    shown = client.post("/settings/webhooks/new/", SENT).content.decode()
    secret = re.search(r"whsec_[A-Za-z0-9+/=]+", shown)
    assert secret is not None
    endpoint = Endpoint.objects.get()
    path = f"/settings/webhooks/{endpoint.public_id}/"
    assert secret[0] not in client.get(path).content.decode()
    assert client.post(f"{path}try/").status_code == 302
    message = Outgoing.objects.get()
    receiver = Receiver(400)
    receiver.take(message.due_at)
    assert "answered 400" in client.get(path).content.decode()
    Outgoing.objects.update(state=State.FAILED, ended_at=message.due_at)
    again = client.post(
        "/settings/outgoing/again/", {"message": str(message.public_id), "from": "endpoint"}
    )
    assert again["Location"] == path
    receiver.take(Outgoing.objects.get().due_at)
    assert receiver.told(1)["type"] == "notify.endpoint-tested"
    assert "Our &lt;chat&gt;" in client.get("/settings/webhooks/").content.decode()
    renewed = client.post(f"{path}secret/").content.decode()
    assert secret[0] not in renewed
    assert "whsec_" in renewed
    client.post(f"{path}remove/")
    assert not Endpoint.objects.exists()


def test_changed_on_the_page_and_what_cannot_be_stays_written(
    signed_in: Any, operations: Person
) -> None:
    client = signed_in(operations)
    client.post("/settings/webhooks/new/", SENT)
    path = f"/settings/webhooks/{Endpoint.objects.get().public_id}/"
    bad = client.post(path, SENT | {"url": "http://x.example/", "revision": "0", "is_on": "yes"})
    assert (bad.status_code, "Only https" in bad.content.decode()) == (422, True)
    assert "http://x.example/" in bad.content.decode()
    assert client.post("/settings/webhooks/new/", SENT | {"label": ""}).status_code == 422
    client.post(path, SENT | {"revision": "0", "label": "Off"})
    assert (Endpoint.objects.get().label, Endpoint.objects.get().is_on) == ("Off", False)
    assert "Switched off by hand" in client.get(path).content.decode()
    assert client.post(path, SENT | {"revision": "0"}).status_code == 422


def test_who_may_not_is_refused(
    signed_in: Any, owner: Person, seller: Person, now: datetime
) -> None:
    endpoint, _ = add(owner, now)
    client = signed_in(seller)
    path = f"/settings/webhooks/{endpoint.public_id}/"
    for one in ("/settings/webhooks/", "/settings/webhooks/new/", path):
        assert client.get(one).status_code == 403
    for one in (
        "/settings/webhooks/new/",
        path,
        *(f"{path}{deed}/" for deed in ("secret", "try", "remove")),
    ):
        assert client.post(one, SENT).status_code == 403
    client.force_login(owner)
    missing = "/settings/webhooks/01890a5d-ac96-774b-bcce-b302099a8057/"
    assert client.get(missing).status_code == 404
    for deed in ("secret", "try", "remove"):
        assert client.post(f"{missing}{deed}/").status_code == 404
