"""The simulated company comes and goes as one."""

from __future__ import annotations

from typing import Any

import pytest

from onefunnel.server.warehouse.commands import NotEmpty, load_demo, remove_demo
from onefunnel.server.warehouse.models import Import
from onefunnel.server.warehouse.queries import current_facts
from tests.server.warehouse.conftest import NOW
from tests.server.warehouse.test_import import lead


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
