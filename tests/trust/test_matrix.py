"""T36: every route, asked by every role for what is its own, of others, and not there.

What is right stands beside each view (`who_may`); here every route is read from the URL resolver
and from the API, asked, and its answer compared with that. A route that says nothing fails, and is
closed to everybody meanwhile (people/middleware.py).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.utils import timezone

from onefunnel.server.agree.drafts.commands import hand_in
from onefunnel.server.agree.drafts.queries import round_going_on
from onefunnel.server.agree.models import Draft
from onefunnel.server.people.access import ANYBODY, READING, Access
from onefunnel.server.people.models import Person, Team
from onefunnel.server.people.rules import RULES, may
from onefunnel.server.warehouse.columns import reading
from onefunnel.server.warehouse.commands import refresh_copy
from onefunnel.server.warehouse.events import rows_recorded
from tests.trust.bodies import body_of
from tests.trust.cast_of_roles import CAST, KEYS, ROLES, World, make_world, nothing, taken_back
from tests.trust.routes import Part, Route, operations, pages

pytestmark = pytest.mark.django_db  # the module's own transaction lies around that of each test

PAGES, OPERATIONS = pages(), operations()
OWN, OTHERS, MISSING = "own", "of others", "missing"

#: Asked by everybody, not only by the first who may.
ALL_ROLES = "ONEFUNNEL_PAGES" in os.environ

#: The thing that a part of an address names, by what stands before it.
THINGS = {
    "settings/people/": "person", "settings/invitations/": "invitation",
    "settings/webhooks/": "webhook", "api/notify/webhooks/": "webhook",
    "agree/versions/": "version", "plan/objectives/": "objective", "plan/items/": "work",
    "api/plan/objectives/": "objective",
    "measure/credit/tests/": "test",
    "agree/disputes/": "dispute", "api/agree/disputes/": "dispute", "run/leads/": "lead",
    "run/change-lead/": "lead", "run/move-lead/": "lead", "run/contact-lead/": "lead",
    "run/won-lead/": "lead", "run/take-back-deal/": "lead",
    "api/run/leads/": "lead", "run/moved/": "bulk", "run/capture/form/": "form",
    "run/forms/": "form", "api/run/forms/": "form", "run/accounts/": "account",
    "data/imports/": "import", "api/data/imports/": "import", "data/duplicates/": "pair",
    "api/data/duplicates/": "pair", "api/notify/messages/": "message",
    "run/nurture/": "sequence", "api/run/nurture/sequences/": "sequence",
    "run/nurture/entered/": "batch", "api/run/nurture/entered/": "batch",
    "run/nurture/lead/": "enrolment", "api/run/nurture/leads/": "enrolment",
    "data/duplicates/merges/": "merge", "api/data/duplicates/merges/": "merge",
}  # fmt: skip
#: Names of the program itself, the same for everybody.
NAMES = {
    "agree/templates/": "aida", "measure/": "stages", "api/measure/": "stages", "kind": "svg",
    "slug": "stages", "place": 0, "file": 0, "revision": 1,
    "run/nurture/lead/<uuid:enrolment_id>/": "pause", "run/todo/<uuid:todo_id>/": "take",
}  # fmt: skip
#: What else an address says where it would say nothing.
WORDS = {
    "measure/list/": "?measure=stages&figure=leads",
    "measure/list.csv": "?measure=stages&figure=leads",
    "run/capture/form/<slug:slug>/leads/": "?what=asked&field=email",
    "api/measure/{name}/list": "?figure=leads",
}
#: Lists and files that a workspace without data and files has not: a 404 to whoever may ask.
NOT_THERE = (
    "effect/list/", "at-once/list/", "drafts/last/<slug:team>/", "replay/list/", "evidence/",
    "templates/<slug:name>/list/", "refused.csv", "mapping.yaml", "columns/<int:place>/",
    "accounts/<path:account_id>/",
)  # fmt: skip
#: Where a contact of a lead is taken back.
CONTACTS = (
    "run/contact-lead/<path:lead_id>/undo/<uuid:touch_id>/",
    "api/run/leads/{path:lead_id}/contacts/{touch_id}",
)
#: What entered a sequence together is taken out again.
ENTERED = ("run/nurture/entered/<uuid:batch_id>/undo/", "api/run/nurture/entered/{batch_id}")
#: One that is not on yet is whose who may write it; one that is on, whose who may switch it.
SEQUENCES = ("run/nurture/", "api/run/nurture/sequences/")
#: The teams that write the drafts of the round.
DRAFTING = ("marketing", "sales")
#: Links that are a proof by themselves: there is none that is one's own by being somebody.
PROOFS = frozenset({"token"})


@pytest.fixture(scope="module")
def world(
    django_db_setup: None, django_db_blocker: object, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """Everybody, and a thing of each kind; all of it taken back at the end."""
    before, here = settings.WORKSPACE, tmp_path_factory.mktemp("matrix")
    with pytest.MonkeyPatch.context() as patch, django_db_blocker.unblock():
        patch.setattr(rows_recorded, "send", lambda **_: [])
        settings.WORKSPACE = here
        with taken_back():
            made = make_world()
            refresh_copy(at=timezone.now())  # whichever test comes first
            yield made
        settings.WORKSPACE = before
        reading._copies.pop(Path(here) / "columns", None)


def test_every_route_says_who_may() -> None:
    silent = [route.path for route in (*PAGES, *OPERATIONS) if route.access is None]
    assert not silent, f"say @who_may(...) beside the view of {silent}"
    assert len(PAGES) > 120
    assert len(OPERATIONS) > 35


def test_who_may_only_look_changes_nothing_but_what_is_their_own() -> None:
    """A deed that viewers may do too is no deed to change something by, but one's own settings."""
    viewer = Person(role="viewer", team=Team.SALES)
    for route in OPERATIONS:
        assert route.access
        for method in set(route.methods) - READING:
            deed = route.access.deed(method)
            assert deed in RULES, route.path
            assert not may(viewer, deed), route.path


@pytest.mark.parametrize("role", ROLES)
def test_pages_answer_each_role_as_they_say(world: World, role: str) -> None:
    wrong = [said for route in PAGES for said in _wrong(world, route, role)]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("role", ROLES)
def test_the_api_answers_each_role_as_it_says(world: World, role: str) -> None:
    wrong = [said for route in OPERATIONS for said in _wrong(world, route, role)]
    assert not wrong, "\n".join(wrong)


def _wrong(world: World, route: Route, role: str) -> Iterator[str]:
    for method in route.methods:
        for whose in (OWN, OTHERS, MISSING):
            if not _is_worth_asking(world, route, role, whose, method):
                continue
            named = _named(world, route, role, whose, method)
            if named is None:
                continue
            address = route.address(named) + WORDS.get(route.path, "")
            expected = _expected(world, route, role, whose, method)
            answer = _asked(world, route, role, method, address)
            if problem := expected(answer):
                yield f"{role} {method} {route.path} ({whose}): {answer.status_code}, {problem}"


def _is_worth_asking(world: World, route: Route, role: str, whose: str, method: str) -> bool:
    """Every refusal is asked for; what several may, of the first of them (`make nightly`: all)."""
    access, person = route.access, world.person(role)
    assert access is not None
    deed = access.deed(method)
    if ALL_ROLES or person is None or (whose != MISSING and access.others(method) != "like own"):
        return True
    if role in world.secrets:  # a key is another way in, asked by way of what is cheap
        return not route.operation or method not in READING or "people/me" in route.path
    if deed in RULES and not may(person, deed):
        return True
    first = next(one for one in CAST if deed not in RULES or may(world.people[one], deed))
    return role == first


def _asked(world: World, route: Route, role: str, method: str, address: str) -> HttpResponse:
    client = world.client(role)
    body = body_of(route.path, method) if route.operation else {}
    with taken_back():
        _prepare(world, route)
        return client.generic(
            method,
            address,
            **body,
        )


def _prepare(world: World, route: Route) -> None:
    """The drafts are compared once both are handed in; until then nobody sees the other's."""
    if "drafts/compare/" in route.path:
        for draft in Draft.objects.filter(round=round_going_on()):
            hand = Person.objects.filter(team=draft.team, role="member", is_active=True).first()
            hand_in(draft_id=draft.pk, by=hand, at=world.people["owner"].joined_at)


Check = Callable[[HttpResponse], str]


def _expected(world: World, route: Route, role: str, whose: str, method: str) -> Check:
    """What is wrong with an answer, in words; empty where it is as the route says."""
    access, person, is_api = route.access, world.person(role), bool(route.operation)
    assert access is not None
    deed = access.deed(method)
    if deed == ANYBODY:
        return _is(404, 403, 405, 410) if whose == MISSING else _is_open
    if person is None or (role in world.secrets and not is_api):
        return _is(401) if is_api else _is_sent_to_sign_in
    if is_api and KEYS.get(role) == "read" and method not in READING:
        return _is(403)
    if deed in RULES and not may(person, deed):
        return _is(403, 405)
    if whose == OTHERS and not (access.unless and may(person, access.unless)):
        return {"unknown": _is(404, 405), "refused": _is(403, 405)}[access.others(method)]
    if whose == MISSING:
        return _is(404, 405, *((200,) if _makes_it(route) else ()))
    is_there = route.parts and not route.path.endswith(NOT_THERE)
    return _is_answered if is_there else _is_not_refused


def _makes_it(route: Route) -> bool:
    """Whether asking for what is not there makes it: PUT of the API."""
    return "PUT" in route.methods


def _is(*statuses: int) -> Check:
    return lambda answer: "" if answer.status_code in statuses else f"not {statuses}"


def _is_open(answer: HttpResponse) -> str:
    """Nobody is asked who they are; the view may still refuse the site, or there is no demo."""
    return "asks who it is" if _sign_in(answer) or answer.status_code == 401 else ""


def _is_not_refused(answer: HttpResponse) -> str:
    if answer.status_code in (401, 403) or answer.status_code >= 500:
        return f"refused or broken: {answer.content[:300]!r}"
    return "sent to sign in" if _sign_in(answer) else ""


def _is_answered(answer: HttpResponse) -> str:
    if answer.status_code == 404:
        return "not there"
    return _is_not_refused(answer)


def _is_sent_to_sign_in(answer: HttpResponse) -> str:
    return "" if _sign_in(answer) else "not sent to sign in"


def _sign_in(answer: HttpResponse) -> bool:
    return answer.status_code == 302 and answer["Location"].startswith("/sign-in/")


def _named(
    world: World, route: Route, role: str, whose: str, method: str
) -> dict[str, object] | None:
    """The parts of an address filled in; None where there is nothing of that kind to ask for."""
    access, parts = route.access, route.parts
    if whose != OWN and not parts:
        return None
    assert access is not None
    if whose == OTHERS and (
        access.others(method) == "like own" or not _has_others(world, route, role)
    ):
        return None
    if whose == OWN and not _has_own(world, route, role):
        return None
    named: dict[str, object] = {}
    for at, part in enumerate(parts):
        if at == 0 and whose == MISSING:
            named[part.name] = nothing(_kind_of(part))
        else:
            named[part.name] = _thing(world, part, role, whose, access.deed(method), access)
    return named


def _has_own(world: World, route: Route, role: str) -> bool:
    """Whether the person has a thing of that kind: a viewer keeps no view, one team drafts none."""
    person = world.person(role) or world.people["rep"]
    for part in route.parts[:1]:
        if part.name in PROOFS:
            return False
        if part.name == "team" and part.before.startswith("agree/"):
            return person.team in DRAFTING
        if part.name == "view_id":
            return person.name in world.views
        if part.before == "settings/keys/":
            return person.name in world.keys
        if route.path in (*CONTACTS, *ENTERED):
            return person == world.people["rep"]
        if part.before == "run/moved/" and route.path.endswith("undo/"):
            return person == world.people["rep"]
    return True


def _has_others(world: World, route: Route, role: str) -> bool:
    """Whether somebody else has one: the only move, contact and entering were the rep's."""
    is_one = route.path in (*CONTACTS, *ENTERED) or any(
        part.before == "run/moved/" for part in route.parts
    )
    return not is_one or world.person(role) != world.people["rep"]


def _kind_of(part: Part) -> str:
    is_id = part.kind == "uuid" or (part.name.endswith("_id") and part.kind == "str")
    return "uuid" if is_id else part.kind


def _thing(world: World, part: Part, role: str, whose: str, deed: str, access: Access) -> object:
    person = world.person(role) or world.people["rep"]
    if part.name in PROOFS:
        return "no-proof"
    if part.name == "handover_id":
        return world.handovers[_teams_of(person, whose, deed)]
    if part.name == "team":
        return _team_of(person, whose, part)
    if part.name == "touch_id":
        return world.things["contact"]
    if part.name == "todo_id":
        others = next(team for team in world.todos if team != person.team)
        return world.todos[others if whose == OTHERS else person.team]
    if part.name == "view_id":
        return world.views[_somebody_else(person) if whose == OTHERS else person.name]
    if part.before == "settings/keys/":
        return world.keys[_somebody_else(person) if whose == OTHERS else person.name]
    if part.before in SEQUENCES and access.unless == "switch sequences" and whose == OWN:
        return world.things["draft of a sequence"]
    if part.before in THINGS:
        return world.things[THINGS[part.before]]
    if part.before in NAMES:
        return NAMES[part.before]
    return NAMES[part.name]


def _teams_of(person: Person, whose: str, deed: str) -> tuple[str, str]:
    """The two teams of a handover of the person's, by the side that the deed is of."""
    if whose == OTHERS:
        first, second = [
            team for team in ("marketing", "sales", "accounts_and_service") if team != person.team
        ][:2]
        return first, second
    elsewhere = "marketing" if person.team != "marketing" else "sales"
    return (person.team, elsewhere) if deed == "hand over leads" else (elsewhere, person.team)


def _somebody_else(person: Person) -> str:
    return "rep" if person.name != "rep" else "rep of the other team"


def _team_of(person: Person, whose: str, part: Part) -> str:
    if whose != OTHERS:
        return person.team
    teams = DRAFTING if part.before.startswith("agree/") else ("marketing", "sales")
    return next(team for team in teams if team != person.team)
