"""API keys: scopes, end, whose rights; and that their secret is nowhere."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from ninja import Router

from onefunnel.server.people import keys
from onefunnel.server.people.models import ApiKey, Person
from onefunnel.server.record.models import Event

pytestmark = pytest.mark.django_db


def bearer(secret: str) -> dict[str, str]:
    return {"HTTP_AUTHORIZATION": f"Bearer {secret}"}


def a_key(person: Person, scope: str = "read", days: int | None = 90) -> str:
    return keys.make_key(label="test", scope=scope, days=days, by=person, at=timezone.now())[1]


def test_a_key_says_whose_it_is(client: Any, marketer: Person) -> None:
    answer = client.get("/api/people/me", **bearer(a_key(marketer)))
    assert answer.status_code == 200
    assert answer.json()["name"] == "Mia Marsh"


def test_a_signed_in_browser_needs_no_key(signed_in: Any, seller: Person) -> None:
    assert signed_in(seller).get("/api/people/me").json()["team"] == "sales"


@pytest.mark.parametrize("secret", ["", "of_live_", "of_live_wrong", "x" * 51, "of_live_\x00é"])
def test_nobody_gets_401(client: Any, marketer: Person, secret: str) -> None:
    a_key(marketer)
    assert client.get("/api/people/me", **bearer(secret)).status_code == 401
    assert client.get("/api/people/me").status_code == 401


def test_a_key_that_may_read_does_not_write(client: Any, marketer: Person) -> None:
    """Decided by the method at the door: even where no operation would check."""
    from django.test import RequestFactory
    from ninja.errors import HttpError

    from onefunnel.server.people.api_auth import KeyAuth

    for method in ("post", "put", "patch", "delete"):
        request = getattr(RequestFactory(), method)("/api/x")
        with pytest.raises(HttpError, match="may only read"):
            KeyAuth().authenticate(request, a_key(marketer, "read"))
        assert KeyAuth().authenticate(request, a_key(marketer, "write")) == marketer


def test_an_ended_or_expired_key_or_one_of_somebody_gone_is_unknown(marketer: Person) -> None:
    now = timezone.now()
    ended, expired, gone = a_key(marketer), a_key(marketer, days=30), a_key(marketer, days=None)
    key = ApiKey.objects.get(digest=keys.tokens.digest(ended))
    assert keys.revoke_key(public_id=str(key.public_id), by=marketer, at=now)
    assert keys.use_key(secret=ended, at=now) is None
    assert keys.use_key(secret=expired, at=now + timedelta(days=29)) is not None
    assert keys.use_key(secret=expired, at=now + timedelta(days=31)) is None
    Person.objects.filter(pk=marketer.pk).update(is_active=False)
    assert keys.use_key(secret=gone, at=now) is None


def test_last_used_is_kept_to_the_minute(marketer: Person, now: datetime) -> None:
    secret = a_key(marketer)
    for seconds, kept in ((0, 0), (30, 0), (90, 90)):
        keys.use_key(secret=secret, at=now + timedelta(seconds=seconds))
        assert ApiKey.objects.get().last_used_at == now + timedelta(seconds=kept)


def test_one_cannot_end_anothers_key_but_an_owner_can(
    marketer: Person, seller: Person, owner: Person
) -> None:
    a_key(marketer)
    key = str(ApiKey.objects.get().public_id)
    assert not keys.revoke_key(public_id=key, by=seller, at=timezone.now())
    assert keys.revoke_key(public_id=key, by=owner, at=timezone.now())


def test_the_page_shows_a_new_key_once_and_stores_only_its_digest(
    signed_in: Any, marketer: Person
) -> None:
    client = signed_in(marketer)
    page = client.post("/settings/keys/", {"label": "sheet", "scope": "read", "days": "90"})
    secret = page.context["secret"]
    assert secret in page.content.decode()
    assert secret not in client.get("/settings/keys/").content.decode()
    assert secret not in str(ApiKey.objects.values().get())
    assert secret not in str(list(Event.objects.values()))


def test_every_operation_declares_its_refusals(signed_in: Any, marketer: Person) -> None:
    schema = signed_in(marketer).get("/api/openapi.json").json()
    assert schema["paths"]
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            assert {"401", "403", "422"} <= set(operation["responses"]), (method, path)


def test_the_documentation_is_for_people_signed_in_and_stays_offline(
    client: Any, marketer: Person
) -> None:
    assert client.get("/api/docs").status_code == 302
    client.force_login(marketer)
    page = client.get("/api/docs").content.decode()
    assert "swagger-ui-bundle.js" in page
    assert "//cdn" not in page


def test_a_key_reads_the_documentation_too(client: Any, marketer: Person) -> None:
    sent = {"Authorization": f"Bearer {a_key(marketer)}"}
    for path in ("/api/openapi.json", "/api/docs"):
        assert client.get(path, headers=sent).status_code == 200
        assert client.get(path, headers={"Authorization": "Bearer of_live_no"}).status_code == 302


def test_what_nobody_asked_for_is_refused_by_its_name(client: Any, marketer: Person) -> None:
    sent = {"Authorization": f"Bearer {a_key(marketer, scope='write')}"}
    answer = client.post(
        "/api/run/leads", {"name": "Ada", "colour": "red"}, "application/json", headers=sent
    )
    (told,) = answer.json()["detail"]
    assert answer.status_code == 422
    assert "“colour”" in told["msg"]


def test_a_router_is_what_rooms_hand_in() -> None:
    from onefunnel.server.people.api import router

    assert isinstance(router, Router)
