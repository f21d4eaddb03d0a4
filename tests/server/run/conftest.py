from __future__ import annotations

from typing import Any

import pytest

from tests.server.measure.company import Company, put_in_place


@pytest.fixture
def demo(monkeypatch: pytest.MonkeyPatch, db: None) -> Company:
    """The simulated company, small."""
    return put_in_place(monkeypatch)


@pytest.fixture
def see(signed_in: Any, marketer: Any) -> Any:
    """Fetch a page as Mia: `see("/run/leads/")` gives its text; another status fails."""
    client = signed_in(marketer)

    def fetch(path: str, status: int = 200) -> str:
        answer = client.get(path)
        assert answer.status_code == status, answer.content.decode()[:2000]
        return answer.content.decode()

    return fetch
