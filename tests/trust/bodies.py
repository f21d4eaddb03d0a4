"""A body that an operation of the API takes, made from its schema."""

from __future__ import annotations

import json
import re
from io import BytesIO
from typing import Any
from uuid import UUID

from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from onefunnel.server.site.api import api

Place = tuple[str | int, ...]
_SAMPLES = {"integer": 1, "number": 1.0, "boolean": True, "null": None}
_FORMATS = {"date": "2027-03-01", "date-time": "2027-03-01T09:00:00Z", "uuid": str(UUID(int=7))}


def schema_of(path: str, method: str) -> dict[str, Any] | None:
    """The schema of the JSON body that an address of the API reads; None: it reads none."""
    return _content(path, method).get("application/json", {}).get("schema")


def _content(path: str, method: str) -> dict[str, Any]:
    held = _spec()["paths"]["/" + re.sub(r"{\w+:", "{", path)]
    return held[method.lower()].get("requestBody", {}).get("content", {})


def body_of(path: str, method: str) -> dict[str, Any]:
    """Data and its type, as `client.generic` takes them, that pass the schema's look."""
    if content := _content(path, method).get("multipart/form-data"):
        named = dict.fromkeys(_followed(content["schema"])["required"], "x")
        return {
            "data": encode_multipart(BOUNDARY, {**named, "files": BytesIO(b"a,b\n1,2\n")}),
            "content_type": MULTIPART_CONTENT,
        }
    schema = schema_of(path, method)
    if schema is None:
        return {}
    return {"data": json.dumps(sample(schema)), "content_type": "application/json"}


def sample(schema: dict[str, Any], *, through: Place = ()) -> Any:
    """The smallest value that a schema takes, and that has something at the place `through`."""
    schema = _followed(schema)
    if "enum" in schema:
        return schema["enum"][0]
    if "anyOf" in schema:
        return sample(schema["anyOf"][0], through=through)
    kind = schema.get("type")
    if kind == "object":
        wanted = {*schema.get("required", []), *map(str, through[:1])}
        return {
            name: sample(
                schema["properties"][name], through=through[1:] if name in through[:1] else ()
            )
            for name in sorted(wanted)
        }
    if kind == "array":
        return [sample(schema["items"], through=through[1:])]
    if kind == "string":
        return _FORMATS.get(schema.get("format", ""), "x" * max(1, schema.get("minLength", 1)))
    return _SAMPLES[str(kind)]


def objects_in(
    schema: dict[str, Any], at: tuple[str | int, ...] = ()
) -> list[tuple[str | int, ...]]:
    """Where in a body things with named fields stand: the whole, and those in its lists."""
    schema = _followed(schema)
    if "anyOf" in schema:
        return [place for one in schema["anyOf"] for place in objects_in(one, at)]
    if schema.get("type") == "array":
        return objects_in(schema["items"], (*at, 0))
    if schema.get("type") != "object" or "properties" not in schema:
        return []
    inner = [
        place
        for name, one in schema["properties"].items()
        for place in objects_in(one, (*at, name))
    ]
    return [at, *inner]


def fields_at(schema: dict[str, Any], place: Place) -> set[str]:
    """The fields that the thing at a place of a body may have."""
    schema = _followed(schema)
    if "anyOf" in schema:
        return fields_at(schema["anyOf"][0], place)
    if not place:
        return set(schema["properties"])
    inner = schema["items"] if place[0] == 0 else schema["properties"][place[0]]
    return fields_at(inner, place[1:])


def with_fields(body: Any, place: Place, more: dict[str, Any]) -> Any:
    """The body with further fields at a place; the body itself is changed."""
    held = body
    for step in place:
        held = held[step]
    held |= more
    return body


def _followed(schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in schema:
        return _spec()["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    return schema


_kept: list[dict[str, Any]] = []


def _spec() -> dict[str, Any]:
    if not _kept:
        _kept.append(json.loads(json.dumps(api.get_openapi_schema(), default=str)))
    return _kept[0]
