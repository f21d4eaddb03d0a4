"""The API of handovers: who may what (T36), strict bodies (T38), refusals as declared."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from onefunnel.server.people.models import Person
from onefunnel.server.run.handovers import api, commands
from onefunnel.server.run.handovers.models import Handover
from tests.server.run.handovers.conftest import CARD, bring

pytestmark = pytest.mark.django_db
ROOT = "/api/run/handovers"
BODIES: dict[str, dict[str, Any]] = {
    "accept": {},
    "reject": {"reason": "no-need", "is_gap": True},
    "return": {"reason": "data-missing", "better": "A number"},
    "recycle": {"wake_on": "2099-01-01"},
    "reply": {"text": "We ask before."},
}
ANSWERS = ("accept", "reject", "return", "recycle")


@pytest.fixture
def cast(make_person: Any) -> dict[str, Person]:
    """Everybody the matrix asks about, by how they stand to a handover of marketing to sales."""
    who = {
        "giver": ("marketing", "member"), "giver's head": ("marketing", "lead"),
        "giver's viewer": ("marketing", "viewer"), "receiver": ("sales", "member"),
        "receiver's head": ("sales", "lead"), "receiver's viewer": ("sales", "viewer"),
        "other team": ("accounts_and_service", "member"), "operations": ("operations", "member"),
        "leader": ("leadership", "lead"), "owner": ("leadership", "owner"),
        "gone": ("sales", "member"),
    }  # fmt: skip
    people = {
        name: make_person(name, team=team, role=role, email=f"p{place}@x.example")
        for place, (name, (team, role)) in enumerate(who.items())
    }
    people["gone"].is_active = False
    people["gone"].save()
    return people


#: How each of the cast stands to the deeds: answering, giving (offer, reply), seeing.
MATRIX = {
    "nobody": (401, 401, 401), "gone": (401, 401, 401),
    "giver": (403, 200, 200), "giver's head": (403, 200, 200), "giver's viewer": (403, 403, 200),
    "receiver": (200, 403, 200), "receiver's head": (200, 403, 200),
    "receiver's viewer": (403, 403, 200),
    "other team": (404, 404, 404), "operations": (404, 404, 404), "leader": (404, 404, 404),
    "owner": (200, 200, 200),
}  # fmt: skip


@pytest.mark.parametrize("who", MATRIX)
def test_who_may_do_what(
    who: str, agreed: None, cast: dict[str, Person], signed_in: Any, client: Any
) -> None:
    """T36 for these routes: role x deed x own, other team, missing."""
    if who != "nobody":
        signed_in(cast[who])
    answering, giving, seeing = MATRIX[who]
    leads = [*ANSWERS, "reply", "offer"]
    bring(*leads)
    made = {
        lead: commands.offer_lead(lead_id=lead, card=CARD, by=cast["giver"], at=timezone.now())
        for lead in leads[:-1]
    }
    commands.reject_handover(
        handover_id=made["reply"].public_id, reason="no-need", is_gap=True,
        by=cast["receiver"], at=timezone.now(),
    )  # fmt: skip
    for deed, expected in (*((one, answering) for one in ANSWERS), ("reply", giving)):
        there, absent = (
            _post(client, f"{ROOT}/{key}/{deed}", BODIES[deed]).status_code
            for key in (made[deed].public_id, "00000000-0000-7000-8000-000000000000")
        )
        assert there == expected, deed
        # who may never do it is told so of whatever is asked for, there or not
        never = 403 if "viewer" in who else 404
        assert absent == (401 if expected == 401 else never), deed
    offered = _post(client, ROOT, {"lead_id": "offer", "card": CARD}).status_code
    assert offered == {200: 201, 404: 403}.get(giving, giving)  # a lead is no secret to a team
    assert client.get(f"{ROOT}/{made['accept'].public_id}").status_code == seeing
    listed = client.get(f"{ROOT}?which=all")
    if seeing == 401:
        assert listed.status_code == 401
    else:
        assert listed.json()["count"] == (0 if seeing == 404 else Handover.objects.count())


def test_every_route_is_in_the_matrix() -> None:
    """A new route of handovers has to be asked about above."""
    routes = {
        (method, path)
        for path, view in api.router.path_operations.items()
        for one in view.operations
        for method in one.methods
    }
    assert routes == {
        ("GET", ""), ("POST", ""), ("GET", "/{handover_id}"),
        *(("POST", f"/{{handover_id}}/{deed}") for deed in BODIES),
    }  # fmt: skip


@pytest.mark.parametrize("deed", [*BODIES, "offer"])
def test_no_field_comes_in_that_is_not_named(
    deed: str, offered: Handover, signed_in: Any, owner: Person
) -> None:
    """T38: every field of the row, and what attackers try, is refused as unknown."""
    client = signed_in(owner)
    body = BODIES.get(deed, {"lead_id": "a", "card": CARD})
    where = ROOT if deed == "offer" else f"{ROOT}/{offered.public_id}/{deed}"
    fields = {field.name for field in Handover._meta.get_fields()}
    fields |= {"role", "is_staff", "owner", "team", "org", "id", "by", "at", "pk"}
    for name in sorted(fields - set(body) - {"clause", "is_gap", "better", "note"}):
        answer = _post(client, where, {**body, name: "x"})
        assert answer.status_code == 422, name
    offered.refresh_from_db()
    assert offered.status == "offered"


def test_refusals_say_what_to_do(
    agreed: None, signed_in: Any, marketer: Person, seller: Person, second_seller: Person
) -> None:
    bring("b", company=None)
    bring("c", email="nobody")
    client = signed_in(marketer)
    lacking = _post(client, ROOT, {"lead_id": "b", "card": CARD})
    assert (lacking.status_code, lacking.json()["missing"]) == (422, ["company"])
    failing = _post(client, ROOT, {"lead_id": "c", "card": CARD})
    assert (failing.status_code, len(failing.json()["clauses"])) == (422, 1)
    assert _post(client, ROOT, {"lead_id": "x", "card": CARD}).status_code == 404
    assert _post(client, ROOT, {"lead_id": "b", "card": "x"}).status_code == 422
    bring("a")
    made = _post(client, ROOT, {"lead_id": "a", "card": CARD}).json()
    assert (made["assigned_to"], made["left"][:6]) == ("Sam Sole", "due in")
    assert _post(client, ROOT, {"lead_id": "a", "card": CARD}).status_code == 409
    client = signed_in(second_seller)
    assert _post(client, f"{ROOT}/{made['id']}/reject", {"reason": "x"}).status_code == 422
    assert client.generic("POST", f"{ROOT}/{made['id']}/accept").status_code == 200
    client = signed_in(seller)
    late = _post(client, f"{ROOT}/{made['id']}/accept", {})
    assert late.status_code == 409
    assert late.json()["detail"].startswith("Sue took it ")


def test_the_list_goes_on(offered: Handover, signed_in: Any, seller: Person) -> None:
    client = signed_in(seller)
    shown = client.get(ROOT).json()
    assert (shown["count"], shown["next"], shown["handovers"][0]["lead_id"]) == (1, None, "a")
    one = client.get(f"{ROOT}/{offered.public_id}").json()
    assert len(one["clauses"]) == 3
    assert client.get(f"{ROOT}?start=1").json() == {"count": 1, "next": None, "handovers": []}
    assert client.get(f"{ROOT}?which=mine").status_code == 422


def test_the_schema_declares_the_refusals(signed_in: Any, seller: Person) -> None:
    paths = signed_in(seller).get("/api/openapi.json").json()["paths"]
    for deed in BODIES:
        declared = paths[f"{ROOT}/{{handover_id}}/{deed}"]["post"]["responses"]
        assert {"200", "401", "403", "404", "409", "422"} <= set(declared)


def _post(client: Any, path: str, body: dict[str, Any]) -> Any:
    return client.post(path, body, content_type="application/json")
