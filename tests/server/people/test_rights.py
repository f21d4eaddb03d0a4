"""Who may do what: the table, and the pages that keep to it."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone
from ninja import Router
from ninja.testing import TestClient

from onefunnel.server.people import commands
from onefunnel.server.people.access import SIGNED_IN, who_may
from onefunnel.server.people.models import Person, Role, Team
from onefunnel.server.people.rules import RULES, deeds_of, may, require
from onefunnel.server.record.models import Event
from onefunnel.server.site.api import OnefunnelAPI

pytestmark = pytest.mark.django_db


def test_the_owner_may_do_everything(owner: Person) -> None:
    assert deeds_of(owner) == set(RULES)


def test_a_viewer_sees_numbers_and_nothing_else(outsider: Person) -> None:
    assert deeds_of(outsider) == {"see numbers"}


def test_operations_imports_and_marketing_does_not(operations: Person, marketer: Person) -> None:
    assert may(operations, "import data")
    assert not may(marketer, "import data")


def test_a_viewer_of_operations_stays_a_viewer() -> None:
    assert not may(Person(team=Team.OPERATIONS, role=Role.VIEWER), "import data")


def test_somebody_switched_off_may_nothing(owner: Person) -> None:
    owner.is_active = False
    assert deeds_of(owner) == set()
    assert not may(None, "see numbers")


def test_an_unknown_deed_is_a_fault_of_the_program(owner: Person) -> None:
    with pytest.raises(KeyError):
        may(owner, "fly")


def test_a_refusal_names_the_deed(outsider: Person) -> None:
    with pytest.raises(PermissionDenied, match="import data"):
        require(outsider, "import data")


PAGES = {
    "/": ("viewer", "member", "operations", "owner"),
    "/inbox/": ("viewer", "member", "operations", "owner"),
    "/settings/profile/": ("viewer", "member", "operations", "owner"),
    "/settings/people/": ("member", "operations", "owner"),
    "/settings/changes/": ("member", "operations", "owner"),
    "/settings/keys/": ("member", "operations", "owner"),
    "/settings/workspace/": ("operations", "owner"),
    "/settings/health/": ("operations", "owner"),
}


@pytest.mark.parametrize("path", PAGES)
def test_pages_keep_to_the_table(
    client: Any, path: str, outsider: Person, marketer: Person, operations: Person, owner: Person
) -> None:
    cast = {"viewer": outsider, "member": marketer, "operations": operations, "owner": owner}
    for who, person in cast.items():
        client.force_login(person)
        answer = client.get(path)
        assert answer.status_code == (200 if who in PAGES[path] else 403), who
        if answer.status_code == 403:
            assert "Your role does not include" in answer.content.decode()
    client.logout()
    assert client.get(path).status_code == 302


@pytest.mark.parametrize(
    "path",
    [
        "/settings/people/",
        "/simulated-company/remove/",
        "/simulated-company/add/",
        "/settings/workspace/",
    ],
)
def test_a_marketer_cannot_post_what_she_cannot_see(
    signed_in: Any, marketer: Person, path: str
) -> None:
    before = (Person.objects.count(), Event.objects.count())
    answer = signed_in(marketer).post(
        path, {"email": "x@example.com", "team": "sales", "role": "owner", "name": "x"}
    )
    assert answer.status_code == 403
    assert (Person.objects.count(), Event.objects.count()) == before


def test_a_member_cannot_change_a_person(signed_in: Any, marketer: Person, seller: Person) -> None:
    path = f"/settings/people/{seller.public_id}/"
    answer = signed_in(marketer).post(path, {"team": "sales", "role": "owner", "is_active": "on"})
    assert answer.status_code == 403
    seller.refresh_from_db()
    assert seller.role == "member"


def test_the_profile_form_takes_no_role(signed_in: Any, marketer: Person) -> None:
    signed_in(marketer).post(
        "/settings/profile/",
        {
            "name": "Mia M.",
            "time_zone": "Asia/Kathmandu",
            "role": "owner",
            "team": "leadership",
            "is_active": "",
            "email": "eve@example.com",
        },
    )
    marketer.refresh_from_db()
    assert (marketer.name, marketer.time_zone) == ("Mia M.", "Asia/Kathmandu")
    assert (marketer.role, marketer.team, marketer.email, marketer.is_active) == (
        "member",
        "marketing",
        "mia@example.com",
        True,
    )


def test_the_last_owner_stays(owner: Person, marketer: Person) -> None:
    with pytest.raises(commands.LastOwner):
        commands.change_person(
            public_id=str(owner.public_id),
            team="sales",
            role="member",
            is_active=True,
            by=owner,
            at=timezone.now(),
        )
    commands.change_person(
        public_id=str(marketer.public_id),
        team="marketing",
        role="owner",
        is_active=True,
        by=owner,
        at=timezone.now(),
    )
    commands.change_person(
        public_id=str(owner.public_id),
        team="sales",
        role="member",
        is_active=True,
        by=owner,
        at=timezone.now(),
    )
    owner.refresh_from_db()
    assert owner.role == "member"


def test_the_page_refuses_the_last_owner_in_words(signed_in: Any, owner: Person) -> None:
    answer = signed_in(owner).post(
        f"/settings/people/{owner.public_id}/", {"team": "sales", "role": "member"}
    )
    assert answer.status_code == 422
    assert "last owner" in answer.content.decode()


def test_an_operation_of_the_api_that_says_nothing_is_refused_to_the_owner(owner: Person) -> None:
    router, below = Router(), Router()

    @below.get("/silent")
    def silent(request: Any) -> str:
        return "open"

    @below.get("/said")
    @who_may(SIGNED_IN)
    def said(request: Any) -> str:
        return "open"

    router.add_router("/below", below)
    api = OnefunnelAPI(urls_namespace="silent")
    api.add_router("/room", router)
    client = TestClient(api)
    assert client.get("/room/below/said", user=owner).json() == "open"
    with pytest.raises(PermissionDenied, match="does not say who may"):
        client.get("/room/below/silent", user=owner)
