"""Each field of a form is taken away: where would the agreement have said otherwise?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import ibis
import pyarrow as pa
import pytest

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.duties import Handover
from onefunnel.agreement.qualify import Rulebook
from onefunnel.agreement.stage import Stage
from onefunnel.facts.declaration import Type
from onefunnel.facts.store import Facts
from onefunnel.measures.form_fields import Decided, form_field_decisions, form_field_records

AGREED = Agreement(
    "As agreed",
    stages=(
        Stage("Inquiry", when="stage = 'New'"),
        Stage("MQL", when="stage IN ('New', 'Call') AND employees >= 50"),
        Stage("Won", kind="won", when="stage = 'Won'"),
        Stage("Lost", kind="lost", when="stage = 'Lost'"),
    ),
    handovers=(
        Handover(
            "To sales", "marketing", "sales", at_stage="MQL", required=("email",),
            accepted_when="country = 'DE' OR employees > 1000",
        ),
    ),
)  # fmt: skip
LEADS = [
    # lead, employees, email, country, phone
    ("big", 90, "b@x", "DE", "1"),
    ("huge", 2000, "h@x", "DE", None),
    ("small", 10, "s@x", "DE", "2"),
    ("silent", 70, None, "FR", "3"),
    ("elsewhere", 90, "e@x", "DE", "4"),
]
MOVES = [
    ("big", 1, "New"), ("huge", 1, "New"), ("small", 1, "New"), ("silent", 1, "Call"),
    ("elsewhere", 1, "New"), ("big", 2, "Won"),
]  # fmt: skip
ASKED = ("big", "huge", "small", "silent")
FIELDS = ("employees", "email", "country", "phone", "nobody_knows")


def facts() -> Facts:
    lead = ("lead_id", "employees", "email", "country", "phone")
    move = ("lead_id", "at", "stage", "seq")
    dated = [(one, datetime(2026, 1, day), stage, 0) for one, day, stage in MOVES]
    connection = ibis.duckdb.connect()
    return Facts({
        "leads": connection.create_table("leads", _table(lead, LEADS)),
        "moves": connection.create_table("moves", _table(move, dated)),
    })  # fmt: skip


def _table(names: Sequence[str], rows: Sequence[Sequence[object]]) -> pa.Table:
    return pa.table(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)))


def test_a_field_decides_where_a_stage_a_hand_over_or_its_test_would_differ() -> None:
    assert form_field_decisions(facts(), AGREED, ASKED, FIELDS) == {
        "employees": Decided(3, {"stage": 3}),  # big, huge, silent are MQL by it; small is not
        "email": Decided(2, {"required": 2}),  # big, huge came to the hand-over and have it
        "country": Decided(1, {"test": 1}),  # big passes by it; huge passes anyway, silent never
        "phone": Decided(0, {}),
        "nobody_knows": Decided(0, {}),
    }


def test_whose_the_lead_is_can_be_decided_by_a_field() -> None:
    found = form_field_decisions(
        facts(), AGREED, ASKED, ("phone", "country"), routing={"sales": ("phone = '1'", "??")}
    )
    assert found["phone"] == Decided(1, {"routing": 1})
    assert found["country"].by_kind == {"test": 1}


@pytest.mark.parametrize("field", FIELDS)
def test_every_number_is_its_list(field: str) -> None:
    there, routing = facts(), {"sales": ("phone = '1'",)}
    counted = form_field_decisions(there, AGREED, ASKED, (field,), routing=routing)[field]
    rows = form_field_records(there, AGREED, ASKED, field, routing=routing).table.to_pyarrow()
    ids = rows["lead_id"].to_pylist()
    assert len(ids) == len(set(ids)) == counted.leads
    assert set(ids) <= set(ASKED)


def test_one_record_at_a_time_says_the_same_of_the_stage() -> None:
    """The second way: the rulebook that the tracker qualifies by, lead for lead."""
    there = facts()
    columns: dict[str, Type] = {
        "stage": "text", "employees": "int", "country": "text", "email": "text"
    }  # fmt: skip
    rules = Rulebook(AGREED, columns)
    leads = {
        one[0]: dict(zip(("employees", "email", "country"), one[1:4], strict=True)) for one in LEADS
    }
    for field in ("employees", "email", "country"):
        differ = {
            lead for lead, _, stage in MOVES if lead in ASKED
            and rules.stage_of({**leads[lead], "stage": stage})
            != rules.stage_of({**leads[lead], field: None, "stage": stage})
        }  # fmt: skip
        found = form_field_decisions(there, AGREED, ASKED, (field,))[field]
        assert found.by_kind.get("stage", 0) == len(differ)


def test_a_definition_that_the_facts_cannot_be_asked_is_met_by_none() -> None:
    late = Stage("Later", kind="recycled", when="wake_on IS NOT NULL")
    more = replace(AGREED, stages=(*AGREED.stages, late))
    assert form_field_decisions(facts(), more, ASKED, ("employees",))["employees"].leads == 3


def test_no_leads_and_no_hand_over_decide_nothing() -> None:
    assert form_field_decisions(facts(), AGREED, (), ("employees",)) == {
        "employees": Decided(0, {})
    }
    bare = replace(AGREED, handovers=())
    assert form_field_decisions(facts(), bare, ASKED, ("email",)) == {"email": Decided(0, {})}
