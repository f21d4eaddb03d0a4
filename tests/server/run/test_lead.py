from __future__ import annotations

from typing import Any

import pytest

from onefunnel.server.people.hiding import Hiding
from onefunnel.server.run.records import NoSuchRecord, account_record, lead_record
from tests.server.run.tiny import HANDOVERS, ORDERS, TOUCHES, basis_of, day


def test_one_timeline_before_and_after_the_sale() -> None:
    basis = basis_of(orders=ORDERS, touches=TOUCHES, handovers=HANDOVERS)
    lead = lead_record(basis, "a", hiding=Hiding(sees_all=True))
    told = [(entry.at.day if entry.at else None, entry.kind, entry.what) for entry in lead.entries]
    assert told == [
        (9, "Order", "first · GBP 120.50"),
        (4, "Touch", "E-mail · opened"),
        (3, "Handover", "rejected"),
        (2, "Stage", "Qualified"),
        (2, "Handover", "offered to sales"),
        (1, "Stage", "Lead"),
    ]
    assert lead.entries[2].more == "no budget"
    assert lead.entries[4].promised_by is not None


def test_why_a_lead_is_in_its_stage_clause_by_clause() -> None:
    lead = lead_record(basis_of(), "a", hiding=Hiding(sees_all=True))
    assert lead.stage == "Qualified"
    assert lead.since is not None
    assert lead.since.replace(tzinfo=None) == day(2)
    assert lead.why is not None
    assert [(clause.words, clause.answer) for clause in lead.why.clauses] == [
        ("the stage is Qualified", "yes"),
        ("the country is UK", "yes"),
    ]
    assert lead.next is not None
    assert (lead.next.stage.name, [c.answer for c in lead.next.clauses]) == ("Won", ["no"])


def test_a_lead_that_fits_no_stage_says_so() -> None:
    lead = lead_record(basis_of(), "b", hiding=Hiding(sees_all=True))
    assert (lead.stage, lead.why) == ("", None)


def test_what_is_not_dated_stands_last_and_has_no_date() -> None:
    lead = lead_record(basis_of(), "c", hiding=Hiding(sees_all=True))
    assert [(entry.at, entry.what) for entry in lead.entries] == [(None, "Lead")]
    assert lead.title == "Lead c"


def test_personal_data_is_masked_by_role() -> None:
    basis = basis_of()
    lead = lead_record(basis, "a", hiding=Hiding(basis.personal))
    assert lead.title == "Ash Ltd"
    assert {one.words for one in lead.known if one.name in ("Name", "E-mail")} == {"•••"}


def test_an_account_is_the_whole_relationship() -> None:
    basis = basis_of(orders=ORDERS, touches=TOUCHES, handovers=HANDOVERS)
    account = account_record(basis, "A1", hiding=Hiding(sees_all=True))
    assert [lead.lead_id for lead in account.leads] == ["a", "b"]
    assert account.became_customer_at is not None
    assert account.became_customer_at.replace(tzinfo=None) == day(9)
    assert {entry.lead_id for entry in account.entries} == {"a", "b", ""}


def test_nobody_there() -> None:
    with pytest.raises(NoSuchRecord):
        lead_record(basis_of(), "nobody", hiding=Hiding(sees_all=True))
    with pytest.raises(NoSuchRecord):
        account_record(basis_of(), "nobody", hiding=Hiding(sees_all=True))


@pytest.mark.parametrize("key", ["a b/c", "ü%20?", "../x", "'; drop table leads;--"])
def test_a_key_may_hold_anything(demo: Any, see: Any, key: str) -> None:
    from urllib.parse import quote

    see(f"/run/leads/{quote(key, safe='')}/", 404)


def test_the_pages(demo: Any, see: Any) -> None:
    lead = demo.facts()["leads"].limit(1).to_pyarrow().to_pylist()[0]
    assert "What happened" in see(f"/run/leads/{lead['lead_id']}/")
    assert "before and after the sale" in see(f"/run/accounts/{lead['account_id']}/")
    assert lead["lead_id"] in see(f"/run/leads/?account={lead['account_id']}")
