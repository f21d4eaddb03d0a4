"""Sales velocity counts the deals of one currency, and no unpriced ones of another."""

from datetime import timedelta

import pytest

from onefunnel.measures.catalogue import compute_measure, records_of
from onefunnel.measures.scope import Scope
from tests.library.measures.log_t import DAY_0, agreement_of
from tests.library.measures.some_deals import NOW, deal, with_deals


def test_only_unpriced_deals_of_the_currency_or_of_none_are_in_it() -> None:
    rows = [
        deal(0, 100, "EUR"), deal(1, 200, "EUR"), deal(2, None, "EUR"), deal(3, None, None),
        deal(4, None, "USD"), deal(5, None, "USD"), deal(6, 70, None),
    ]  # fmt: skip
    facts = with_deals(rows)
    result = compute_measure("sales_velocity", facts, agreement_of(), Scope(as_of=NOW))
    now = result.rows[0]
    assert (now["currency"], now["deals"], now["won"], now["won_amount"]) == ("EUR", 4, 4, 300)
    assert now["average_deal"] == pytest.approx(150)
    assert "Deals in no stated currency, USD are not in it." in result.notes
    listed = records_of(
        "sales_velocity",
        facts,
        agreement_of(),
        Scope(as_of=NOW),
        "deals",
        {"period": now["period"]},
    )
    assert sorted(listed.table["deal_id"].to_pyarrow().to_pylist()) == ["D0", "D1", "D2", "D3"]


def last_day(won: int = 30, lost: int = 10) -> list[dict[str, object]]:
    """Deals closed on day 60, which is where the data end, and one closed just 90 days before."""
    ends = [*["won"] * won, *["lost"] * lost]
    closed = [deal(number, 100, "EUR", end, day=60) for number, end in enumerate(ends)]
    return [*closed, deal(999, 100, "EUR", "won", day=-30)]


@pytest.mark.parametrize("scope", [Scope(), Scope(as_of=NOW), Scope(since=DAY_0)])
def test_what_closed_at_the_moment_of_looking_is_in_the_period(scope: Scope) -> None:
    facts = with_deals(last_day())
    now, before = compute_measure("sales_velocity", facts, agreement_of(), scope).rows
    assert (now["won"], now["closed"], now["n"]) == (30, 40, 40)
    assert now["win_share"] == pytest.approx(0.75)
    assert now["low"] < 0.75 < now["high"]
    assert now["until"] - now["since"] == before["until"] - before["since"]
    assert before["until"] == now["since"]
    for figure in ("won", "closed", "n"):
        keys = {"period": "this period"}
        listed = records_of("sales_velocity", facts, agreement_of(), scope, figure, keys)
        assert listed.table.count().execute() == now[figure]


def test_an_end_that_is_asked_for_is_not_in_the_period() -> None:
    facts = with_deals(last_day())
    now = compute_measure("sales_velocity", facts, agreement_of(), Scope(until=NOW)).rows[0]
    assert now["closed"] == 1
    assert now["until"] - now["since"] == timedelta(days=90)


@pytest.mark.parametrize(
    ("won", "lost", "said"),
    [
        (1, 1, "1 won of 2 closed in the period: too few to tell the sales velocity."),
        (4, 40, "4 won of 44 closed in the period: too few to tell the sales velocity."),
        (0, 0, "No deal was closed in the period, so that there is no sales velocity."),
    ],
)
def test_of_a_few_deals_no_velocity_is_told(won: int, lost: int, said: str) -> None:
    facts = with_deals(last_day(won, lost))
    result = compute_measure("sales_velocity", facts, agreement_of())
    now = result.rows[0]
    assert (now["velocity_per_day"], result.sentence) == (None, said)
    assert (now["win_share"] is None) == (won + lost < 20)
    assert result.totals["effects"] == {}
