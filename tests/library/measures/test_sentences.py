"""What the measures say in one sentence: nothing that the numbers cannot bear."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from onefunnel.measures import awareness, channels, value
from onefunnel.measures.catalogue import compute_measure, records_of
from onefunnel.measures.scope import Scope
from tests.library.measures.log_t import agreement_of
from tests.library.measures.random_facts import random_facts
from tests.library.measures.some_deals import deal, with_deals


def _channel(source: str, leads: int, share: float, low: float, high: float) -> dict[str, Any]:
    return {"source": source, "leads": leads, "won_share": share, "low": low, "high": high}


def test_a_channel_without_a_name_is_never_the_best() -> None:
    rows = [_channel("(none)", 23, 0.217, 0.1, 0.4), _channel("Fair", 900, 0.1, 0.08, 0.12)]
    assert channels._sentence(rows, "source").startswith("Fair is the only source")


def test_a_best_channel_is_named_only_where_it_stands_out() -> None:
    clear = [_channel("Fair", 900, 0.3, 0.27, 0.33), _channel("Web", 900, 0.1, 0.08, 0.12)]
    assert channels._sentence(clear, "source") == (
        "Fair brings leads that are won most often: 30.0% of 900 leads "
        "(95% interval 27.0% to 33.0%)."
    )
    close = [_channel("Fair", 30, 0.3, 0.17, 0.48), _channel("Web", 900, 0.2, 0.18, 0.23)]
    assert channels._sentence(close, "source").startswith("No source stands out")


@pytest.mark.parametrize(
    ("end", "by", "running"),
    [
        (datetime(2026, 11, 20, 18), None, "2026-11"),
        (datetime(2026, 11, 30, 8), None, None),
        (datetime(2026, 12, 1), None, None),
        (datetime(2026, 11, 20), "quarter", "2026-Q4"),
        (datetime(2026, 11, 20), "year", "2026"),
        (datetime(2026, 11, 22, 9), "week", None),
        (None, None, None),
    ],
)
def test_a_period_that_the_data_cut_is_running(
    end: datetime | None, by: str | None, running: str | None
) -> None:
    assert awareness._running(end, Scope(by=by)) == running


def test_a_running_period_lies_in_the_zone_and_fiscal_year_asked_for() -> None:
    west = Scope(zone="America/New_York", by="year", fiscal_year_starts=4)
    assert awareness._running(datetime(2026, 4, 1, 2), west) is None
    assert awareness._running(datetime(2026, 4, 2, 2), west) == "2026/27"
    assert awareness._running(datetime(2026, 2, 2), replace(west, by="quarter")) == "2025/26-Q4"


def test_a_running_month_is_not_compared() -> None:
    def row(period: str, change: float | None, note: str = "") -> dict[str, Any]:
        return {"kind": "visits", "period": period, "change": change, "change_share": change} | {
            "note": note
        }

    rows = [row("2026-09", None), row("2026-10", 0.25), row("2026-11", None, "so far")]
    assert awareness._sentence(rows) == (
        "Visits rose by 25% in 2026-10, the last whole period, against the one before."
    )


def test_a_sum_without_a_currency_says_so() -> None:
    totals = {"won": 3, "lost": 0, "open": 0, "win_rate": None, "closed": 3, "won_unpriced": 0}
    said = value._sentence(totals | {"won_amount": {"EUR": Decimal(70), "": Decimal(50)}})
    assert "worth 70 EUR and 50 without a currency" in said


@pytest.mark.parametrize(
    ("amounts", "said"),
    [
        ((None, None), "no amount is known for 2 deals"),
        ((70, None), "worth 70 EUR (no amount is known for 1 deal)"),
        ((0, 0), "worth 0"),
    ],
)
def test_what_nobody_knows_the_amount_of_is_not_worth_nothing(
    amounts: tuple[int | None, ...], said: str
) -> None:
    facts = with_deals(
        [deal(at, amount, "EUR" if amount else None) for at, amount in enumerate(amounts)]
    )
    result = compute_measure("value", facts, agreement_of())
    assert result.sentence == (
        f"2 deals won of 2 closed (too few to tell a share), {said}; 0 lost and 0 open."
    )
    missing = sum(amount is None for amount in amounts)
    assert result.totals["won_unpriced"] == missing
    listed = records_of("value", facts, agreement_of(), None, "won_unpriced", {})
    assert listed.table.count().execute() == missing


@pytest.mark.parametrize("seed", [1, 2])
def test_k_of_n_is_the_share_of_repeat_customers(seed: int) -> None:
    facts = random_facts(seed)
    result = compute_measure("repeat", facts)
    for row in result.rows:
        share = row["share_of_leads"]
        assert int(str(row["with_lead"])) <= int(str(row["accounts"]))
        if share is not None:
            assert row["with_lead"] / row["n"] == share
        key = {"step": str(row["step"])}
        listed = records_of("repeat", facts, None, None, "with_lead", key)
        assert listed.table.count().execute() == row["with_lead"]


def test_a_funnel_without_leads_says_so_in_words() -> None:
    facts = random_facts(1)
    said = compute_measure("stages", facts, None, Scope(since=datetime(2190, 1, 1))).sentence
    assert said == "No lead entered the funnel in what is asked for."
