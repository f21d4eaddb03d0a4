"""The totals beside the stages are of the same leads, moment and window as the stages."""

from datetime import timedelta
from decimal import Decimal

import pytest

from onefunnel.facts.store import Facts
from onefunnel.measures.catalogue import compute_measure, records_of
from onefunnel.measures.scope import Scope
from onefunnel.measures.steps.tally import TooManyGroups
from tests.library.measures.log_t import DAY_0, agreement_of, facts_of
from tests.library.measures.some_deals import deal, with_deals

LOG = """
A 0:Lead 10:Won
B 0:Lead 50:Won
C 0:Lead 20:Lost
D 0:Lead 45:Lost
E 0:Lead 5:Won 50:Lost
F 0:Lead
"""
CLOSED = {"A": 10, "B": 50, "E": 5}


def facts_with_deals() -> Facts:
    facts = facts_of(LOG)
    facts["moves"].get_backend().raw_sql(
        "CREATE TABLE deals(deal_id TEXT, lead_id TEXT, opened_at TIMESTAMP, closed_at TIMESTAMP,"
        " outcome TEXT, amount DECIMAL(18, 4), currency TEXT)"
    )
    for number, (lead, day) in enumerate(CLOSED.items()):
        facts["moves"].get_backend().raw_sql(
            f"INSERT INTO deals VALUES ('D{number}', '{lead}', TIMESTAMP '{DAY_0}',"
            f" TIMESTAMP '{DAY_0 + timedelta(days=day)}', 'won', {10**number}, 'EUR')"
        )
    deals = facts["moves"].get_backend().table("deals")
    return Facts({**facts.tables, "deals": deals}, data_at=facts.data_at)


@pytest.mark.parametrize(("day", "worth"), [(20, 101), (49, 101), (60, 111)])
def test_won_value_is_of_that_moment_and_that_of_value(day: int, worth: int) -> None:
    facts, scope = facts_with_deals(), Scope(as_of=DAY_0 + timedelta(days=day))
    stages, value = (
        compute_measure(n, facts, agreement_of(), scope).totals for n in ("stages", "value")
    )
    assert stages["won_value"] == {"EUR": Decimal(worth)} == value["won_amount"]


def test_the_window_limits_wins_and_losses_alike() -> None:
    """After 30 days A was won, C lost, E still won, and B, D and F were under way: late."""
    totals = compute_measure(
        "stages", facts_with_deals(), agreement_of(), Scope(within_days=30)
    ).totals
    assert {end: totals[end] for end in ("won", "lost", "late", "open")} == {
        "won": 2, "lost": 1, "late": 3, "open": 0,
    }  # fmt: skip
    assert (totals["closed"], totals["win_rate_of_closed"]) == (3, None)  # too few to tell
    assert totals["win_rate_low"] < 2 / 3 < totals["win_rate_high"]
    assert totals["mean_days_to_won"] == pytest.approx(7.5)
    assert totals["mean_days_to_lost"] == pytest.approx(20)
    assert totals["won_value"] == {"EUR": Decimal(101)}


def test_a_loss_in_a_window_still_running_is_a_loss() -> None:
    scope = Scope(within_days=30, as_of=DAY_0 + timedelta(days=25))
    totals = compute_measure("stages", facts_with_deals(), agreement_of(), scope).totals
    assert (totals["lost"], totals["late"]) == (1, 0)


@pytest.mark.parametrize(("fell", "many"), [(20, 1), (30, 1), (120, 0)])
def test_a_fall_after_the_window_is_none(fell: int, many: int) -> None:
    facts, scope = facts_of(f"A 0:Lead 15:SQL {fell}:MQL"), Scope(within_days=30)
    row = compute_measure("stages", facts, agreement_of(), scope).rows[2]
    assert (row["reached"], row["went_back"]) == (1, many)
    listed = records_of("stages", facts, agreement_of(), scope, "went_back", {"stage": "SQL"})
    assert listed.table.count().execute() == many


def test_nothing_falls_back_from_a_stage_that_was_not_reached_in_time() -> None:
    facts = facts_of("A 0:Lead 100:SQL 120:MQL", as_of=DAY_0 + timedelta(days=200))
    row = compute_measure("stages", facts, agreement_of(), Scope(within_days=30)).rows[2]
    assert (row["reached"], row["went_back"]) == (0, 0)


def test_deals_whose_amounts_are_all_unknown_are_worth_nothing_known() -> None:
    """Two won deals without an amount are not worth 0; no lost deal at all has lost 0."""
    facts = with_deals([deal(1, None, "EUR"), deal(2, None, "EUR")])
    result = compute_measure("value", facts, agreement_of())
    (row,) = result.rows
    assert (row["won_amount"], row["lost_amount"], row["average_deal"]) == (None, 0, None)
    assert result.totals["won_amount"] == {}
    assert result.sentence.startswith("2 deals won of 2 closed")
    assert "no amount is known for 2 deals" in result.sentence


def test_deals_that_do_not_know_what_the_funnel_knows_are_not_believed() -> None:
    """A is won in the log; its deal, whose file does not say which stage means that, is open."""
    facts = with_deals([deal(1, 100, "EUR", "open")], log=LOG)
    notes = compute_measure("value", facts, agreement_of()).notes
    assert any("No deal is won, but the funnel counts 1 of their leads as won" in n for n in notes)
    known = with_deals([deal(1, 100, "EUR", "won")], log=LOG)
    assert not any(
        "No deal is" in note for note in compute_measure("value", known, agreement_of()).notes
    )


def test_value_by_a_column_of_too_many_values_is_refused() -> None:
    facts = with_deals([deal(n, 1, "EUR") for n in range(1001)])
    with pytest.raises(TooManyGroups, match="column 'deal_id' has 1,001 different values"):
        compute_measure("value", facts, agreement_of(), Scope(by="deal_id"))
