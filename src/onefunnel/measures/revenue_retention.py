"""Revenue retention: how much of what customers bought before did they buy again?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from math import sqrt
from typing import TYPE_CHECKING, Any

import ibis

from onefunnel.agreement.document import Agreement
from onefunnel.facts.store import Facts
from onefunnel.measures.figures import Figures, UnknownFigure
from onefunnel.measures.result import Records
from onefunnel.measures.scope import Scope
from onefunnel.measures.steps.purchases import NOTE, history_days, purchases
from onefunnel.measures.steps.run import rows
from onefunnel.measures.steps.shares import MIN_LEADS, too_few
from onefunnel.measures.words import percent

if TYPE_CHECKING:
    import ibis.expr.types as ir

MONEY = ("before", "lost_amount", "less_amount", "more_amount", "after")
COLUMNS = (
    "worth", "currency", "n", "stayed", *MONEY, "grr_share", "grr_low", "grr_high", "nrr_share",
    "nrr_low", "nrr_high", "unpriced", "note",
)  # fmt: skip
FIGURES = ("n", "stayed", *MONEY, "unpriced")
WORTHS = ("amount", "margin")
#: The lengths of the two periods, the longest of which the data hold two.
LENGTHS = {"year": 365, "half year": 182, "quarter": 91, "month": 30}
Periods = tuple[datetime, datetime, datetime, str]
#: An interval wider than this cannot support a share.
MAX_WIDTH = 0.5
#: Where more than this share of the accounts has a purchase of unknown worth, the rest are others.
MAX_UNPRICED = 0.1
_A = {"amount": "an amount", "margin": "a margin"}
_Z = 1.959964


def compute(facts: Facts, agreement: Agreement, scope: Scope) -> Figures:
    """One row per currency for amounts, and one for margins where they are known.

    Two periods of the same length that follow one another: that asked for and the one before it,
    else the last 365 days and those before, or 182, 91 or 30 where the data hold no two of the
    longer ones. n: accounts that bought in the first; before: what they bought in it; after:
    what the same accounts bought in the second; lost, less and more: what is missing of those who
    bought nothing, and of those who bought less, and what those who bought more added, so that
    before - lost - less + more = after.
    grr_share (gross): (before - lost - less) / before; nrr_share (net): after / before, each with
    its 95 % interval (ratio of two sums over accounts, linearised). unpriced: accounts with a
    purchase of unknown worth in either period, which are in no other figure.
    """
    periods = _periods(facts, scope)
    known = [] if periods is None else _counted(_accounts(facts, scope, periods))
    result = tuple(_row(row) for row in sorted(known, key=_place))
    return Figures(
        columns=COLUMNS, rows=result, sentence=_sentence(result, periods), notes=_notes(periods)
    )


def records(
    facts: Facts, agreement: Agreement, scope: Scope, figure: str, row: Mapping[str, str]
) -> Records:
    """The accounts behind one count, or summing to one amount."""
    periods = _periods(facts, scope)
    if figure not in FIGURES or row.get("worth") not in WORTHS or periods is None:
        raise UnknownFigure("revenue_retention", figure, FIGURES)
    found = _accounts(facts, scope, periods)
    found = found.filter((found["worth"] == row["worth"]) & (found["currency"] == row["currency"]))
    if figure == "unpriced":
        return Records(found.filter(~found["is_priced"]).select("account_id", "currency"))
    found = found.filter(found["is_priced"])
    columns = ("account_id", "currency", "before", "after")
    if figure in ("n", "stayed"):
        chosen = found if figure == "n" else found.filter(found["has_stayed"])
        return Records(chosen.select(*columns))
    parts = ("lost_amount", "less_amount", "more_amount")
    if figure in parts:
        return Records(found.filter(found[figure] > 0).select(*columns, figure), sum_column=figure)
    return Records(found.select(*columns), sum_column=figure)


def _periods(facts: Facts, scope: Scope) -> Periods | None:
    """When the two periods begin and the second ends, and what they are called; None where the
    data hold no two of any length."""
    until = scope.until or (scope.as_of + timedelta(microseconds=1) if scope.as_of else None)
    if until is None:
        return None
    if scope.since is not None:
        return scope.since - (until - scope.since), scope.since, until, "period"
    held = history_days(purchases(facts, scope), until)
    for name, days in LENGTHS.items():
        if held >= 2 * days:
            return until - timedelta(days=2 * days), until - timedelta(days=days), until, name
    return None


def _accounts(facts: Facts, scope: Scope, periods: Periods) -> ir.Table:
    """A row per account that bought in the first period, currency and kind of worth."""
    start, middle, until, _ = periods
    bought = purchases(facts, scope)
    bought = bought.filter((bought["at"] >= start) & (bought["at"] < until))
    is_first = bought["at"] < middle
    each = []
    for worth in WORTHS:
        value = bought[worth]
        zero = ibis.literal(Decimal(0)).cast("decimal(18, 4)")
        found = bought.group_by("account_id", "currency").agg(
            before=value.sum(where=is_first).fill_null(zero).cast("decimal(18, 4)"),
            after=value.sum(where=~is_first).fill_null(zero).cast("decimal(18, 4)"),
            firsts=bought.count(where=is_first),
            nexts=bought.count(where=~is_first),
            unknown=bought.count(where=value.isnull()),
            known=bought.count(where=value.notnull()),
        )
        each.append(found.mutate(worth=ibis.literal(worth)))
    found = ibis.union(*each)
    found = found.filter(found["firsts"] > 0)
    before, after = found["before"], found["after"]
    zero = ibis.literal(Decimal(0)).cast("decimal(18, 4)")
    has_stayed = found["nexts"] > 0
    return found.mutate(
        has_stayed=has_stayed,
        is_priced=found["unknown"] == 0,
        lost_amount=ibis.ifelse(has_stayed, zero, before),
        less_amount=ibis.ifelse(has_stayed & (after < before), before - after, zero),
        more_amount=ibis.ifelse(has_stayed & (after > before), after - before, zero),
    )


def _counted(accounts: ir.Table) -> list[dict[str, Any]]:
    priced = accounts["is_priced"]
    x, y = accounts["before"].cast("float64"), accounts["after"].cast("float64")
    kept = x - accounts["lost_amount"].cast("float64") - accounts["less_amount"].cast("float64")
    found = accounts.group_by("worth", "currency").agg(
        n=accounts.count(where=priced),
        unpriced=accounts.count(where=~priced),
        stayed=accounts.count(where=priced & accounts["has_stayed"]),
        **{name: accounts[name].sum(where=priced) for name in MONEY},
        xx=(x * x).sum(where=priced),
        yy=(y * y).sum(where=priced),
        xy=(x * y).sum(where=priced),
        kk=(kept * kept).sum(where=priced),
        xk=(x * kept).sum(where=priced),
    )
    return [row for row in rows(found) if row["worth"] == "amount" or row["n"]]


def _place(row: Mapping[str, Any]) -> tuple[int, int, str]:
    return WORTHS.index(row["worth"]), -row["n"], row["currency"]


def _row(found: Mapping[str, Any]) -> dict[str, object]:
    n = int(found["n"])
    money = {name: Decimal(found[name] or 0) for name in MONEY}
    before = float(money["before"])
    kept = float(money["before"] - money["lost_amount"] - money["less_amount"])
    row: dict[str, object] = {"worth": found["worth"], "currency": found["currency"], "n": n}
    row |= {"stayed": int(found["stayed"]), **money}
    unpriced = int(found["unpriced"])
    is_partial = unpriced > MAX_UNPRICED * (n + unpriced)
    notes = []
    for name, total, square, cross in (
        ("grr", kept, found["kk"], found["xk"]),
        ("nrr", float(money["after"]), found["yy"], found["xy"]),
    ):
        share, low, high = _ratio(total, before, n, square or 0, cross or 0, found["xx"] or 0)
        if is_partial:
            share = low = high = None
        row |= {f"{name}_share": share, f"{name}_low": low, f"{name}_high": high}
        if share is None:
            said = (
                f"too few with {_A[found['worth']]} to tell (n={n:,})" if is_partial else too_few(n)
            )
            notes.append(f"{name} share: {said}")
    if unpriced:
        notes.append(f"{unpriced:,} accounts with a purchase without {found['worth']} left out")
    return row | {"unpriced": unpriced, "note": "; ".join(notes)}


def _ratio(
    total: float, before: float, n: int, square: float, cross: float, base: float
) -> tuple[float | None, float | None, float | None]:
    """total / before over n accounts with its linearised 95 % interval; None where too few."""
    if n < MIN_LEADS or before <= 0:
        return None, None, None
    share = total / before
    spread = max(square - 2 * share * cross + share * share * base, 0.0)
    reach = _Z * sqrt(spread * n / (n - 1)) / before
    if 2 * reach > MAX_WIDTH * max(share, 1.0):
        return None, None, None
    return share, max(0.0, share - reach), share + reach


def _sentence(result: tuple[Mapping[str, Any], ...], periods: Periods | None) -> str:
    if periods is None:
        return "The data hold too short a time to compare what customers bought before and after."
    if not result:
        return "Nobody bought in the first of the two periods."
    row = result[0]
    name = periods[3]
    when = "period before" if name == "period" else f"{name} before the last"
    who = f"{row['n']:,} accounts that bought in the {when}"
    if row["nrr_share"] is None:
        return f"Of {who}, {row['stayed']:,} bought again; too few to tell a share of the money."
    gross = (
        f", and {percent(row['grr_share'], 1)} without those who bought more"
        if row["grr_share"] is not None
        else ""
    )
    return (
        f"Of {who}, {row['stayed']:,} bought again: {percent(row['nrr_share'], 1)} of the amount"
        f"{gross}."
    )


def _notes(periods: Periods | None) -> tuple[str, ...]:
    if periods is None:
        return (NOTE,)
    days = (periods[2] - periods[1]).days
    return (
        NOTE,
        f"Two periods of {days} days each, one after the other. All purchases "
        "count, first ones too. Amounts in different currencies are not added together.",
    )
