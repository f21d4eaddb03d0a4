"""An import that goes on writes what it began with; other files are refused in plain words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from onefunnel.server.warehouse import commands
from onefunnel.server.warehouse.inbox.files import BadUpload
from onefunnel.server.warehouse.inbox.resuming import digest_of_files
from onefunnel.server.warehouse.inbox.running import run_delivery
from onefunnel.server.warehouse.inbox.undo_import import run_undo
from onefunnel.server.warehouse.models import Import, Source
from onefunnel.server.warehouse.queries import current_facts
from tests.server.warehouse.conftest import NOW, delivered
from tests.server.warehouse.test_import import lead
from tests.server.warehouse.test_undo import every_row

Bring = Callable[..., Import]


def clock() -> Any:
    return NOW


def failed(imported: Import) -> Import:
    Import.objects.filter(pk=imported.pk).update(status=Import.Status.FAILED)
    return imported


def sources() -> dict[str, Any]:
    rows = current_facts()["leads"].to_pyarrow().to_pylist()
    return {row["lead_id"]: row["source"] for row in rows}


def test_going_on_with_other_rows_is_refused_and_changes_nothing(bring: Bring) -> None:
    imported = failed(bring("crm", leads=[lead(0, source="web"), lead(1, source="web")]))
    before = every_row()
    with pytest.raises(BadUpload, match=r"have changed since .* undo this import"):
        run_delivery(imported, delivered(leads=[lead(0, source="fair")]), clock=clock)
    assert every_row() == before
    run_undo(failed(imported), by=None, clock=clock)
    assert not any(every_row().values())


def test_going_on_with_another_mapping_is_refused(bring: Bring) -> None:
    rows = delivered(leads=[lead(0)])
    imported = failed(bring("crm", replace(rows, digest="d", mapping="one")))
    with pytest.raises(BadUpload, match="or their mapping"):
        run_delivery(imported, replace(rows, digest="d", mapping="two"), clock=clock)


def test_going_on_with_the_same_rows_counts_them_as_they_were(bring: Bring) -> None:
    imported = failed(bring("crm", leads=[lead(0), lead(1)]))
    before = every_row()
    again = run_delivery(imported, delivered(leads=[lead(0), lead(1)]), clock=clock)
    assert (again.status, again.counts["created"]) == (Import.Status.DONE, 2)
    assert every_row() == before


def test_an_own_row_with_other_content_is_overwritten(bring: Bring) -> None:
    """An import that began before digests were kept: what it wrote does not stand for the new."""
    bring("crm", leads=[lead(0, source="old")])
    imported = failed(bring("crm", leads=[lead(0, source="web"), lead(1, source="web")]))
    Import.objects.filter(pk=imported.pk).update(delivery_digest="")
    other = delivered(leads=[lead(0, source="fair"), lead(1, source="web")])
    again = run_delivery(imported, other, clock=clock)
    assert sources() == {"L0": "fair", "L1": "web"}
    assert (again.counts["updated"], again.counts["created"]) == (1, 1)
    run_undo(again, by=None, clock=clock)
    assert sources() == {"L0": "old"}


@pytest.fixture
def exports(tmp_path: Path) -> Path:
    folder = tmp_path / "exports"
    folder.mkdir()
    (folder / "leads.csv").write_text("id,created,stage\n1,2026-01-02,New\n2,2026-01-03,Won\n")
    return folder


def test_an_import_keeps_the_mapping_it_used(exports: Path, db: None) -> None:
    imported = commands.import_folder(exports, at=NOW, source="made", clock=clock)
    assert imported.mapping
    assert imported.mapping == Source.objects.get().mapping
    assert imported.delivery_digest


def test_changed_files_are_said_on_the_import(exports: Path, db: None) -> None:
    imported = failed(commands.import_folder(exports, at=NOW, source="made", clock=clock))
    before = every_row()
    (exports / "leads.csv").write_text("id,created,stage\n1,2026-01-02,Lost\n")
    commands.begin(import_id=imported.public_id, by=None, at=NOW)
    again = commands.run_import(import_id=imported.public_id, clock=clock)
    assert again.status == Import.Status.FAILED
    assert "have changed since this import began" in again.error
    assert every_row() == before


def test_unchanged_files_go_on(exports: Path, db: None) -> None:
    imported = failed(commands.import_folder(exports, at=NOW, source="made", clock=clock))
    commands.begin(import_id=imported.public_id, by=None, at=NOW)
    again = commands.run_import(import_id=imported.public_id, clock=clock)
    assert again.status == Import.Status.DONE, again.error
    assert again.counts["created"] == 2


def test_the_digest_is_of_names_and_bytes(exports: Path) -> None:
    first = digest_of_files(exports)
    assert digest_of_files(exports) == first
    (exports / "leads.csv").rename(exports / "people.csv")
    second = digest_of_files(exports)
    (exports / "people.csv").write_text("other")
    assert len({first, second, digest_of_files(exports)}) == 3
