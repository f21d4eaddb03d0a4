"""What becomes of the rows of a delivery, and that every row is accounted for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

from onefunnel.server.warehouse.inbox.accounting import RefusedRow, SourceFile
from onefunnel.server.warehouse.models import Import
from onefunnel.server.warehouse.queries import current_facts
from tests.server.warehouse.conftest import delivered

Bring = Callable[..., Import]
DAY = datetime(2026, 3, 1)


def lead(number: int, **more: Any) -> dict[str, Any]:
    return {"lead_id": f"L{number}", "created_at": DAY, **more}


def move(number: int, stage: str, **more: Any) -> dict[str, Any]:
    return {"lead_id": f"L{number}", "stage": stage, "at": DAY, **more}


def test_a_first_delivery_is_created_and_can_be_measured(bring: Bring) -> None:
    imported = bring(
        "crm",
        leads=[lead(1, Size="big", score=7), lead(2, Size=None, score=8)],
        moves=[move(1, "New"), move(2, "New"), move(2, "Won", seq=1)],
        deals=[{"deal_id": "D1", "lead_id": "L2", "amount": Decimal("12345678901234.5678")}],
    )
    assert imported.counts["rows_in"] == imported.counts["created"] == 6
    facts = current_facts()
    assert facts["moves"].count().execute() == 3
    deals = facts["deals"].to_pyarrow().to_pylist()
    assert deals[0]["amount"] == Decimal("12345678901234.5678")
    leads = facts["leads"].order_by("lead_id").to_pyarrow().to_pylist()
    assert [(one["Size"], one["score"]) for one in leads] == [("big", 7), (None, 8)]
    assert leads[0]["created_at"] == DAY
    assert facts.data_at == DAY
    assert facts.journeys is not None
    assert facts.journeys.table.count().execute() == 2


def test_the_same_delivery_twice_is_skipped_whole(bring: Bring) -> None:
    tables = {"leads": [lead(1), lead(2)], "spend": [{"at": DAY, "amount": Decimal(5)}] * 2}
    bring("crm", **tables)
    again = bring("crm", **tables)
    assert again.counts["created"] == again.counts["updated"] == 0
    assert again.counts["skipped"] == again.counts["rows_in"] == 4
    assert list(again.counts["reasons"]) == ["unchanged: it is in the workspace already"]
    assert current_facts()["spend"].count().execute() == 2


def test_a_changed_row_is_updated_and_the_old_one_is_history(bring: Bring) -> None:
    bring("crm", leads=[lead(1, source="web"), lead(2)])
    again = bring("crm", leads=[lead(1, source="fair"), lead(2)])
    assert (again.counts["updated"], again.counts["skipped"]) == (1, 1)
    leads = current_facts()["leads"].order_by("lead_id").to_pyarrow().to_pylist()
    assert [one["source"] for one in leads] == ["fair", None]


def test_a_source_row_with_a_new_fact_of_a_known_lead_is_updated(bring: Bring) -> None:
    """Row 1 of one file made a lead that is known and a move that is new."""
    bring("crm", leads=[lead(1)])
    delivery = delivered(leads=[lead(1)], moves=[move(1, "New", _file=0, _row=1)])
    delivery = type(delivery)(facts=delivery.facts, files=(SourceFile("leads.csv", 1),))
    again = bring("crm", delivery)
    assert (again.counts["rows_in"], again.counts["created"], again.counts["updated"]) == (1, 0, 1)


def test_rows_that_make_no_fact_say_why(bring: Bring) -> None:
    refused = [
        RefusedRow("leads.csv", 3, "created_at", "31.02.2026", "no such day", "correct the date"),
        RefusedRow("leads.csv", 3, "lead_id", "", "empty", "give an id"),
        RefusedRow("leads.csv", 1, "score", "x", "not a number", "correct it"),
    ]
    imported = bring(
        "crm",
        delivered(
            refused=refused,
            unused=[SourceFile("readme.csv", 7, skipped={"left out by the mapping: notes": 7})],
            leads=[lead(1), lead(1), lead(2, _row=4)],
        ),
    )
    counts = imported.counts
    # 3 leads and row 3 that was refused twice; row 1 was refused for one value but is a lead
    assert (counts["rows_in"], counts["created"], counts["refused"]) == (11, 2, 1)
    assert counts["skipped"] == 8
    assert counts["reasons"] == {
        "repeats another row of this delivery": 1,
        "left out by the mapping: notes": 7,
    }


def test_equal_lead_numbers_of_another_system_are_kept_apart(bring: Bring) -> None:
    bring("old crm", leads=[lead(1), lead(2)])
    other = bring("new crm", leads=[lead(1, created_at=datetime(2020, 1, 1)), lead(9)])
    ids = sorted(current_facts()["leads"].lead_id.to_pyarrow().to_pylist())
    assert ids == ["L1", "L2", "new-crm:L1", "new-crm:L9"]
    assert other.findings[-1]["kind"] == "ids-of-another-source"


def test_the_same_leads_from_another_system_are_the_same_leads(bring: Bring) -> None:
    bring("crm", leads=[lead(1), lead(2)])
    other = bring("marketing", leads=[lead(1, campaign="spring"), lead(2)])
    assert (other.counts["updated"], other.counts["skipped"]) == (1, 1)
    assert other.findings[-1]["kind"] == "leads-of-another-source"
