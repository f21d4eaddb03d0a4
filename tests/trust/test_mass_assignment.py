"""T38: a body of the API holds the fields its schema names, and no other: 422, nothing written.

Made from the API's own schemas and from every column of every model, so that a new operation and a
new column are asked about without anybody thinking of it.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile

from onefunnel.server.people.access import READING
from onefunnel.server.record.models import Event
from tests.trust.bodies import fields_at, objects_in, sample, schema_of, with_fields
from tests.trust.cast_of_roles import nothing
from tests.trust.routes import operations

pytestmark = pytest.mark.django_db

WRITING = [
    (route, method) for route in operations() for method in sorted(set(route.methods) - READING)
]
#: What somebody would send who wants more than is theirs, and every column there is.
SOUGHT = {"is_staff", "is_superuser", "org", "role", "permissions"} | {
    field.name for model in apps.get_models() for field in model._meta.get_fields()
}


def _address(route: Any) -> str:
    return route.address({part.name: nothing(part.kind) for part in route.parts})


@pytest.mark.parametrize(("route", "method"), WRITING, ids=lambda one: getattr(one, "path", one))
def test_a_body_with_one_field_more_is_refused(
    signed_in: Any, owner: Any, route: Any, method: str
) -> None:
    schema = schema_of(route.path, method)
    client, before = signed_in(owner), Event.objects.count()
    if schema is None:
        return  # it reads no body: see the test below
    for place in objects_in(schema):
        sent = sample(schema, through=place)
        extras = SOUGHT - fields_at(schema, place)
        body = with_fields(sent, place, dict.fromkeys(extras, "x"))
        address = _address(route)
        answer = client.generic(method, address, json.dumps(body), content_type="application/json")
        assert answer.status_code == 422, (place, answer.content)
        refused = {
            one["loc"][-1] for one in answer.json()["detail"] if one["type"] == "extra_forbidden"
        }
        assert refused == extras, place
    assert Event.objects.count() == before


def test_most_operations_read_a_body() -> None:
    """The others do one thing, named by their address, and files are another kind of body."""
    reading = [route.path for route, method in WRITING if schema_of(route.path, method)]
    others = {route.path for route, method in WRITING if method != "DELETE"} - set(reading)
    assert len(reading) > 15
    assert others == {
        "api/data/duplicates/look", "api/data/duplicates/merges/{merge_id}/undo",
        "api/data/duplicates/{suggestion_id}/apart", "api/data/imports",
        "api/data/imports/{import_id}/begin", "api/data/imports/{import_id}/stop",
        "api/data/imports/{import_id}/undo", "api/notify/messages/{message_id}/again",
        "api/notify/webhooks/{endpoint_id}/secret", "api/notify/webhooks/{endpoint_id}/test",
        "api/plan/objectives/{objective_id}/set-aside",
        "api/plan/objectives/{objective_id}/take-up",
    }  # fmt: skip


def test_a_delivery_of_files_with_one_field_more_is_refused(signed_in: Any, owner: Any) -> None:
    before = Event.objects.count()
    sent = {"files": [SimpleUploadedFile("a.csv", b"a,b\n1,2\n")], "by": "x"}
    answer = signed_in(owner).post("/api/data/imports", sent)
    assert answer.status_code == 422
    assert "“by”" in answer.json()["detail"]
    assert Event.objects.count() == before
