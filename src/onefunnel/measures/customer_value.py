"""Customer value: what will the customers we have still buy, and what is a new one worth?"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import ibis

from onefunnel.agreement.document import Agreement
from onefunnel.facts.store import Facts
from onefunnel.measures.figures import Figures, UnknownFigure
from onefunnel.measures.result import Records
from onefunnel.measures.scope import Scope
from onefunnel.measures.steps.purchases import NOTE, customers, purchases
from onefunnel.measures.steps.repeat_buyers import (
    MOST_CORRELATED,
    Buyers,
    Expected,
    buyers_of,
    expected,
)
from onefunnel.measures.steps.shares import too_few
from onefunnel.measures.words import money

if TYPE_CHECKING:
    import ibis.expr.types as ir

COLUMNS = (
    "currency", "worth", "n", "again", "purchases", "expected_purchases", "expected_low",
    "expected_high", "worth_each", "next_year", "next_year_low", "next_year_high", "new_worth",
    "new_worth_low", "new_worth_high", "tested_expected", "tested_low", "tested_high", "tested",
    "note",
)  # fmt: skip
#: From here on estimates are told in whole units.
LARGE = 1000
FIGURES = ("n", "again", "purchases", "tested")


def compute(facts: Facts, agreement: Agreement, scope: Scope) -> Figures:
    """One row per currency.

    n: accounts that bought; again: on two days or more; purchases: their purchase days after the
    first. expected_purchases: how many purchase days all n will have in the 365 days to come
    (BG/NBD, Fader, Hardie and Lee 2005); worth_each: what a repeat purchase is worth over all
    customers (gamma-gamma, Fader and Hardie 2013), in margin where it is known of nearly all repeat
    purchases, else in amount (`worth` says which); next_year: the two together, customer by
    customer; new_worth: what a new customer will buy again within three years, discounted at 10 % a
    year. Each with its 95 % interval from draws of the fitted parameters.
    tested: purchase days of the last part of the history by customers who were there before it;
    tested_expected: how many would have been expected of them, fitted without that part.
    None where too few came back to fit, or their interval is too wide to be of use.
    A period selects accounts by their first purchase.
    """
    bought = _bought(facts, scope)
    result = []
    for currency, found in sorted(buyers_of(bought, scope).items(), key=lambda one: -one[1].count):
        result.append(_row(currency, found, expected(facts, scope, currency, found)))
    table = tuple(result)
    return Figures(
        columns=COLUMNS,
        rows=table,
        sentence=_sentence(table),
        notes=(
            NOTE,
            "Purchases of an account on one day are one. Expected is what comes if customers go on "
            "as those like them did; it is no plan, and knows no new customers. What comes later "
            "is discounted by a tenth a year.",
        ),
    )


def records(
    facts: Facts, agreement: Agreement, scope: Scope, figure: str, row: Mapping[str, str]
) -> Records:
    """The accounts behind one count, or summing to the purchase days."""
    if figure not in FIGURES or "currency" not in row:
        raise UnknownFigure("customer_value", figure, FIGURES)
    bought = _bought(facts, scope)
    bought = bought.filter(bought["currency"] == row["currency"])
    if figure in ("purchases", "tested"):
        return Records(_purchase_days(bought, scope, row["currency"], figure))
    per_account = bought.group_by("account_id").agg(
        first_at=bought["at"].min(), days=bought["at"].date().nunique()
    )
    if figure == "again":
        per_account = per_account.filter(per_account["days"] > 1)
    return Records(per_account)


def _purchase_days(bought: ir.Table, scope: Scope, currency: str, figure: str) -> ir.Table:
    """The days after the first on which accounts bought; `tested`: of the part kept back."""
    days = bought.mutate(day=bought["at"].date()).select("account_id", "day").distinct()
    first = days.group_by("account_id").agg(_first=days["day"].min())
    days = days.inner_join(first, "account_id")
    if figure == "tested":
        found = buyers_of(bought, scope)[currency]
        since = ibis.literal(found.tested_from)
        days = days.filter((days["day"] > since) & (days["_first"] <= since))
    return days.filter(days["day"] > days["_first"]).select("account_id", "day")


def _bought(facts: Facts, scope: Scope) -> ir.Table:
    """The purchases of the customers asked for."""
    bought = purchases(facts, scope)
    if scope.since is None and scope.until is None:
        return bought
    return bought.semi_join(customers(bought, scope), "account_id")


def _row(currency: str, found: Buyers, told: Expected | None) -> dict[str, object]:
    row: dict[str, Any] = dict.fromkeys(COLUMNS)
    row |= {"currency": currency, "worth": found.worth, "n": found.count}
    row |= {"again": found.again, "purchases": found.purchases}
    notes = []
    if told is None:
        notes.append(too_few(found.again))
    else:
        row["expected_purchases"], row["expected_low"], row["expected_high"] = told.purchases
        if told.tested is not None:
            row["tested_expected"], row["tested_low"], row["tested_high"] = told.tested
            row["tested"] = found.tested
            is_in = told.tested[1] <= found.tested <= told.tested[2]
            if not is_in:
                notes.append(
                    "the last part of the history was not as expected: do not build on this"
                )
        if told.each is None:
            notes.append(_why_no_worth(found, told))
        else:
            row["worth_each"] = _money(told.each)
            for name, three in (("next_year", told.worth), ("new_worth", told.new_worth)):
                if three is not None:
                    row[name], row[f"{name}_low"], row[f"{name}_high"] = map(_money, three)
    return row | {"note": "; ".join(notes)}


def _why_no_worth(found: Buyers, told: Expected) -> str:
    if told.correlation is not None and abs(told.correlation) > MOST_CORRELATED:
        return (
            "worth not told: who buys more often also buys "
            f"{'larger' if told.correlation > 0 else 'smaller'} things, which this cannot hold"
        )
    return f"worth each: {too_few(found.valued)}"


def _money(amount: float) -> Decimal:
    """An estimate: in whole units where it is large; more digits would say more than is known."""
    return Decimal(round(amount)) if amount >= LARGE else Decimal(round(amount * 100)) / 100


def _sentence(result: tuple[Mapping[str, Any], ...]) -> str:
    if not result:
        return "Nobody has bought anything yet."
    row = result[0]
    start = f"{row['again']:,} of {row['n']:,} customers bought again"
    if row["currency"]:
        start += f" in {row['currency']}"
    if row["expected_purchases"] is None:
        return f"{start}: too few to tell what is to come."
    said = f"{start}; about {row['expected_purchases']:,.0f} purchases are to be expected of them "
    said += "and the others in the next year"
    if row["new_worth"] is not None:
        worth = money(row["currency"], row["new_worth"])
        said += f", and a new customer buys again for {worth} of {row['worth']} in three years"
    return f"{said}."
