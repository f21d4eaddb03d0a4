"""Two leads that are one person are read as one, and a merge taken back restores everything."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import duckdb
import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection

from onefunnel.facts.tables import TABLES
from onefunnel.server.record.models import Event
from onefunnel.server.warehouse.agreement_in_force import agreement_in_force
from onefunnel.server.warehouse.columns.manifest import read_manifest
from onefunnel.server.warehouse.columns.place import folder
from onefunnel.server.warehouse.columns.refresh import content, refresh
from onefunnel.server.warehouse.duplicates.commands import (
    AlreadyMerged,
    LeadNotThere,
    NotMerged,
    merge_leads,
    merge_sure_ones,
    not_the_same,
    undo_merge,
)
from onefunnel.server.warehouse.duplicates.looking import look_for_duplicates
from onefunnel.server.warehouse.duplicates.queries import standing_lead
from onefunnel.server.warehouse.duplicates.rows import Merge, Suggestion
from onefunnel.server.warehouse.fact_rows import sql_table
from onefunnel.server.warehouse.queries import about_the_data, current_facts
from tests.server.warehouse.conftest import NOW

LEADS = [
    {"lead_id": "L1", "created_at": datetime(2026, 1, 5), "name": "Ann Lee", "source": None,
     "email": "ann@acme.example", "company": "Acme Ltd", "Size": "small"},
    {"lead_id": "L2", "created_at": datetime(2026, 2, 5), "name": "A. Lee", "source": "Fair",
     "email": "ANN@acme.example", "company": "Acme Ltd", "Size": "big"},
    {"lead_id": "L3", "created_at": datetime(2026, 3, 5), "name": "Bob Ray", "source": "Web",
     "email": "bob@borva.example", "company": "Borva", "Size": None},
]  # fmt: skip
MOVES = [
    {"lead_id": "L1", "at": datetime(2026, 1, 5), "stage": "Inquiry"},
    {"lead_id": "L2", "at": datetime(2026, 2, 5), "stage": "Inquiry"},
    {"lead_id": "L2", "at": datetime(2026, 2, 9), "stage": "Won"},
    {"lead_id": "L3", "at": datetime(2026, 3, 5), "stage": "Inquiry"},
]
DEALS = [{"deal_id": "D1", "lead_id": "L2", "outcome": "won", "amount": None}]


@pytest.fixture
def company(bring: Any) -> None:
    bring("crm", leads=LEADS, moves=MOVES, deals=DEALS)


def refreshed() -> None:
    refresh(now=NOW, agreement=agreement_in_force(), about=about_the_data())


def everything() -> dict[str, list[Any]]:
    """Every row of every fact table, as the database has it."""
    found = {}
    for name in TABLES:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {sql_table(name)} ORDER BY id")
            found[name] = cursor.fetchall()
    return found


def rows(table: str, *columns: str) -> list[tuple[Any, ...]]:
    found = current_facts()[table].select(*columns).to_pyarrow().to_pylist()
    return sorted((tuple(row.values()) for row in found), key=str)


def shown() -> dict[str, list[Any]]:
    """All that readers of the copy see, journeys included."""
    facts = current_facts()
    tables = {**facts.tables, "journeys": facts.journeys.table}
    return {name: sorted(table.to_pyarrow().to_pylist(), key=str) for name, table in tables.items()}


def test_merged_leads_are_one_lead_with_one_history(company: None, operations: Any) -> None:
    merge_leads(kept_lead_id="L1", merged_lead_id="L2", by=operations, at=NOW)
    refreshed()
    assert rows("leads", "lead_id") == [("L1",), ("L3",)]
    assert [stage for lead, stage in rows("moves", "lead_id", "stage") if lead == "L1"] == [
        "Inquiry", "Inquiry", "Won",
    ]  # fmt: skip
    assert rows("deals", "lead_id") == [("L1",)]
    journeys = current_facts().journeys.table.to_pyarrow().to_pylist()
    assert {row["lead_id"]: row["outcome"] for row in journeys} == {"L1": "won", "L3": "open"}


def test_the_kept_lead_keeps_its_own_values_and_gets_what_it_lacked(
    company: None, operations: Any
) -> None:
    merge_leads(kept_lead_id="L2", merged_lead_id="L1", by=operations, at=NOW)
    refreshed()
    kept = next(r for r in rows("leads", "lead_id", "name", "source", "Size", "created_at"))
    assert kept == ("L2", "A. Lee", "Fair", "big", datetime(2026, 1, 5))
    undo_merge(merge_id=Merge.objects.get().public_id, by=operations, at=NOW)
    merge_leads(kept_lead_id="L1", merged_lead_id="L2", by=operations, at=NOW)
    refreshed()
    kept = next(r for r in rows("leads", "lead_id", "name", "source", "Size", "created_at"))
    assert kept == ("L1", "Ann Lee", "Fair", "small", datetime(2026, 1, 5))


def test_of_two_answers_about_consent_the_stricter_one_stays(bring: Any, operations: Any) -> None:
    bring(
        "crm",
        leads=[
            {"lead_id": "L1", "unsubscribed": False, "consent": True},
            {"lead_id": "L2", "unsubscribed": True, "consent": False},
        ],
        moves=[{"lead_id": one, "stage": "New"} for one in ("L1", "L2")],
    )
    merge_leads(kept_lead_id="L1", merged_lead_id="L2", by=operations, at=NOW)
    refreshed()
    assert rows("leads", "lead_id", "unsubscribed", "consent") == [("L1", True, False)]


def test_taking_a_merge_back_restores_every_byte(company: None, operations: Any) -> None:
    stored, seen = everything(), shown()
    merge = merge_leads(kept_lead_id="L1", merged_lead_id="L2", by=operations, at=NOW)
    refreshed()
    assert everything() == stored  # a merge changes no fact
    assert shown() != seen
    undo_merge(merge_id=merge.public_id, by=operations, at=NOW)
    refreshed()
    assert everything() == stored
    assert shown() == seen
    assert read_manifest(folder()).merged is None


def test_a_copy_made_anew_shows_the_same_merges(company: None, bring: Any, operations: Any) -> None:
    merge_leads(kept_lead_id="L1", merged_lead_id="L2", by=operations, at=NOW)
    refreshed()
    # a later delivery brings news of the merged lead and a lead nobody has seen
    bring(
        "crm",
        leads=[{**LEADS[1], "Size": "huge", "phone": "01632 960123"}, {"lead_id": "L4"}],
        moves=[{"lead_id": "L2", "at": datetime(2026, 4, 1), "stage": "In use"},
               {"lead_id": "L4", "at": datetime(2026, 4, 2), "stage": "Inquiry"}],
    )  # fmt: skip
    assert rows("leads", "lead_id", "phone") == [("L1", "01632 960123"), ("L3", None), ("L4", None)]
    assert ("L1", "In use") in rows("moves", "lead_id", "stage")
    step_by_step = shown()
    made = read_manifest(folder())
    beside = folder().parent / "beside"
    beside.mkdir()
    again = refresh(now=NOW, agreement=agreement_in_force(), about=about_the_data(), place=beside)
    con = duckdb.connect()
    assert content(folder(), made, con) == content(beside, again, con)
    refresh(now=NOW, agreement=agreement_in_force(), about=about_the_data(), rebuild=True)
    assert shown() == step_by_step


def test_nothing_new_publishes_nothing_new(company: None, operations: Any) -> None:
    merge_leads(kept_lead_id="L1", merged_lead_id="L2", by=operations, at=NOW)
    refreshed()
    version = read_manifest(folder()).version
    refreshed()
    assert read_manifest(folder()).version == version


def test_a_chain_of_merges_ends_at_one_lead_and_can_be_taken_apart_anywhere(
    company: None, operations: Any
) -> None:
    first = merge_leads(kept_lead_id="L2", merged_lead_id="L3", by=operations, at=NOW)
    merge_leads(kept_lead_id="L1", merged_lead_id="L2", by=operations, at=NOW)
    assert standing_lead("L3") == "L1"
    refreshed()
    assert rows("leads", "lead_id") == [("L1",)]
    with pytest.raises(AlreadyMerged):
        merge_leads(kept_lead_id="L3", merged_lead_id="L1", by=operations, at=NOW)
    undo_merge(merge_id=first.public_id, by=operations, at=NOW)
    refreshed()
    assert rows("leads", "lead_id") == [("L1",), ("L3",)]


def test_a_lead_is_merged_once_and_a_merge_is_undone_once(company: None, operations: Any) -> None:
    merge = merge_leads(kept_lead_id="L1", merged_lead_id="L2", by=operations, at=NOW)
    with pytest.raises(AlreadyMerged):
        merge_leads(kept_lead_id="L3", merged_lead_id="L2", by=operations, at=NOW)
    with pytest.raises(AlreadyMerged):
        merge_leads(kept_lead_id="L1", merged_lead_id="L1", by=operations, at=NOW)
    undo_merge(merge_id=merge.public_id, by=operations, at=NOW)
    with pytest.raises(NotMerged):
        undo_merge(merge_id=merge.public_id, by=operations, at=NOW)


def test_only_leads_that_exist_are_merged(company: None, operations: Any) -> None:
    with pytest.raises(LeadNotThere, match="L9"):
        merge_leads(kept_lead_id="L1", merged_lead_id="L9", by=operations, at=NOW)


def test_who_may_not_merge_is_refused(company: None, outsider: Any, marketer: Any) -> None:
    for person in (outsider, marketer):
        with pytest.raises(PermissionDenied):
            merge_leads(kept_lead_id="L1", merged_lead_id="L2", by=person, at=NOW)
    assert not Merge.objects.exists()


def test_the_record_tells_of_merges_without_naming_anybody(company: None, operations: Any) -> None:
    merge = merge_leads(kept_lead_id="L1", merged_lead_id="L2", by=operations, at=NOW)
    undo_merge(merge_id=merge.public_id, by=operations, at=NOW)
    kinds = ["warehouse.leads-merged", "warehouse.merge-undone"]
    told = Event.objects.filter(kind__in=kinds).order_by("pk")
    assert [event.kind for event in told] == kinds
    assert "ann@" not in json.dumps([event.payload for event in told])


def test_looking_finds_the_sure_pair_and_merging_them_all_leaves_none(
    company: None, operations: Any
) -> None:
    found = look_for_duplicates(current_facts(), by=operations, at=NOW)
    assert (found.sure, found.doubtful) == (1, 0)
    assert merge_sure_ones(by=operations, at=NOW) == 1
    assert Merge.objects.get().merged_lead == "L2"
    assert Suggestion.objects.get().decision == Suggestion.Decision.MERGED
    refreshed()
    assert look_for_duplicates(current_facts(), by=operations, at=NOW).sure == 0


def test_what_is_not_the_same_is_not_suggested_again(company: None, operations: Any) -> None:
    look_for_duplicates(current_facts(), by=operations, at=NOW)
    suggestion = Suggestion.objects.get()
    not_the_same(suggestion_id=suggestion.public_id, by=operations, at=NOW)
    assert look_for_duplicates(current_facts(), by=operations, at=NOW).sure == 0
    assert merge_sure_ones(by=operations, at=NOW) == 0
    merge_leads(kept_lead_id="L1", merged_lead_id="L2", by=operations, at=NOW)
    with pytest.raises(AlreadyMerged):
        not_the_same(suggestion_id=suggestion.public_id, by=operations, at=NOW)


def test_a_merge_taken_back_is_a_suggestion_again(company: None, operations: Any) -> None:
    look_for_duplicates(current_facts(), by=operations, at=NOW)
    merge_sure_ones(by=operations, at=NOW)
    undo_merge(merge_id=Merge.objects.get().public_id, by=operations, at=NOW)
    assert Suggestion.objects.get().decision == Suggestion.Decision.OPEN
