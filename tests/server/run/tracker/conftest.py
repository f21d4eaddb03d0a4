"""A workspace of its own, an agreement in use, and leads entered by people."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.stage import Stage
from onefunnel.server.people.keys import make_key
from onefunnel.server.run.tracker import book
from onefunnel.server.warehouse.columns import reading
from tests.conftest import NOW

AGREED = Agreement(
    "As agreed",
    stages=(
        Stage("Inquiry", when="stage = 'New'", leads=("marketing",)),
        Stage("MQL", when="score >= 50 AND country IS NOT NULL", leads=("marketing",)),
        Stage("Working", when="stage = 'Call' AND email IS NOT NULL", leads=("sales",)),
        Stage("Won", kind="won", when="stage = 'Won'", leads=("sales",)),
        Stage("Lost", kind="lost", when="stage = 'Lost' AND reason IS NOT NULL"),
        Stage("Later", kind="recycled", when="stage = 'Later' AND wake_on IS NOT NULL"),
    ),
)


@pytest.fixture(autouse=True)
def workspace(tmp_path: Path) -> Iterator[Path]:
    """An empty workspace folder, and nothing remembered of the one before."""
    before = settings.WORKSPACE
    settings.WORKSPACE = tmp_path
    yield tmp_path
    settings.WORKSPACE = before
    reading._copies.pop(tmp_path / "columns", None)


@pytest.fixture
def agreed(monkeypatch: pytest.MonkeyPatch) -> Agreement:
    """The agreement that the deeds follow."""
    monkeypatch.setattr(book.agree, "version_in_use", lambda *, at: (1, AGREED.digest))
    monkeypatch.setattr(book.agree, "agreement_of_version", lambda version: AGREED)
    return AGREED


@pytest.fixture
def api(marketer: Any) -> Any:
    """Ask the API as Mia's program: `api("post", "/leads", {...})` gives the response."""
    _, secret = make_key(label="site", scope="write", days=None, by=marketer, at=NOW)
    client = Client()

    def ask(method: str, path: str, body: Any = None, **headers: str) -> Any:
        return getattr(client, method)(
            f"/api/run{path}",
            **({"data": body, "content_type": "application/json"} if body is not None else {}),
            headers={"Authorization": f"Bearer {secret}", **headers},
        )

    return ask
