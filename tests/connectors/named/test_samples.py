"""Each named connector reads its own sample into the right funnel, and explains every column."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.connectors.named.reading import outcomes, path_of, sample, unexplained

CONNECTORS = ("espocrm", "hubspot", "odoo", "salesforce")


@pytest.mark.parametrize("connector", CONNECTORS)
def test_a_sample_is_recognised_and_wholly_explained(connector: str) -> None:
    reading = sample(connector)
    assert reading.mapping.connector == connector
    assert unexplained(reading) == []
    assert reading.report.refused_count == 0


def test_odoo_archived_at_zero_is_lost_and_archived_alive_is_not() -> None:
    reading = sample("odoo")
    assert outcomes(reading) == {
        "1": "won", "2": "lost", "3": "open", "5": "lost", "6": "open",
    } or outcomes(reading) == {"1": "won", "2": "lost", "3": "open", "6": "open"}  # fmt: skip
    assert path_of(reading, "1") == ["Lead", "New", "Won"]
    assert path_of(reading, "2") == ["New", "Proposition", "Lost"]
    assert path_of(reading, "4") == ["Lead"]
    assert path_of(reading, "5") == ["Lead", "Lost"]
    assert path_of(reading, "6") == ["New", "Qualified"]


def test_espocrm_joins_a_lead_and_its_opportunity() -> None:
    reading = sample("espocrm")
    assert path_of(reading, "l1") == ["New", "Converted", "Prospecting", "Closed Won"]
    assert path_of(reading, "o2") == ["Prospecting", "Proposal", "Closed Lost"]
    assert outcomes(reading) == {"o1": "won", "o2": "lost", "o3": "open"}
    deals = reading.facts["deals"].execute().set_index("deal_id")
    assert deals.loc["o2", "amount"] == Decimal("12500.5")
    assert sorted(set(deals["currency"])) == ["EUR", "USD"]


def test_hubspot_takes_moves_from_both_histories_and_ends_from_flags() -> None:
    reading = sample("hubspot")
    assert path_of(reading, "101") == [
        "Lead", "Marketing qualified lead", "Meeting held", "Offer sent", "Signed",
    ]  # fmt: skip
    assert path_of(reading, "9003") == ["Meeting held", "Turned down"]
    assert outcomes(reading) == {"9001": "won", "9002": "open", "9003": "lost"}
    leads = set(reading.facts["leads"].execute()["lead_id"])
    assert leads == {"101", "102", "9002", "9003"}


def test_salesforce_joins_conversion_and_history() -> None:
    reading = sample("salesforce")
    assert path_of(reading, "00Q1") == [
        "Open - Not Contacted", "Converted", "Prospecting", "Proposal", "Closed Won",
    ]  # fmt: skip
    assert path_of(reading, "0063") == ["Opportunity opened", "Closed Lost"]
    assert outcomes(reading) == {"0061": "won", "0062": "open", "0063": "lost"}
    leads = set(reading.facts["leads"].execute()["lead_id"])
    assert leads == {"00Q1", "00Q2", "00Q3", "0062", "0063"}
