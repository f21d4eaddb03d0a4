from __future__ import annotations

from typing import Any

import pytest

from tests.server.measure.company import Company, put_in_place


@pytest.fixture
def demo(monkeypatch: pytest.MonkeyPatch, db: None) -> Company:
    """The simulated company, small; its data end in November 2026."""
    return put_in_place(monkeypatch)


@pytest.fixture
def hal(make_person: Any) -> Any:
    """Hal, head of marketing."""
    return make_person("Hal Hart", team="marketing", role="lead")


@pytest.fixture
def sue(make_person: Any) -> Any:
    """Sue, head of sales."""
    return make_person("Sue Sand", team="sales", role="lead")


@pytest.fixture
def typed() -> dict[str, str]:
    """What somebody types: a goal that is far, in time enough."""
    return {"outcome": "won", "amount": "120", "until": "2027-05-31", "statement": "Grow"}
