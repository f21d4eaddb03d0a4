"""Rows in = created + updated + skipped + refused, for folders nobody made by hand (T13, T16)."""

from __future__ import annotations

import csv
import io
import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as site
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from onefunnel.connectors.mapping import FileMap, Make, Mapping, write_mapping
from onefunnel.connectors.mapping import Source as Column
from onefunnel.server.warehouse.columns import reading
from onefunnel.server.warehouse.commands import import_folder
from onefunnel.server.warehouse.inbox.accounting import for_spreadsheet
from onefunnel.server.warehouse.models import Import

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def named(**columns: str) -> tuple[tuple[str, Column], ...]:
    return tuple((name, Column(columns=(column,))) for name, column in columns.items())


MAPPING = write_mapping(
    Mapping(
        title="Made up",
        files=(
            FileMap(
                files=("leads.csv",),
                makes=(
                    Make(
                        "leads",
                        named(lead_id="id", created_at="created"),
                        attributes=named(Size="size"),
                    ),
                    Make("moves", named(lead_id="id", at="created", stage="stage")),
                ),
            ),
        ),
    )
)
cells = st.text(
    st.characters(codec="utf-8", exclude_characters="\r\n\x00", exclude_categories=["Cs", "Cc"]),
    max_size=12,
)
rows = st.lists(
    st.tuples(
        st.integers(1, 20).map(str) | st.sampled_from(["", " ", "=1+1", "a\x1fb"]),
        st.sampled_from(["2026-01-02", "2026-02-30", "", "soon", "2026-03-01 10:00:00"]),
        st.sampled_from(["New", "Won", "", "=cmd"]) | cells,
        cells,
    ),
    max_size=25,
)


@pytest.fixture(autouse=True)
def workspace(tmp_path: Path) -> Iterator[Path]:
    """A workspace of its own."""
    before = site.WORKSPACE
    site.WORKSPACE = tmp_path
    yield tmp_path
    site.WORKSPACE = before
    reading._copies.clear()


def folder_of(lines: list[tuple[str, ...]], delimiter: str, encoding: str) -> Path:
    folder = Path(tempfile.mkdtemp())
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writerow(("id", "created", "stage", "size"))
    writer.writerows(lines)
    (folder / "leads.csv").write_bytes(text.getvalue().encode(encoding, "replace"))
    (folder / "notes.csv").write_text("a,b\n1,2\n3,4\n")
    return folder


def adds_up(imported: Import) -> bool:
    counts = imported.counts
    parts = ("created", "updated", "skipped", "refused")
    files = counts["files"]
    whole = counts["rows_in"] == sum(counts[part] for part in parts)
    return whole and all(f["rows_in"] == sum(f[part] for part in parts) for f in files)


@pytest.mark.slow
@given(
    lines=rows,
    more=rows,
    delimiter=st.sampled_from(",;\t"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
@settings(
    max_examples=4,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_every_row_is_accounted_for(
    lines: Any, more: Any, delimiter: str, encoding: str, transactional_db: None
) -> None:
    folder = folder_of(lines, delimiter, encoding)
    later = folder_of([*lines, *more], delimiter, encoding)
    try:
        first = import_folder(folder, at=NOW, mapping=MAPPING, source="made", clock=lambda: NOW)
        assert adds_up(first), first.counts
        again = import_folder(folder, at=NOW, mapping=MAPPING, source="made", clock=lambda: NOW)
        assert adds_up(again), again.counts
        assert again.counts["created"] == again.counts["updated"] == 0
        assert again.counts["refused"] == first.counts["refused"]
        third = import_folder(later, at=NOW, mapping=MAPPING, source="made", clock=lambda: NOW)
        assert adds_up(third), third.counts
        assert third.counts["rows_in"] == len(lines) + len(more) + 2
    finally:
        shutil.rmtree(folder)
        shutil.rmtree(later)


@given(st.lists(st.lists(st.text(max_size=8), min_size=1, max_size=4), max_size=5))
def test_no_cell_for_a_spreadsheet_begins_a_formula(lines: list[list[str]]) -> None:
    for before, after in zip(lines, for_spreadsheet(lines), strict=True):
        for cell, shown in zip(before, after, strict=True):
            assert shown in (cell, "'" + cell)
            start = shown.lstrip(" \t\r\n")[:1]
            assert start not in ("=", "@")
            if start in ("+", "-"):
                digits = shown.strip()[1:].translate(str.maketrans("", "", " .,"))
                assert not digits or digits.isdigit()


def test_numbers_and_telephones_stay_readable() -> None:
    line = ["-5", "+44 20 7946 0958", "-1.117,50", "+cmd|' /C calc'!A0", "=1+1", "plain", ""]
    (shown,) = for_spreadsheet([line])
    assert shown == [
        "-5", "+44 20 7946 0958", "-1.117,50", "'+cmd|' /C calc'!A0", "'=1+1", "plain", ""
    ]  # fmt: skip
