"""A workspace of its own for every test, with or without a small company's data in it."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from onefunnel.facts.store import Facts
from onefunnel.server.agree import trial
from onefunnel.server.warehouse.columns import reading
from tests.library.agreement.made import facts, journey

MOVES = [
    *(move for n in range(6) for move in journey(f"w{n}", "New", "Qualified", "Proposal", "Won")),
    *(move for n in range(4) for move in journey(f"l{n}", "New", "Qualified", "Lost")),
    *(move for n in range(5) for move in journey(f"o{n}", "New")),
]


@pytest.fixture(autouse=True)
def workspace(tmp_path: Path) -> Iterator[Path]:
    """An empty workspace folder."""
    before = settings.WORKSPACE
    settings.WORKSPACE = tmp_path
    trial._kept.forget()
    yield tmp_path
    settings.WORKSPACE = before
    reading._copies.pop(tmp_path / "columns", None)


@pytest.fixture
def data(monkeypatch: pytest.MonkeyPatch) -> Facts:
    """Fifteen leads in the columnar copy's place."""
    made = facts(MOVES)
    # all are imported first: one that first came in now would keep what is put in place below
    modules = [
        import_module(f"onefunnel.server.{name}")
        for name in ("site.urls", "warehouse.queries", "agree.commands", "agree.views", "agree.api")
    ]
    for module in modules[1:]:
        monkeypatch.setattr(module, "current_facts", lambda: made)
    monkeypatch.setattr("onefunnel.server.warehouse.queries.current_data", lambda: (made, 1))
    return made


@pytest.fixture
def head(make_person: Any) -> Any:
    """Hal, head of marketing: may bring in and use versions."""
    return make_person("Hal Hart", team="marketing", role="lead")


@pytest.fixture
def see(signed_in: Any, marketer: Any) -> Any:
    """Fetch a page as Mia: `see("/agree/")` gives its text."""
    client = signed_in(marketer)

    def fetch(path: str, status: int = 200) -> str:
        answer = client.get(path)
        assert answer.status_code == status, answer.content.decode()[:2000]
        return answer.content.decode()

    return fetch
