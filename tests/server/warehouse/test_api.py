"""Imports by program."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from onefunnel.server.warehouse.queries import current_facts
from tests.server.warehouse.test_wizard import LEADS


def test_files_can_be_sent_followed_and_taken_back(signed_in: Any, operations: Any) -> None:
    client = signed_in(operations)
    sent = client.post(
        "/api/data/imports",
        {"files": [SimpleUploadedFile("leads.csv", LEADS)], "source": "CRM", "begin": "true"},
    )
    assert sent.status_code == 202, sent.content
    address = f"/api/data/imports/{sent.json()['id']}"
    found = client.get(address).json()
    assert found["status"] == "done"
    counts = found["counts"]
    assert counts["rows_in"] == 60
    assert sum(counts[part] for part in ("created", "updated", "skipped", "refused")) == 60
    assert client.post(f"{address}/undo").status_code == 202
    assert client.get(address).json()["status"] == "undone"
    assert dict(current_facts().tables) == {}
    assert client.post(f"{address}/undo").status_code == 422
    assert len(client.get("/api/data/imports").json()) == 1


def test_what_is_wrong_is_said(signed_in: Any, operations: Any, outsider: Any) -> None:
    client = signed_in(operations)
    file = SimpleUploadedFile("leads.csv", LEADS)
    wrong = client.post("/api/data/imports", {"files": [file], "mapping": "files: 7\n"})
    assert wrong.status_code == 422
    assert "line 1" in wrong.json()["detail"]
    assert client.post("/api/data/imports", {"source": "x"}).status_code == 422
    nowhere = "/api/data/imports/01a1ffd1-f714-796d-81f6-8187f0865260"
    assert client.get(nowhere).status_code == 404
    assert signed_in(outsider).get("/api/data/imports").status_code == 403
