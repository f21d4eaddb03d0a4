"""Webhooks and whom we may write to, for programs: `/api/notify`."""

from __future__ import annotations

from typing import Any

import pytest

from onefunnel.server.notify.hooks.models import Endpoint
from onefunnel.server.notify.outbox.models import Outgoing, State
from onefunnel.server.record.queries import recent_changes

pytestmark = pytest.mark.django_db
ROOT = "/api/notify"


@pytest.fixture
def ask(signed_in: Any, owner: Any) -> Any:
    """Ask as an owner: `ask("post", "/webhooks", {...})`."""
    client = signed_in(owner)

    def asked(method: str, path: str, body: Any = None) -> Any:
        more = {} if body is None else {"data": body, "content_type": "application/json"}
        return getattr(client, method)(f"{ROOT}{path}", **more)

    return asked


def test_an_endpoint_is_added_paused_changed_and_removed(ask: Any) -> None:
    sent = {"label": "ours", "url": "https://hooks.example.com/in", "kinds": ["run.lead-entered"]}
    made = ask("post", "/webhooks", sent)
    assert made.status_code == 201, made.content
    endpoint = made.json()
    assert endpoint["secret"].startswith("whsec_")
    (listed,) = ask("get", "/webhooks").json()
    assert listed == {name: value for name, value in endpoint.items() if name != "secret"}

    path = f"/webhooks/{endpoint['id']}"
    paused = ask("patch", path, {"is_on": False, "revision": endpoint["revision"]}).json()
    assert (paused["is_on"], paused["url"], paused["kinds"]) == (False, sent["url"], sent["kinds"])
    assert ask("post", f"{path}/test").status_code == 422
    late = ask("patch", path, {"is_on": True, "revision": endpoint["revision"]})
    assert late.status_code == 409
    assert ask("patch", path, {"is_on": True, "label": "theirs"}).json()["label"] == "theirs"
    assert ask("patch", path, {"url": "http://127.0.0.1/"}).status_code == 422
    renewed = ask("post", f"{path}/secret").json()["secret"]
    assert renewed not in ("", endpoint["secret"])
    kinds = [one.kind for one in recent_changes(room="notify")]
    assert kinds.count("notify.endpoint-changed") == 2

    assert ask("delete", path).status_code == 204
    assert ask("delete", path).status_code == 404
    assert not Endpoint.objects.exists()


def test_what_was_sent_is_told_and_sent_again(ask: Any) -> None:
    made = ask("post", "/webhooks", {"label": "ours", "url": "https://hooks.example.com/in"})
    path = f"/webhooks/{made.json()['id']}"
    assert ask("post", f"{path}/test").status_code == 202
    messages = ask("get", f"{path}/messages").json()
    tested = next(one for one in messages if one["kind"] == "notify.endpoint-tested")
    assert tested["state"] == "waiting"
    again = f"/messages/{tested['id']}/again"
    assert "waits already" in ask("post", again).json()["detail"]
    Outgoing.objects.filter(public_id=tested["id"]).update(
        state=State.FAILED, ended_at=tested["made_at"], reason="no"
    )
    assert ask("post", again).status_code == 202
    assert ask("get", f"{path}/messages").json()[0]["state"] == "waiting"


def test_a_basis_is_recorded_and_asked_for(ask: Any) -> None:
    body = {"address": "Ada@X.example", "purpose": "nurture", "ground": "consent",
            "source": "the form", "wording": "v1"}  # fmt: skip
    assert ask("post", "/basis", body).status_code == 201
    assert ask("post", "/basis", {**body, "address": "nobody"}).status_code == 422
    assert ask("post", "/basis", {**body, "ground": "luck"}).status_code == 422
    about = ask("post", "/addresses/look", {"address": "ada@x.example"}).json()
    assert (about["is_listed"], about["why"]) == (False, "")
    assert [(one["purpose"], one["ground"], one["wording"]) for one in about["basis"]] == [
        ("nurture", "consent", "v1")
    ]


def test_the_list_is_counted_added_to_and_brought_in(ask: Any) -> None:
    assert ask("post", "/suppression", {"address": "ada@x.example"}).json() == {"is_new": True}
    assert ask("post", "/suppression", {"address": "ADA@x.example"}).json() == {"is_new": False}
    text = "e-mail\nada@x.example\nbob@x.example\nnobody\n"
    done = ask("post", "/suppression/list", {"text": text}).json()
    assert done == {"added": 1, "known": 1, "bad_lines": [4]}
    assert ask("post", "/suppression/list", {"text": "nothing"}).status_code == 422
    listed = ask("get", "/suppression")
    assert (listed.json()["count"], listed.json()["next"]) == (2, None)
    assert sorted(one["why"] for one in listed.json()["entries"]) == ["brought-in", "objected"]
    assert b"@" not in listed.content
    assert ask("post", "/addresses/look", {"address": "bob@x.example"}).json()["is_listed"]


def test_more_than_a_request_takes_is_said_in_words(ask: Any) -> None:
    answer = ask("post", "/suppression/list", {"text": "a@example.com\n" * 480_000})
    assert answer.status_code == 413
    assert "send it in parts" in answer.json()["detail"]
