"""Money carries the currency of its own rows, on lists, in tables and beside charts."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from onefunnel.charts import value as value_chart
from onefunnel.measures.result import Result
from onefunnel.measures.scope import Scope
from onefunnel.server.measure.asking import Asked
from onefunnel.server.measure.tables import table_of
from tests.server.measure.company import put_in_place


def _value(*rows: tuple[str, int, str]) -> Result:
    made = tuple(
        {"currency": currency, "won": won, "won_amount": Decimal(amount), "lost": 0, "open": 0}
        | {"lost_amount": Decimal(0), "open_amount": Decimal(0), "n": won, "note": ""}
        for currency, won, amount in rows
    )
    return Result("value", "?", None, None, Scope(), tuple(made[0]), made)


def test_an_amount_without_a_currency_shows_no_code() -> None:
    table = table_of(_value(("EUR", 9, "70"), ("", 3, "50")), Asked(Scope()), "USD")
    below = {row[0].words: row[1].below for row in table.rows}
    assert below["not stated"] is not None
    assert below["not stated"].text == "50"
    assert below["EUR"] is not None
    assert below["EUR"].text == "EUR 70"


def test_the_note_of_the_chart_leaves_out_the_currency_it_draws() -> None:
    legend = value_chart.chart(_value(("EUR", 2, "70"), ("", 3, "50"))).legend
    assert "amounts in EUR are" in legend
    legend = value_chart.chart(_value(("EUR", 9, "70"), ("", 3, "50"))).legend
    assert "amounts in no currency are" in legend


def test_a_list_shows_the_currency_of_its_rows(
    monkeypatch: Any, db: None, see: Any, demo: Any
) -> None:
    from dataclasses import replace

    put_in_place(monkeypatch, agreement=replace(demo.agreement, currency="GBP"))
    text = see("/measure/list/?measure=value&figure=won_amount&row.currency=EUR")
    shown = text.split("data-of-list=")[1].split("<details>")[0]
    assert re.search(r">EUR [\d,.]+<", shown)
    assert re.search(r">of [\d,]+ deals?<", shown)
    assert "GBP" not in text


def test_the_sum_of_all_groups_opens_a_list_of_the_same_sum(see: Any, demo: Any) -> None:
    text = see("/measure/list/?measure=value&figure=won_amount&row.currency=EUR&by=source")
    assert "must never happen" not in text


def test_a_list_behind_a_share_says_who_went_on_and_who_may_yet(see: Any, demo: Any) -> None:
    stage = next(one.name for one in demo.agreement.success_path[1:])
    text = see(f"/measure/list/?measure=stages&figure=n&row.stage={stage}")
    said = re.search(r"([\d,]+) leads could go on to .+?: ([\d,]+) did so far, ([\d,]+) are", text)
    assert said is not None
    n, went, waiting = (int(one.replace(",", "")) for one in said.groups())
    assert went + waiting <= n
    assert f'data-of-list="{n}"' in text
