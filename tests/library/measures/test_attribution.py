"""Credit for what was won: sums to the last penny, refusals, words and edges."""

from collections import defaultdict
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import ibis
import pyarrow as pa
import pytest

from onefunnel.agreement.charter import CreditPolicy
from onefunnel.agreement.document import Agreement
from onefunnel.facts.store import Facts, MissingFacts
from onefunnel.measures.attribution import CREDITS
from onefunnel.measures.catalogue import compute_measure, records_of
from onefunnel.measures.returns import MARGINS
from onefunnel.measures.scope import Scope
from onefunnel.measures.steps.counted_wins import PARTS
from tests.library.measures.random_facts import AGREEMENT, random_facts

POLICY = CreditPolicy("position based", 90, "to learn")
SIGNED = replace(AGREEMENT, credit=POLICY, status="agreed")
DAY = datetime(2026, 1, 1)
MONEY = pa.decimal128(18, 4)


def day(number: float) -> datetime:
    return DAY + timedelta(days=number)


def facts_of(**tables: list[dict[str, Any]]) -> Facts:
    """Tables of these rows; a lead A of company X, created on day 5, unless said otherwise."""
    rows = {"leads": [{"lead_id": "A", "account_id": "X", "created_at": day(5)}], **tables}
    connection = ibis.duckdb.connect()
    made = {}
    for name, of in rows.items():
        table = pa.Table.from_pylist(of)
        for place, column in enumerate(table.schema):
            if pa.types.is_null(column.type):
                table = table.set_column(place, column.name, table[place].cast(pa.string()))
        for column in ("amount", "margin"):
            if column in table.column_names:
                place = table.column_names.index(column)
                table = table.set_column(place, column, table[column].cast(MONEY))
        made[name] = connection.create_table(name, table)
    return Facts(made, data_at=day(400))


def deal(number: int, closed: float, margin: int | None = 100, **more: Any) -> dict[str, Any]:
    return {
        "deal_id": f"D{number}", "lead_id": "A", "account_id": None, "opened_at": day(20),
        "closed_at": day(closed), "outcome": "won", "currency": "EUR",
        "margin": None if margin is None else Decimal(margin), "amount": Decimal(1000), **more,
    }  # fmt: skip


def touch(number: int, at: float, channel: str, **more: Any) -> dict[str, Any]:
    return {"touch_id": f"T{number}", "lead_id": "A", "account_id": None, "at": day(at),
            "channel": channel, **more}  # fmt: skip


def credit(facts: Facts, rule: str, agreement: Agreement = SIGNED) -> dict[object, Decimal]:
    rows = compute_measure("attribution", facts, agreement).rows
    return {row["channel"]: Decimal(str(row[f"{rule}_credit"])) for row in rows}


def test_one_journey_under_each_rule() -> None:
    """Touches on days 1 (first), 5 (made the lead), 12 and 30 (after the deal was opened)."""
    touches = [touch(1, 1, "Ad"), touch(2, 4.5, "Web"), touch(3, 12, "Mail"), touch(4, 30, "Call")]
    facts = facts_of(touches=touches, deals=[deal(1, 31.5)])
    rows = {row["channel"]: row for row in compute_measure("attribution", facts, SIGNED).rows}
    found = {
        rule: [rows[name][f"{rule}_credit"] for name in ("Ad", "Web", "Mail", "Call")]
        for rule in ("first_touch", "u_shaped", "w_shaped", "full_path", "shapley")
    }
    assert found == {
        "first_touch": [1, 0, 0, 0],
        "u_shaped": [Decimal("0.4"), Decimal("0.4"), Decimal("0.1"), Decimal("0.1")],
        "w_shaped": [Decimal("0.3"), Decimal("0.3"), Decimal("0.3"), Decimal("0.1")],
        "full_path": [Decimal("0.25")] * 4,
        "shapley": [Decimal("0.25")] * 4,
    }


def test_touches_of_everybody_at_the_company_count_and_each_once() -> None:
    leads = [
        {"lead_id": "A", "account_id": "X", "created_at": day(5)},
        {"lead_id": "B", "account_id": "X", "created_at": day(6)},
        {"lead_id": "C", "account_id": "Y", "created_at": day(6)},
    ]
    touches = [
        touch(1, 1, "Ad"),
        touch(2, 2, "Web", lead_id="B"),
        touch(3, 3, "Visit", lead_id=None, account_id="X"),
        touch(4, 4, "Other", lead_id="C"),
        touch(5, 4, "Nobody", lead_id=None),
    ]
    facts = facts_of(leads=leads, touches=touches, deals=[deal(1, 30)])
    found = credit(facts, "linear")
    assert {name for name, credit in found.items() if credit} == {"Ad", "Web", "Visit"}


def test_a_touch_counts_within_the_window_and_to_the_end_of_the_day_of_the_win() -> None:
    touches = [touch(1, 4, "Too early"), touch(2, 10, "In time"), touch(3, 95.7, "On the day"),
               touch(4, 96.1, "After")]  # fmt: skip
    facts = facts_of(touches=touches, deals=[deal(1, 95)])
    assert credit(facts, "last_touch") == {"On the day": 1, "In time": 0, "(no touch known)": 0}


def test_without_deals_the_leads_that_were_won_stand_for_them() -> None:
    moves = [{"lead_id": "A", "at": day(9), "stage": "Lead"},
             {"lead_id": "A", "at": day(30), "stage": "Won"}]  # fmt: skip
    facts = facts_of(moves=moves, touches=[touch(1, 8, "Ad")])
    assert credit(facts, "linear") == {"Ad": 1, "(no touch known)": 0}


def test_neither_deals_nor_moves_is_said() -> None:
    with pytest.raises(MissingFacts, match="deals"):
        compute_measure("attribution", facts_of(touches=[touch(1, 8, "Ad")]), SIGNED)


def test_what_was_won_without_a_touch_has_a_row() -> None:
    facts = facts_of(touches=[touch(1, 8, "Ad")], deals=[deal(1, 30), deal(2, 300)])
    assert credit(facts, "markov") == {"Ad": 1, "(no touch known)": 1}
    listed = records_of("attribution", facts, SIGNED, None, "n", {"channel": "(no touch known)"})
    assert [row["deal_id"] for row in listed.table.to_pyarrow().to_pylist()] == ["D2"]


@pytest.mark.parametrize("seed", range(2))
def test_every_rule_sums_to_what_was_won_and_to_its_margin(seed: int) -> None:
    facts = random_facts(seed)
    result = compute_measure("attribution", facts, SIGNED)
    won = compute_measure("value", facts, SIGNED)
    assert result.totals["won"] == won.totals["won"]
    for column in CREDITS:
        assert sum(Decimal(str(row[column])) for row in result.rows) == won.totals["won"]
    margins: dict[object, Decimal] = {
        row["currency"]: Decimal(str(row["margin"]))
        for row in won.rows
        if row["margin"] is not None
    }
    returned = compute_measure("returns", facts, SIGNED).rows
    for column in MARGINS:
        sums: defaultdict[object, Decimal] = defaultdict(Decimal)
        for row in returned:
            sums[row["currency"]] += Decimal(str(row[column] or 0))
        assert {c: amount for c, amount in sums.items() if amount} == margins


@pytest.mark.parametrize(
    ("agreement", "said"),
    [
        (AGREEMENT, "no credit policy is signed by both sides"),
        (replace(AGREEMENT, credit=POLICY), "no credit policy is signed by both sides"),
        (replace(SIGNED, credit=None), "no credit policy is signed by both sides"),
        (replace(SIGNED, credit=replace(POLICY, model="by feeling")), "no known model"),
        (replace(SIGNED, credit=replace(POLICY, window_days=None)), "no window"),
    ],
)
def test_without_a_signed_policy_money_is_refused_and_counts_are_told(
    agreement: Agreement, said: str
) -> None:
    facts = random_facts(2)
    result = compute_measure("returns", facts, agreement)
    assert said in result.sentence
    assert "Agree on" in result.sentence
    for row in result.rows:
        assert not any(row[column] for column in (*MARGINS, "return_share", "linear_cost"))
    assert any(row["n"] for row in result.rows)
    assert compute_measure("attribution", facts, agreement).totals["won"]


def test_a_margin_that_is_missing_is_counted_and_never_assumed() -> None:
    facts = facts_of(touches=[touch(1, 8, "Ad")], deals=[deal(1, 30), deal(2, 31, margin=None)])
    (row, *_) = compute_measure("returns", facts, SIGNED).rows
    assert (row["linear_margin"], row["margin_missing"], row["n"]) == (100, 1, 2)


def test_what_comes_back_and_how_long_it_takes() -> None:
    """25 deals of 100 for 1,000 spent: 150 % more than it cost. 40 a win, 10 a month after it."""
    leads, touches, deals, orders = [], [], [], []
    for n in range(25):
        who = {"lead_id": f"L{n}", "account_id": f"X{n}"}
        leads.append({**who, "created_at": day(5)})
        touches.append({"touch_id": f"T{n}", **who, "at": day(8), "channel": "Ad"})
        deals.append(deal(n, 30.5, **who))
        orders.append({"order_id": f"O{n}", "account_id": f"X{n}", "at": day(40), "currency": "EUR",
                       "margin": Decimal(10 * 12)})  # fmt: skip
    spend = [{"at": day(7), "channel": "ad", "amount": Decimal(1000), "currency": "EUR"}]
    facts = facts_of(leads=leads, touches=touches, deals=deals, orders=orders, spend=spend)
    scope = Scope(as_of=day(30.5 + 365.25))
    row, *_ = compute_measure("returns", facts, SIGNED, scope).rows
    assert row["return_share"] == pytest.approx(1.5)
    assert row["linear_cost"] == 40
    assert row["payback_months"] == pytest.approx(4)
    assert row["low"] == pytest.approx(1.5)  # all accounts alike: drawing them changes nothing
    few = compute_measure("returns", facts, SIGNED, replace(scope, where="lead_id < 'L15'"))
    assert few.rows[0]["return_share"] is None
    assert "too few to tell" in str(few.rows[0]["note"])


def many(**of_channel: int) -> Facts:
    """One company each: won after one touch of the channel."""
    leads, touches, deals = [], [], []
    names = [name for name, count in of_channel.items() for _ in range(count)]
    for n, name in enumerate(names):
        who = {"lead_id": f"L{n}", "account_id": f"X{n}"}
        leads.append({**who, "created_at": day(5)})
        touches.append({"touch_id": f"T{n}", **who, "at": day(8), "channel": name})
        deals.append(deal(n, 30, **who))
    return facts_of(leads=leads, touches=touches, deals=deals)


def test_the_sentence_says_whether_the_order_depends_on_the_rule() -> None:
    same = compute_measure("attribution", many(Ad=30, Web=20), SIGNED)
    assert same.sentence == (
        "Credit, not cause: Ad is credited with most under every rule (30.0 of 50 won), and the "
        "order of all is the same whichever rule is used."
    )
    facts = many(Ad=30, Web=2)
    extra = [
        {"touch_id": f"L{n}", "lead_id": f"L{n}", "account_id": f"X{n}", "at": day(9),
         "channel": "Call"}
        for n in range(30)
    ]  # fmt: skip
    rows = [*facts["touches"].to_pyarrow().to_pylist(), *extra]
    deals, leads = (facts[name].to_pyarrow().to_pylist() for name in ("deals", "leads"))
    flips = compute_measure(
        "attribution", facts_of(leads=leads, deals=deals, touches=rows), SIGNED
    ).sentence
    assert "the order flips with the rule" in flips
    assert "by last touch Call" in flips


def test_a_few_have_no_order_and_no_share() -> None:
    result = compute_measure("attribution", many(Ad=5, Web=3), SIGNED)
    assert result.sentence == ("Credit, not cause: of 8 won too few have touches to tell an order.")
    assert {row["credit_share"] for row in result.rows} == {None}


def test_credit_can_be_split_by_campaign_and_says_where_it_cannot() -> None:
    facts = facts_of(
        touches=[touch(1, 8, "Ad", campaign="Spring"), touch(2, 9, "Ad", campaign=None)],
        deals=[deal(1, 30)],
    )
    result = compute_measure("attribution", facts, SIGNED, Scope(by="campaign"))
    assert {row["campaign"] for row in result.rows} == {"Spring", "(none)", "(no touch known)"}
    assert not [note for note in result.notes if "cannot be split" in note]
    other = compute_measure("attribution", facts, SIGNED, Scope(by="source"))
    assert "Not split by source: attribution cannot be split by it." in other.notes


def test_won_deals_and_won_leads_are_told_apart_with_the_records_that_differ() -> None:
    """A is won with two deals, B without one, C has a won deal and is not won; one has no lead."""
    stages = AGREEMENT.success_path[0].name, AGREEMENT.won.name if AGREEMENT.won else ""
    moves = [
        {"lead_id": lead, "at": day(6 + at), "stage": stages[at], "seq": at + 1}
        for lead, last in (("A", 1), ("B", 1), ("C", 0))
        for at in range(last + 1)
    ]
    leads = [{"lead_id": lead, "account_id": lead, "created_at": day(5)} for lead in "ABC"]
    deals = [deal(1, 30), deal(2, 40), deal(3, 31, lead_id="C"), deal(4, 32, lead_id=None)]
    facts = facts_of(leads=leads, moves=moves, deals=deals, touches=[touch(1, 8, "Ad")])
    result = compute_measure("attribution", facts, SIGNED)
    told = {
        "won": 4, "won_leads": 2, "further_deals": 1, "deals_without_lead": 1,
        "deals_of_other_leads": 1, "leads_without_deal": 1,
    }  # fmt: skip
    assert {name: result.totals[name] for name in told} == told
    parts = sum(told[part] for part in list(told)[2:5]) - told["leads_without_deal"]
    assert told["won"] - told["won_leads"] == parts
    (said,) = [note for note in result.notes if note.startswith("Counted here")]
    assert said == (
        "Counted here are won deals (4); the funnel counts won leads (2): 1 won deal is a further "
        "one of a lead, 1 won deal names no lead, 1 won deal is of a lead that the funnel does not "
        "count as won, 1 won lead has no won deal."
    )
    for name, count in told.items():
        listed = records_of("attribution", facts, SIGNED, None, name, {})
        assert listed.table.count().execute() == count, name


def test_in_a_period_wins_and_their_deals_on_other_days_are_told_apart() -> None:
    """A was won in the period and its deal before it; B the other way; C is won with its second
    deal in the period."""
    stages = AGREEMENT.success_path[0].name, AGREEMENT.won.name if AGREEMENT.won else ""
    won = {"A": 30, "B": 10, "C": 10}
    moves = [
        {"lead_id": lead, "at": day(at), "stage": stages[seq - 1], "seq": seq}
        for lead, day_won in won.items()
        for seq, at in ((1, 6), (2, day_won))
    ]
    leads = [{"lead_id": lead, "account_id": lead, "created_at": day(5)} for lead in won]
    deals = [
        deal(1, 10, lead_id="A"), deal(2, 30, lead_id="B"), deal(3, 10, lead_id="C"),
        deal(4, 31, lead_id="C"),
    ]  # fmt: skip
    facts = facts_of(leads=leads, moves=moves, deals=deals, touches=[touch(1, 8, "Ad")])
    scope = Scope(since=day(20), until=day(50))
    totals = compute_measure("attribution", facts, SIGNED, scope).totals
    parts = {name: totals[name] for name in PARTS if name in totals}
    assert (totals["won"], totals["won_leads"]) == (2, 1)
    assert parts == {
        "further_deals": 1, "deals_of_other_periods": 1, "leads_of_other_periods": 1,
    }  # fmt: skip
    for name, count in parts.items():
        listed = records_of("attribution", facts, SIGNED, scope, name, {})
        assert listed.table.count().execute() == count, name
