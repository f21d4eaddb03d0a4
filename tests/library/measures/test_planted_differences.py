"""Twelve discrepancies planted between two drafts over 40,000 leads: all found, truly counted.

The truth is hand-written SQL on the raw tables; it knows nothing of agreements or predicates.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.stage import Stage
from onefunnel.facts.store import Facts
from onefunnel.measures.differences import Difference, Differences, difference_records, differences
from onefunnel.measures.steps.run import rows
from onefunnel.simulate.company.agreement import proposed_agreement
from onefunnel.simulate.company.company import simulate_company

pytestmark = pytest.mark.slow

MQL = "stage = 'Marketing qualified' AND score >= "
SQL = "stage IN ('Sales qualified', 'Sales qualifed')"


def changed(agreement: Agreement, part: str, called: str, /, **change: object) -> Agreement:
    """The agreement with one named thing changed."""
    things = tuple(
        replace(each, **change) if each.name == called else each
        for each in getattr(agreement, part)
    )
    assert things != getattr(agreement, part), called
    return replace(agreement, **{part: things})


def drafts() -> tuple[Agreement, Agreement]:
    """Marketing's draft and sales' draft: the same but for twelve things."""
    ours = changed(proposed_agreement(), "stages", "Marketing qualified", when=MQL + "50")
    theirs = changed(ours, "stages", "Marketing qualified", when=MQL + "60")  # 1 moved boundary
    theirs = changed(  # 2 other criterion
        theirs, "stages", "Sales qualified", when=f"{SQL} AND budget_known AND employees >= 50"
    )
    theirs = changed(theirs, "stages", "Proposal", name="Offer")  # 3 renamed
    theirs = changed(theirs, "stages", "Won", leads=("marketing",))  # 4 other owner
    theirs = changed(theirs, "stages", "In use", target=0.8)  # 5 other target
    theirs = changed(theirs, "stages", "Recycled", kind="lost")  # 6 other kind
    theirs = changed(  # 7 other promise
        theirs, "promises", "Every qualified lead is answered in a working day", within_hours=4.0
    )
    theirs = changed(  # 8 other hand-over
        theirs, "handovers", "Qualified lead to sales",
        required=("company", "country", "product", "phone"),
    )  # fmt: skip
    theirs = changed(theirs, "glossary", "Repeat order", meaning="A second machine")  # 9 other term
    theirs = changed(theirs, "segments", "Food and drink", when="segment = 'Dairy'")  # 10 segment
    stages = [stage for stage in theirs.stages if stage.name != "Sales accepted"]  # 11 missing
    at = [stage.name for stage in stages].index("Onboarded")
    stages[at : at + 2] = stages[at + 1], stages[at]  # 12 other order
    # what nobody should notice: other spelling, brackets and order of the same things
    first: Stage = stages[0]
    stages[0] = replace(first, when="(stage IN ('Inquiry'))", touchpoints=first.touchpoints[::-1])
    return ours, replace(theirs, stages=tuple(stages), version="sales' draft")


def moves_into(*stages: str, also: str = "true") -> str:
    names = ", ".join(f"'{stage}'" for stage in stages)
    return (
        "SELECT DISTINCT m.lead_id FROM moves m JOIN leads l ON l.lead_id = m.lead_id "
        f"WHERE m.stage IN ({names}) AND ({also})"
    )


SEGMENT = "SELECT lead_id FROM leads WHERE segment IN ({})"
SALES_QUALIFIED = ("Sales qualified", "Sales qualifed")
BUDGET = "l.budget_known AND l.employees >= 50"
NOBODY = "SELECT lead_id FROM leads WHERE false"

#: Kind, place: SQL for the leads of ours only, of theirs only, and (where both are nobody) touched.
PLANTED: dict[tuple[str, str], tuple[str, str, str | None]] = {
    ("moved boundary", "stage Marketing qualified"): (
        moves_into("Marketing qualified", also="l.score BETWEEN 50 AND 59"), NOBODY, None),
    ("missing stage", "stage Sales accepted"): (moves_into("Sales accepted"), NOBODY, None),
    ("other criterion", "stage Sales qualified"): (
        moves_into(*SALES_QUALIFIED, also=f"({BUDGET}) IS NOT TRUE"), NOBODY, None),
    ("renamed stage", "stage Proposal / Offer"): (NOBODY, NOBODY, moves_into("Proposal")),
    ("other owner", "stage Won"): (NOBODY, NOBODY, moves_into("Won")),
    ("other target", "stage In use"): (NOBODY, NOBODY, moves_into("In use")),
    ("other kind", "stage Recycled"): (NOBODY, NOBODY, moves_into("Recycled")),
    ("other order", "stages Onboarded, In use / In use, Onboarded"): (
        NOBODY, NOBODY, moves_into("Onboarded", "In use")),
    ("other hand-over", "hand-over Qualified lead to sales"): (
        moves_into("Marketing qualified", also="l.score >= 50 AND l.company IS NOT NULL AND "
                   "l.country IS NOT NULL AND l.product IS NOT NULL AND l.phone IS NULL"),
        NOBODY, None),
    ("other promise", "promise Every qualified lead is answered in a working day"): (
        NOBODY, NOBODY, moves_into("Marketing qualified", also="l.score >= 50")),
    ("other segment", "segment Food and drink"): (
        SEGMENT.format("'Bakery', 'Beverage'"), NOBODY, None),
    ("other term", "term Repeat order"): (NOBODY, NOBODY, moves_into("Repeat order")),
}  # fmt: skip

Compared = tuple[Facts, Agreement, Agreement, Differences]


@pytest.fixture(scope="module")
def compared() -> Compared:
    facts = simulate_company(until=datetime(2026, 11, 21, 12))
    ours, theirs = drafts()
    return facts, ours, theirs, differences(facts, ours, theirs)


def query(facts: Facts, sql: str) -> list[tuple[Any, ...]]:
    """Run the SQL over the simulated company's tables, which bear their standard names."""
    found: list[tuple[Any, ...]] = facts["moves"].get_backend().raw_sql(sql).fetchall()
    return found


def by_place(found: Differences) -> dict[tuple[str, str], Difference]:
    return {(each.discrepancy.kind, each.discrepancy.where): each for each in found.differences}


def test_all_twelve_are_found_and_nothing_else(compared: Compared) -> None:
    facts, _, _, found = compared
    assert facts["leads"].count().execute() == 40_000
    assert set(by_place(found)) == set(PLANTED)
    assert len(found.differences) == len(PLANTED) == 12
    assert [each.discrepancy.number for each in found.differences] == list(range(1, 13))
    (renamed,) = [match for match in found.matches if match.ours != match.theirs]
    assert (renamed.ours, renamed.theirs, renamed.by) == ("Proposal", "Offer", "definition")


@pytest.mark.parametrize("place", PLANTED, ids=lambda place: place[0])
def test_each_touches_the_true_records_and_money(
    place: tuple[str, str], compared: Compared
) -> None:
    facts, ours, theirs, found = compared
    one, other, touched = PLANTED[place]
    difference = by_place(found)[place]
    expected = {
        "ours_only": one,
        "theirs_only": other,
        "touched": touched or f"{one} UNION {other}",
    }
    for side, sql in expected.items():
        counted = getattr(difference, side)
        leads = {lead for (lead,) in query(facts, sql)}
        assert counted.leads == len(leads), side
        money = query(
            facts,
            "SELECT coalesce(currency, ''), count(*), sum(amount) FROM deals "
            f"WHERE lead_id IN ({sql}) GROUP BY 1 ORDER BY 1",
        )
        assert counted.deals == sum(deals for _, deals, _ in money)
        assert dict(counted.amounts) == {code: amount for code, _, amount in money}
        records = difference_records(facts, ours, theirs, difference.discrepancy, side)  # type: ignore[arg-type]
        assert {row["lead_id"] for row in rows(records.table)} == leads
        assert records.table.count().execute() == len(leads)
    assert difference.touched is not None
    assert difference.touched.leads > 0
    assert all(isinstance(amount, Decimal) for amount in difference.touched.amounts.values())


def test_the_other_side_counts_the_same(compared: Compared) -> None:
    facts, ours, theirs, found = compared
    back = differences(facts, theirs, ours)
    assert [
        (each.discrepancy.swapped(), each.touched, each.theirs_only, each.ours_only)
        for each in back.differences
    ] == [
        (each.discrepancy, each.touched, each.ours_only, each.theirs_only)
        for each in found.differences
    ]
