"""Rows entered here: the same rows as an import would write, and an import leaves them be."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from onefunnel.facts.declaration import Type
from onefunnel.facts.tables import TABLES
from onefunnel.server.warehouse import commands, queries
from onefunnel.server.warehouse.columns.manifest import read_manifest
from onefunnel.server.warehouse.columns.place import folder
from onefunnel.server.warehouse.columns.refresh import content, refresh
from onefunnel.server.warehouse.fact_rows import encoded, sql_table, stored_columns
from onefunnel.server.warehouse.inbox import running, writing
from onefunnel.server.warehouse.inbox.encoding import BadRow, encode
from onefunnel.server.warehouse.inbox.staging import stage
from onefunnel.server.warehouse.inbox.undo_import import NothingToUndo, run_undo
from onefunnel.server.warehouse.models import Import
from onefunnel.server.warehouse.queries import about_the_data
from tests.server.warehouse.conftest import NOW, facts_of

AT = datetime(2026, 11, 20, 8)  # naive UTC, as facts keep it
TEXTS = st.text(st.characters(codec="utf-8"), max_size=12)
MOMENTS = st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31))
VALUES: dict[Type, st.SearchStrategy[Any]] = {
    "text": TEXTS,
    "int": st.integers(-(2**63), 2**63 - 1),
    "number": st.floats(allow_nan=False, allow_infinity=False),
    "money": st.decimals(-(10**13), 10**13, places=4),
    "time": MOMENTS,
    "day": st.dates(),
    "flag": st.booleans(),
}
FREE = {
    "size": VALUES["int"],
    'Größe "x"': TEXTS,
    "score": VALUES["number"],
    "budget": VALUES["money"],
    "seen at": MOMENTS,
    "born": st.dates(),
    "is_vip": st.booleans(),
}


def a_row(table: str) -> st.SearchStrategy[dict[str, Any]]:
    """A row of a table with any of its columns, and of the free ones where it is open."""
    columns = {c.name: VALUES[c.type] for c in TABLES[table].columns}
    needed = {name: columns.pop(name) for name in TABLES[table].required}
    free = FREE if TABLES[table].is_open else {}
    return st.fixed_dictionaries(needed, optional={**columns, **free})


@pytest.mark.slow
@pytest.mark.parametrize("table", ["leads", "moves", "handovers", "touches", "deals", "awareness"])
def test_a_row_is_encoded_as_an_import_would(table: str, tmp_path: Path) -> None:
    seen = 0

    @given(st.lists(a_row(table), min_size=60, max_size=80))
    @settings(max_examples=4, suppress_health_check=list(HealthCheck))
    def equal(rows: list[dict[str, Any]]) -> None:
        nonlocal seen
        seen += 1
        numbered = [{"_file": 0, "_row": i, **row} for i, row in enumerate(rows)]
        facts = facts_of(**{table: numbered})
        staged, long_ids = stage(facts, tmp_path / str(seen), spellings={})
        assert not long_ids
        columns = [f'{encoded(c)} AS "{c.name}"' for c in TABLES[table].columns]
        columns += ["_more AS more"] if TABLES[table].is_open else []
        by_import = duckdb.execute(
            f"SELECT _row, _key, _digest, {', '.join(columns)} FROM read_parquet(?) ORDER BY _row",
            [str(staged[table].path)],
        ).fetchall()
        for row, (_, key, digest, *cells) in zip(rows, by_import, strict=True):
            here = encode(table, row, {})
            assert (here.key, here.digest, list(here.cells)) == (key, digest, cells)
            types = {name: staged[table].attributes[name] for name in here.attributes}
            assert here.attributes == types

    equal()
    assert seen >= 4


@pytest.mark.parametrize(
    ("table", "row", "reason"),
    [
        ("leads", {"name": "Ada"}, "it is missing"),
        ("leads", {"lead_id": "x" * 401}, "an identifier of more than 400 characters"),
        ("leads", {"lead_id": 7}, "it is not a text"),
        ("leads", {"lead_id": "a", "created_at": "today"}, "it is not a time"),
        ("leads", {"lead_id": "a", "Name": "x"}, "an attribute cannot be called that, or it is"),
        ("leads", {"lead_id": "a", "_x": 1}, "an attribute cannot be called that, or it is"),
        ("leads", {"lead_id": "a", "size": 1, "Size": 2}, "an attribute cannot be called that"),
        ("leads", {"lead_id": "a", "x": float("nan")}, "it is of no type that can be kept"),
        ("leads", {"lead_id": "\ud800"}, "it holds half a character"),
        ("moves", {"lead_id": "a", "stage": "New", "mood": "good"}, "the table has no such column"),
        ("deals", {"deal_id": "a", "amount": Decimal("0.00001")}, "it has more than four places"),
        ("deals", {"deal_id": "a", "amount": Decimal(10) ** 15}, "it is too large to be kept"),
        ("spend", {"at": AT, "amount": 1}, "its rows have no key"),
    ],
)
def test_a_bad_row_is_refused_by_name(table: str, row: Mapping[str, Any], reason: str) -> None:
    with pytest.raises(BadRow) as refused:
        encode(table, row, {"size": "Size"})
    assert refused.value.reason.startswith(reason)
    assert refused.value.fix


# --- in the database --------------------------------------------------------------------------
def lead(lead_id: str, **more: Any) -> dict[str, Any]:
    return {"lead_id": lead_id, "created_at": AT, "name": f"Name of {lead_id}", **more}


def move(lead_id: str, stage_name: str, day: int = 0) -> dict[str, Any]:
    return {"lead_id": lead_id, "stage": stage_name, "at": AT + timedelta(days=day)}


def record(**rows: Any) -> commands.Recorded:
    with transaction.atomic():
        return commands.record_rows(rows=rows, by=None, at=NOW)


def rows_in(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {sql_table(table)}")
        return int(cursor.fetchone()[0])


@pytest.mark.django_db
def test_rows_are_counted_as_new_changed_and_unchanged() -> None:
    first = record(leads=[lead("a", size=3), lead("b")], moves=[move("a", "New")])
    assert first.created == {"leads": 2, "moves": 1}
    again = record(leads=[lead("a", size=4), lead("b"), lead("c")], moves=[move("a", "New")])
    assert again.created == {"leads": 1, "moves": 0}
    assert again.updated == {"leads": 1, "moves": 0}
    assert again.unchanged == {"leads": 1, "moves": 1}
    assert rows_in("leads") == 4  # the row as it was stays
    assert Import.objects.count() == 1


@pytest.mark.django_db
def test_what_is_read_is_what_was_written() -> None:
    row = lead("a", size=3, score=2.5, is_vip=True, born=date(2000, 2, 29), seen=AT, note='"x"\n')
    record(leads=[row | {"budget": Decimal("12.5")}], moves=[move("a", "Won", 1), move("a", "New")])
    found = queries.living_lead("a")
    assert found is not None
    assert {name: found[name] for name in row} == row
    assert found["budget"] == Decimal("12.5")
    assert [one["stage"] for one in queries.moves_of("a")] == ["New", "Won"]
    assert queries.living_lead("b") is None
    assert queries.moves_of("b") == ()


@pytest.mark.django_db
def test_the_revision_changes_with_the_row() -> None:
    record(leads=[lead("a")])
    before = queries.living_lead("a")
    record(leads=[lead("a")])
    assert queries.living_lead("a") == before
    record(leads=[lead("a", country="DE")])
    after = queries.living_lead("a")
    assert before is not None
    assert after is not None
    assert after[queries.REVISION] != before[queries.REVISION]


@pytest.mark.django_db
def test_an_import_of_the_same_rows_finds_them_unchanged(bring: Any) -> None:
    record(leads=[lead("a", size=3, note="x")], moves=[move("a", "New")])
    imported = bring("crm", leads=[lead("a", size=3, note="x")], moves=[move("a", "New")])
    assert (imported.counts["skipped"], imported.counts["updated"]) == (2, 0)


@pytest.mark.django_db
def test_what_was_changed_here_stands_until_the_source_says_something_new(bring: Any) -> None:
    bring("crm", leads=[lead("a", country="DE"), lead("b")])
    record(leads=[lead("a", country="FR")])
    same = bring("crm", leads=[lead("a", country="DE"), lead("b")])
    assert same.counts["updated"] == 0
    found = queries.living_lead("a")
    assert found is not None
    assert found["country"] == "FR"
    other = bring("crm", leads=[lead("a", country="IT"), lead("b")])
    assert other.counts["updated"] == 1
    found = queries.living_lead("a")
    assert found is not None
    assert found["country"] == "IT"


@pytest.mark.django_db
def test_an_import_is_not_refused_because_leads_were_changed_here(bring: Any) -> None:
    bring("other", leads=[lead(f"z{n}") for n in range(3)])
    bring("crm", leads=[lead(f"a{n}") for n in range(3)])
    changed = [lead(f"a{n}") | {"name": "Else", "created_at": None} for n in range(3)]
    record(leads=changed)
    again = bring("crm", leads=[lead(f"a{n}") | {"country": "DE"} for n in range(3)])
    assert again.status == Import.Status.DONE
    assert again.counts["updated"] == 3


@pytest.mark.django_db
def test_an_import_can_be_undone_after_its_rows_were_changed_here(bring: Any) -> None:
    imported = bring("crm", leads=[lead("a"), lead("b")])
    record(leads=[lead("a", country="FR")])
    record(leads=[lead("a", country="IT")])
    undone = run_undo(imported, by=None, clock=lambda: NOW)
    assert (undone.removed, undone.kept) == (1, 1)
    found = queries.living_lead("a")
    assert found is not None
    assert found["country"] == "IT"
    assert queries.living_lead("b") is None


@pytest.mark.django_db
def test_what_is_entered_here_is_never_undone_and_waits_for_nothing() -> None:
    record(leads=[lead("a")])
    kept = Import.objects.get()
    assert kept.status == Import.Status.KEPT
    with pytest.raises(NothingToUndo):
        run_undo(kept, by=None, clock=lambda: NOW)
    home = queries.data_home(may_see_personal=True)
    assert [(line.name, line.is_kept_here) for line in home.sources] == [("onefunnel", True)]
    assert (list(home.imports), home.running, queries.jobs()) == ([], None, [])
    assert queries.source_names() == []
    assert queries.import_of(kept.public_id) is None


@pytest.mark.django_db
def test_nobody_imports_under_the_name_of_what_is_entered_here() -> None:
    imported = commands.start_import(by=None, at=NOW)
    named = commands.name_source(import_id=imported.public_id, name="OneFunnel", by=None, at=NOW)
    assert str(named.source) == "OneFunnel (files)"


@pytest.mark.django_db
def test_own_data_keeps_the_demo_out(bring: Any) -> None:
    record(leads=[lead("a")])
    with pytest.raises(commands.NotEmpty):
        commands.load_demo(by=None, at=NOW, leads=5)


# --- the copy follows -------------------------------------------------------------------------
@pytest.mark.django_db
def test_the_copy_follows_after_the_deed(django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        record(leads=[lead("a", size=3)], moves=[move("a", "New")])
    found = queries.current_facts()["leads"].execute()
    assert found[["lead_id", "size"]].values.tolist() == [["a", 3]]
    with django_capture_on_commit_callbacks(execute=True):
        record(leads=[lead("a", size=2.5)])
    assert queries.current_facts()["leads"].execute()["size"].tolist() == [2.5]


@pytest.mark.django_db
def test_rows_entered_while_an_import_writes_are_not_lost(bring: Any, monkeypatch: Any) -> None:
    """Rows between those of the import, and a change of one of its own rows."""
    monkeypatch.setattr(writing, "CHUNK", 2)
    beats = 0

    def write(staged: Any, *, beat: Any, **rest: Any) -> Any:
        def told(rows: int, last: int | None) -> bool:
            nonlocal beats
            beats += 1
            if beats == 1:
                record(leads=[lead("here"), lead("a0", country="FR")])
            return bool(beat(rows, last))

        return writing.write_table(staged, beat=told, **rest)

    monkeypatch.setattr(running, "write_table", write)
    bring("crm", leads=[lead(f"a{n}") for n in range(6)])
    published = queries.current_facts()["leads"].order_by("lead_id").execute()
    assert published["lead_id"].tolist() == [*(f"a{n}" for n in range(6)), "here"]
    assert published["country"].tolist()[0] == "FR"
    place = folder().parent / "anew"
    place.mkdir()
    anew = refresh(now=NOW, agreement=None, about=about_the_data(), place=place)
    con = duckdb.connect()
    assert content(folder(), read_manifest(folder()), con) == content(place, anew, con)


def test_stored_columns_of_the_door_are_those_of_imports() -> None:
    row = encode("leads", {"lead_id": "a", "created_at": AT.replace(tzinfo=UTC)}, {})
    assert len(row.cells) == len(stored_columns("leads"))
