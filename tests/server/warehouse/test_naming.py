"""A source is made once for its name, whoever asks at the same time."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError

from onefunnel.server.warehouse import commands
from onefunnel.server.warehouse.models import Import, Source
from tests.server.warehouse.conftest import NOW


def named(name: str) -> Source:
    imported = Import.objects.create(created_at=NOW)
    source = commands.name_source(import_id=imported.public_id, name=name, by=None, at=NOW).source
    assert source is not None
    return source


def test_a_known_name_is_the_same_source_in_any_case(db: None) -> None:
    assert named(" Our  CRM ") == named("our crm")


def test_somebody_else_makes_it_in_between(db: None, monkeypatch: Any) -> None:
    make = Source.objects.create

    tries: list[str] = []

    def overtaken(**values: Any) -> Source:
        tries.append(values["name"])
        if len(tries) == 1:
            raise IntegrityError("UNIQUE constraint failed: warehouse_source.name")
        return make(**values)

    monkeypatch.setattr(Source.objects, "create", overtaken)
    assert named("crm") == Source.objects.get()
    assert tries == ["crm", "crm"]
