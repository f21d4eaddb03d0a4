"""Data whose stages make no funnel give a page in words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from onefunnel.agreement.document import Agreement
from onefunnel.server.agree import basis as bases

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("address", ["/run/leads/", "/measure/funnel/", "/api/measure/stages"])
def test_no_stage_to_reach_is_said_in_words(
    demo: Any, signed_in: Any, marketer: Any, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    client = signed_in(marketer)
    real = bases.current_basis
    empty = Agreement("Nothing")
    for module in ("run.views", "measure.views", "measure.api"):
        monkeypatch.setattr(
            f"onefunnel.server.{module}.current_basis",
            lambda: replace(real(), agreement=empty, version="no path"),
        )
    answer = client.get(address)
    assert answer.status_code == 422
    assert "no stage of kind open or won" in answer.content.decode()
