"""The totals beside the stages are of the same leads, moment and window as the stages."""

from datetime import timedelta
from decimal import Decimal

import pytest

from onefunnel.facts.store import Facts
from onefunnel.measures.catalogue import compute_measure
from onefunnel.measures.scope import Scope
from tests.library.measures.log_t import DAY_0, agreement_of, facts_of

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
    assert totals["win_rate_of_closed"] == pytest.approx(2 / 3)
    assert totals["mean_days_to_won"] == pytest.approx(7.5)
    assert totals["mean_days_to_lost"] == pytest.approx(20)
    assert totals["won_value"] == {"EUR": Decimal(101)}


def test_a_loss_in_a_window_still_running_is_a_loss() -> None:
    scope = Scope(within_days=30, as_of=DAY_0 + timedelta(days=25))
    totals = compute_measure("stages", facts_with_deals(), agreement_of(), scope).totals
    assert (totals["lost"], totals["late"]) == (1, 0)
