"""What each difference between two drafts touches: leads, money, and the lists behind them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import ibis
import pytest

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.duties import Handover, Promise
from onefunnel.agreement.stage import Stage
from onefunnel.agreement.words import Persona, Segment, Term
from onefunnel.facts.store import Facts, MissingFacts
from onefunnel.measures.differences import (
    SIDES,
    Difference,
    difference_records,
    differences,
    shared_leads,
)
from onefunnel.measures.scope import Scope
from onefunnel.measures.steps.run import rows

LEADS = """
lead  created     country  points  moves                          deals
A     2025-01-01  UK       80      1:New 2:MQL 3:Won              100.10:GBP:won 5.00:GBP:open
B     2025-01-02  UK       60      2:New 4:MQL                    200.25:EUR:lost
C     2025-01-03  IE       40      3:New 5:MQL                    ?:EUR:open
D     2025-02-01  -        90      40:New ?:MQL
E     2025-02-02  IE       10      41:New
"""


def facts_of(text: str = LEADS) -> Facts:
    """Leads with their moves (day:stage, ? undated) and deals (amount:currency:outcome)."""
    connection = ibis.duckdb.connect()
    con = connection.con
    con.execute(
        "CREATE TABLE leads (lead_id TEXT, created_at TIMESTAMP, country TEXT, points BIGINT);"
        'CREATE TABLE moves (lead_id TEXT, "at" TIMESTAMP, stage TEXT, seq BIGINT);'
        "CREATE TABLE deals (deal_id TEXT, lead_id TEXT, amount DECIMAL(18,4), currency TEXT, "
        "outcome TEXT, opened_at TIMESTAMP, closed_at TIMESTAMP)"
    )
    for line in text.strip().splitlines()[1:]:
        lead, created, country, points, *rest = line.split()
        known = None if country == "-" else country
        con.execute("INSERT INTO leads VALUES (?, ?, ?, ?)", [lead, created, known, int(points)])
        for seq, word in enumerate(rest):
            first, second, *outcome = word.split(":")
            if outcome:
                amount = None if first == "?" else Decimal(first)
                values = [f"{lead}{seq}", lead, amount, second, outcome[0], created]
                con.execute("INSERT INTO deals VALUES (?, ?, ?, ?, ?, ?, NULL)", values)
            else:
                at = None if first == "?" else datetime.fromordinal(
                    datetime(2025, 1, 1).toordinal() + int(first) - 1
                )  # fmt: skip
                con.execute("INSERT INTO moves VALUES (?, ?, ?, ?)", [lead, at, second, seq])
    tables = {name: connection.table(name) for name in ("leads", "moves", "deals")}
    return Facts(tables, data_at=datetime(2025, 6, 1))


FACTS = facts_of()
OURS = Agreement(
    "Ours",
    stages=(
        Stage("New", when="stage = 'New'"),
        Stage("MQL", when="stage = 'MQL' AND points >= 50"),
        Stage("Won", "won", "stage = 'Won'"),
    ),
)


def with_mql(**change: object) -> Agreement:
    new, mql, won = OURS.stages
    return replace(OURS, stages=(new, replace(mql, **change), won))  # type: ignore[arg-type]


def only(theirs: Agreement, ours: Agreement = OURS, **more: object) -> Difference:
    (found,) = differences(FACTS, ours, theirs, **more).differences  # type: ignore[arg-type]
    return found


def lists(
    ours: Agreement, theirs: Agreement, found: Difference, scope: Scope | None = None
) -> dict[str, list[str]]:
    """The leads behind each side's count; every count and every amount must be its list's."""
    names = {}
    for side in SIDES:
        counted = getattr(found, side)
        records = difference_records(FACTS, ours, theirs, found.discrepancy, side, scope=scope)
        names[side] = sorted(row["lead_id"] for row in rows(records.table))
        assert counted.leads == len(names[side])
        for code, amount in counted.amounts.items():
            deals = difference_records(
                FACTS, ours, theirs, found.discrepancy, side, scope=scope, currency=code
            )
            assert deals.sum_column == "amount"
            assert sum(row["amount"] for row in rows(deals.table)) == amount
    return names


def test_a_moved_boundary_touches_those_between_the_two() -> None:
    theirs = with_mql(when="stage = 'MQL' AND points >= 30 AND points < 70")
    found = only(theirs)
    assert found.discrepancy.kind == "other criterion"
    assert lists(OURS, theirs, found) == {
        "touched": ["A", "C", "D"], "ours_only": ["A", "D"], "theirs_only": ["C"],
    }  # fmt: skip
    assert found.ours_only is not None
    assert found.ours_only.amounts == {"GBP": Decimal("105.10")}
    assert found.theirs_only is not None
    assert (found.theirs_only.deals, found.theirs_only.unpriced) == (1, 1)
    assert found.theirs_only.amounts == {}


def test_the_other_side_sees_the_same_with_sides_swapped() -> None:
    theirs = with_mql(when="stage = 'MQL' AND points >= 85")
    one, other = only(theirs), only(OURS, theirs)
    assert (one.touched, one.ours_only, one.theirs_only) == (
        other.touched, other.theirs_only, other.ours_only,
    )  # fmt: skip


def test_another_owner_touches_all_in_the_stage_and_moves_none() -> None:
    found = only(with_mql(leads=("sales",)))
    assert lists(OURS, with_mql(leads=("sales",)), found) == {
        "touched": ["A", "B", "D"], "ours_only": [], "theirs_only": [],
    }  # fmt: skip
    assert found.touched is not None
    assert found.touched.amounts == {"EUR": Decimal("200.25"), "GBP": Decimal("105.10")}


def test_a_missing_stage_touches_all_that_enter_it() -> None:
    theirs = replace(OURS, stages=(OURS.stages[0], OURS.stages[2]))
    assert lists(OURS, theirs, only(theirs))["ours_only"] == ["A", "B", "D"]
    assert lists(theirs, OURS, only(OURS, theirs))["theirs_only"] == ["A", "B", "D"]


def test_a_handover_that_asks_for_more_touches_those_who_lack_it() -> None:
    card = Handover("Offer", "marketing", "sales", "MQL", ("points",))
    ours = replace(OURS, handovers=(card,))
    theirs = replace(OURS, handovers=(replace(card, required=("points", "country")),))
    assert lists(ours, theirs, only(theirs, ours))["ours_only"] == ["D"]
    tested = replace(OURS, handovers=(replace(card, accepted_when="country = 'UK'"),))
    assert lists(ours, tested, only(tested, ours))["touched"] == ["D"]


def test_promises_terms_orders_segments() -> None:
    promise = Promise("Call", "sales", "marketing", "MQL", "Won", 8)
    theirs = replace(OURS, promises=(promise,))
    assert lists(OURS, theirs, only(theirs))["theirs_only"] == ["A", "B", "D"]
    worded = replace(OURS, glossary=(Term("Won", "Paid."),))
    assert lists(OURS, worded, only(worded))["touched"] == ["A"]
    loose = only(replace(OURS, glossary=(Term("Funnel", "Wide."),)))
    assert (loose.touched, loose.note) == (None, "")
    new, mql, won = OURS.stages
    turned = replace(OURS, stages=(mql, new, won))
    assert lists(OURS, turned, only(turned))["touched"] == ["A", "B", "C", "D", "E"]
    one = replace(OURS, segments=(Segment("Near", "country = 'UK'"),))
    other = replace(OURS, segments=(Segment("Near", "country = 'IE' OR points = 60"),))
    assert lists(one, other, only(other, one)) == {
        "touched": ["A", "C", "E"], "ours_only": ["A"], "theirs_only": ["C", "E"],
    }  # fmt: skip
    person = replace(OURS, personas=(Persona("Buyer", "points > 50"),))
    assert lists(OURS, person, only(person))["theirs_only"] == ["A", "B", "D"]


def test_the_frame_touches_no_leads() -> None:
    found = only(replace(OURS, currency="GBP"))
    assert (found.touched, found.note) == (None, "")
    with pytest.raises(LookupError, match="not about leads"):
        difference_records(FACTS, OURS, OURS, found.discrepancy)


def test_the_scope_chooses_leads_and_the_moment() -> None:
    theirs = with_mql(when="")
    early = Scope(until=datetime(2025, 1, 15))
    assert lists(OURS, theirs, only(theirs, scope=early), early)["ours_only"] == ["A", "B"]
    uk = Scope(where="country = 'UK' AND points > 70")
    assert lists(OURS, theirs, only(theirs, scope=uk), uk)["ours_only"] == ["A"]
    then = Scope(as_of=datetime(2025, 1, 3))
    assert lists(OURS, theirs, only(theirs, scope=then), then)["ours_only"] == ["A", "D"]
    assert "no definition" in only(theirs).note
    renamed = with_mql(when="stage = 'M Q L'")
    assert only(replace(renamed, currency="GBP"), renamed).note == ""
    led = with_mql(when="stage = 'M Q L'", leads=("sales",))
    assert "no lead of these facts" in only(led, renamed).note


def test_what_cannot_be_counted_says_why() -> None:
    found = only(with_mql(when="stage = 'MQL' AND pionts >= 50"))
    assert found.touched is None
    assert "did you mean points" in found.note
    with pytest.raises(LookupError, match="pionts"):
        difference_records(
            FACTS, OURS, with_mql(when="stage = 'MQL' AND pionts >= 50"), found.discrepancy
        )


def test_facts_without_deals_count_leads_and_say_so() -> None:
    bare = replace(FACTS, tables={name: FACTS[name] for name in ("moves", "leads")})
    answer = differences(bare, OURS, with_mql(leads=("sales",)))
    (found,) = answer.differences
    assert found.touched is not None
    assert (found.touched.leads, found.touched.deals, found.touched.amounts) == (3, None, {})
    assert answer.notes
    with pytest.raises(MissingFacts):
        differences(Facts({}), OURS, OURS)


def test_stages_are_matched_by_the_leads_that_enter() -> None:
    theirs = with_mql(name="Ripe", when="stage = 'MQL' AND points >= 70")
    shares = shared_leads(FACTS, OURS, theirs)
    assert shares["MQL", "Ripe"] == pytest.approx(2 / 3)
    assert shares["New", "New"] == 1.0
    answer = differences(FACTS, OURS, theirs)
    assert [match.by for match in answer.matches] == ["name", "records", "name"]
    assert [each.discrepancy.kind for each in answer.differences] == [
        "renamed stage", "moved boundary",
    ]  # fmt: skip
    assert differences(FACTS, OURS, OURS).differences == ()
