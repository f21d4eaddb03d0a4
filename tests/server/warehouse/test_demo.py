"""The simulated company comes and goes as one."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction

from onefunnel.server.people.commands import save_workspace
from onefunnel.server.warehouse.commands import (
    NotEmpty,
    load_demo,
    record_rows,
    refresh_copy,
    remove_demo,
)
from onefunnel.server.warehouse.inbox.forgetting import forget_kept
from onefunnel.server.warehouse.models import FACT_MODELS, Import, Source
from onefunnel.server.warehouse.queries import current_facts, living_leads, moves_of
from tests.server.warehouse.conftest import NOW
from tests.server.warehouse.test_import import DAY, lead


def test_the_demo_comes_and_goes(owner: Any) -> None:
    imported = load_demo(by=owner, at=NOW, leads=500)
    counts = imported.counts
    assert counts["rows_in"] == counts["created"] > 500
    facts = current_facts()
    assert facts["leads"].count().execute() == 500
    assert facts.journeys is not None
    slips = {found.example for found in facts.findings if found.kind == "misspelt"}
    assert slips, "the company's slips of the pen were not found"
    remove_demo(by=owner, at=NOW)
    assert dict(current_facts().tables) == {}


def test_the_demo_does_not_mix_with_real_data(bring: Any, owner: Any) -> None:
    bring("crm", leads=[lead(1)])
    with pytest.raises(NotEmpty, match="data of its own"):
        load_demo(by=owner, at=NOW, leads=100)
    assert Import.objects.count() == 1


def said(lead_id: str, **more: Any) -> dict[str, Any]:
    return {"lead_id": lead_id, "created_at": DAY, **more}


@pytest.mark.django_db
def test_what_was_entered_here_and_own_imports_stay(bring: Any, owner: Any) -> None:
    load_demo(by=owner, at=NOW, leads=30)
    simulated = str(current_facts()["leads"].execute()["lead_id"].iloc[0])
    save_workspace(by=None, at=NOW, is_demo=True)
    bring("own crm", leads=[said("r1"), said("r2")])
    at = NOW.replace(tzinfo=None)
    with transaction.atomic():
        record_rows(
            by=None,
            at=NOW,
            rows={
                "leads": [
                    said("r1", country="FR"),
                    said("by-form", country="DE"),
                    said(simulated, country="FR"),
                ],
                "moves": [
                    {"lead_id": one, "at": at, "stage": "Met", "seq": 7}
                    for one in ("r1", "by-form", simulated)
                ],
            },
        )
    with transaction.atomic():  # a second version of what was changed here
        record_rows(by=None, at=NOW, rows={"leads": [said(simulated, country="IT")]})
    remove_demo(by=owner, at=NOW)
    found = living_leads(["r1", "r2", "by-form", simulated])
    assert sorted(found) == ["by-form", "r1", "r2"]
    assert found["r1"]["country"] == "FR"
    moves = [m["stage"] for one in ("r1", "by-form") for m in moves_of(one)]
    assert moves.count("Met") == 2
    assert moves_of(simulated) == ()
    assert sorted(current_facts()["leads"].execute()["lead_id"]) == ["by-form", "r1", "r2"]
    assert not Source.objects.get(name="onefunnel").is_simulated


@pytest.mark.django_db
def test_what_a_row_made_here_replaced_lives_again(bring: Any, owner: Any) -> None:
    first = bring("demo", leads=[said("a", country="DE")])
    second = bring("demo", leads=[said("a", country="AT")])
    Source.objects.update(is_simulated=True)
    with transaction.atomic():
        record_rows(by=None, at=NOW, rows={"leads": [said("a", country="FR")]})
    bring("demo", leads=[said("a", country="IT")])
    with transaction.atomic():
        record_rows(by=None, at=NOW, rows={"leads": [said("a", country="ES")]})
    assert forget_kept() == 2
    refresh_copy(at=NOW)
    assert living_leads(["a"])["a"]["country"] == "IT"
    assert current_facts()["leads"].execute()["country"].tolist() == ["IT"]
    rows = FACT_MODELS["leads"].objects.order_by("pk").values_list("import_id", "replaced_by_id")
    third = Import.objects.latest("pk")
    assert list(rows) == [(first.pk, second.pk), (second.pk, third.pk), (third.pk, None)]
    assert not Import.objects.filter(status=Import.Status.KEPT).exists()
