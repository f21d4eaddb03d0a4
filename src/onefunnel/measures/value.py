"""Value: what are won, lost and open deals worth?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np

from onefunnel.agreement.document import Agreement
from onefunnel.facts.store import Facts
from onefunnel.measures.figures import Figures, UnknownFigure
from onefunnel.measures.result import Records
from onefunnel.measures.scope import Scope
from onefunnel.measures.steps.deals import deals_of
from onefunnel.measures.steps.groups import NONE, PERIODS
from onefunnel.measures.steps.journeys import journeys
from onefunnel.measures.steps.run import rows
from onefunnel.measures.steps.shares import MIN_FOR_MEDIAN, rate, too_few
from onefunnel.measures.steps.tally import check_groups
from onefunnel.measures.words import money, per, percent

if TYPE_CHECKING:
    import ibis.expr.types as ir

OUTCOMES = ("won", "lost", "open")
COLUMNS = (
    "currency", *OUTCOMES, *(f"{outcome}_amount" for outcome in OUTCOMES), "unpriced",
    "won_unpriced", "margin", "margin_missing", "win_rate", "low", "high", "average_deal",
    "mean_days_to_won", "median_days_to_won", "mean_days_to_lost", "median_days_to_lost", "n",
    "note",
)  # fmt: skip
FIGURES = (
    *OUTCOMES,
    *(f"{o}_amount" for o in OUTCOMES),
    "unpriced",
    "won_unpriced",
    "margin",
    "margin_missing",
    "closed",
    "n",
)


def compute(facts: Facts, agreement: Agreement, scope: Scope) -> Figures:
    """One row per group and currency of the deals.

    won, lost, open: deals; *_amount: their amounts, summed exactly, never across currencies, None
    where there are deals and no amount of them is known;
    unpriced: deals without an amount, counted and in none of the sums, won_unpriced: the won ones
    of them; margin: of the won deals whose margin is known, margin_missing: of how many it is not;
    win_rate: won of closed, with its 95 % interval; average_deal: mean amount of the priced won
    deals; days: from opening to closing, of closed deals, their median from five of them on;
    n: closed deals.
    `by="stage"` splits by the lead's current stage.
    """
    deals = _deals(facts, agreement, scope)
    if scope.by:
        check_groups(deals["group"], scope.by)
    keys = ("group", "currency") if scope.by else ("currency",)
    counted = {
        (row.get("group", ""), row["currency"], row["outcome"]): row
        for row in rows(deals.group_by(*keys, "outcome").agg(**_sums(deals)))
    }
    days = _days(deals, keys)
    sizes: defaultdict[tuple[str, str], int] = defaultdict(int)
    for (group, currency, _), row in counted.items():
        sizes[group, currency] += row["deals"]
    places = sorted(sizes, key=lambda place: (-sizes[place], place))
    if scope.by in PERIODS:
        places.sort(key=lambda place: place[0])
    result = tuple(
        ({scope.by: group} if scope.by else {}) | _row(counted, days, group, currency)
        for group, currency in places
    )
    totals = _totals(result)
    return Figures(
        columns=(scope.by, *COLUMNS) if scope.by else COLUMNS,
        rows=result,
        sentence=_sentence(totals),
        totals=totals,
        notes=(
            *_notes(result),
            *_which_date(scope),
            *_against_the_funnel(facts, agreement, scope, totals),
        ),
    )


def _which_date(scope: Scope) -> tuple[str, ...]:
    """By which date a deal is in a period: people would think that it is one for all."""
    if scope.since is None and scope.until is None and scope.by not in PERIODS:
        return ()
    return (
        "A won or lost deal is in the period in which it was closed, an open one in that in which "
        "it was opened; a deal without that date is in none.",
    )


def _against_the_funnel(
    facts: Facts, agreement: Agreement, scope: Scope, totals: Mapping[str, Any]
) -> tuple[str, ...]:
    """Where no deal is won (or none lost) although the funnel has won (or lost) their leads, the
    deals do not know which stage means that; every share of them is then wrong, so it is said."""
    unknown = [outcome for outcome in ("won", "lost") if not totals[outcome]]
    if not unknown or not totals["open"] or ("moves" not in facts and facts.journeys is None):
        return ()
    leads = _deals(facts, agreement, replace(scope, by=None)).select("lead_id").distinct()
    stands = journeys(facts, agreement, scope.as_of).select("lead_id", "outcome")
    found = {
        row["outcome"]: row["leads"]
        for row in rows(
            stands.semi_join(leads, "lead_id").group_by("outcome").agg(leads=lambda t: t.count())
        )
    }
    return tuple(
        f"No deal is {outcome}, but the funnel counts {found[outcome]:,} of their leads as "
        f"{outcome}: the deals do not say which stage means {outcome}, so shares and amounts here "
        "are not to be believed. Say it in the mapping of the import, under `outcome:` of deals."
        for outcome in unknown
        if found.get(outcome)
    )


def records(
    facts: Facts, agreement: Agreement, scope: Scope, figure: str, row: Mapping[str, str]
) -> Records:
    """The deals behind one count, or summing to one amount."""
    deals = _deals(facts, agreement, scope)
    if "currency" in row:
        deals = deals.filter(deals["currency"] == row["currency"])
    if scope.by and scope.by in row:
        deals = deals.filter(deals["group"] == row[scope.by])
    won = deals["outcome"] == "won"
    if figure in OUTCOMES:
        return Records(deals.filter(deals["outcome"] == figure))
    if figure.removesuffix("_amount") in OUTCOMES and figure.endswith("_amount"):
        chosen = deals["outcome"] == figure.removesuffix("_amount")
        return Records(deals.filter(chosen & deals["amount"].notnull()), sum_column="amount")
    if figure == "unpriced":
        return Records(deals.filter(deals["amount"].isnull()))
    if figure == "won_unpriced":
        return Records(deals.filter(won & deals["amount"].isnull()))
    if figure == "margin":
        return Records(deals.filter(won & deals["margin"].notnull()), sum_column="margin")
    if figure == "margin_missing":
        return Records(deals.filter(won & deals["margin"].isnull()))
    if figure in ("n", "closed"):
        return Records(deals.filter(deals["outcome"] != "open"))
    raise UnknownFigure("value", figure, FIGURES)


def _deals(facts: Facts, agreement: Agreement, scope: Scope) -> ir.Table:
    if scope.by != "stage":
        return deals_of(facts, scope)
    plain = Scope(where=scope.where, since=scope.since, until=scope.until, as_of=scope.as_of)
    deals = deals_of(facts, plain)
    stands = journeys(facts, agreement, scope.as_of).select(_of="lead_id", group="current_stage")
    joined = deals.left_join(stands, deals["lead_id"] == stands["_of"]).drop("_of")
    return joined.mutate(group=joined["group"].fill_null(NONE))


def _sums(deals: ir.Table) -> dict[str, ir.Value]:
    return {
        "deals": deals.count(),
        "amount": deals["amount"].sum(),
        "unpriced": deals.count(where=deals["amount"].isnull()),
        "margin": deals["margin"].sum(),
        "margin_known": deals.count(where=deals["margin"].notnull()),
    }


def _days(deals: ir.Table, keys: tuple[str, ...]) -> dict[tuple[str, str, str], list[Any]]:
    """Days from opening to closing and how many deals took them, by group, currency, outcome."""
    took = deals["closed_at"].delta(deals["opened_at"], unit="second")
    timed = deals.mutate(seconds=took).filter(took.notnull() & (deals["outcome"] != "open"))
    counted = timed.group_by(*keys, "outcome", "seconds").agg(deals=timed.count())
    found: defaultdict[tuple[str, str, str], list[Any]] = defaultdict(list)
    for row in rows(counted):
        place = (row.get("group", ""), row["currency"], row["outcome"])
        found[place].append((row["seconds"] / 86_400, row["deals"]))
    return found


def _row(
    counted: Mapping[tuple[str, str, str], Mapping[str, Any]],
    days: Mapping[tuple[str, str, str], list[Any]],
    group: str,
    currency: str,
) -> dict[str, Any]:
    def of(outcome: str, figure: str) -> Any:
        return (counted.get((group, currency, outcome)) or {}).get(figure) or 0

    def amount(outcome: str) -> Decimal | None:
        deals = of(outcome, "deals")
        is_known = not deals or deals > of(outcome, "unpriced")
        return Decimal(of(outcome, "amount")) if is_known else None

    won, lost = of("won", "deals"), of("lost", "deals")
    of_closed = rate(won, won + lost)
    priced = won - of("won", "unpriced")
    known = of("won", "margin_known")
    row = {"currency": currency} | {outcome: of(outcome, "deals") for outcome in OUTCOMES}
    row |= {f"{outcome}_amount": amount(outcome) for outcome in OUTCOMES}
    row |= {
        "unpriced": sum(of(outcome, "unpriced") for outcome in OUTCOMES),
        "won_unpriced": of("won", "unpriced"),
        "margin": Decimal(of("won", "margin")) if known else None,
        "margin_missing": won - known,
        "win_rate": of_closed.share,
        "low": of_closed.interval.low,
        "high": of_closed.interval.high,
        "average_deal": per(Decimal(of("won", "amount")), priced),
    }
    notes = [of_closed.note] if of_closed.note else []
    for outcome in ("won", "lost"):
        took = days.get((group, currency, outcome), [])
        mean, median = _mean_and_median(took)
        if median is None and (timed := sum(deals for _, deals in took)):
            notes.append(f"median days to {outcome}: {too_few(timed)}")
        row |= {f"mean_days_to_{outcome}": mean, f"median_days_to_{outcome}": median}
    if won > known:
        notes.append(f"margin missing for {won - known:,} of {won:,}")
    if row["unpriced"]:
        notes.append(f"{row['unpriced']:,} without an amount")
    return row | {"n": won + lost, "note": "; ".join(notes)}


def _mean_and_median(took: list[tuple[float, int]]) -> tuple[float | None, float | None]:
    if not took:
        return None, None
    days, deals = np.array(sorted(took)).T
    below = np.cumsum(deals)
    half = below[-1] / 2
    mean = float(days @ deals / below[-1])
    if below[-1] < MIN_FOR_MEDIAN:
        return mean, None
    low, high = np.searchsorted(below, half), np.searchsorted(below, half, side="right")
    return mean, float((days[low] + days[high]) / 2)


def _totals(result: tuple[Mapping[str, Any], ...]) -> dict[str, Any]:
    totals: dict[str, Any] = {o: sum(row[o] for row in result) for o in OUTCOMES}
    for outcome in OUTCOMES:
        sums: defaultdict[str, Decimal] = defaultdict(Decimal)
        for row in result:
            if row[f"{outcome}_amount"] is not None:
                sums[row["currency"]] += row[f"{outcome}_amount"]
        totals[f"{outcome}_amount"] = dict(sums)
    won, closed = totals["won"], sum(row["n"] for row in result)
    found = rate(won, closed)
    totals |= {"closed": closed, "win_rate": found.share}
    totals |= {"low": found.interval.low, "high": found.interval.high, "note": found.note}
    return totals | {"won_unpriced": sum(row["won_unpriced"] for row in result)}


def _sentence(totals: Mapping[str, Any]) -> str:
    said = f"{totals['won']:,} deal{'' if totals['won'] == 1 else 's'} won"
    if totals["win_rate"] is not None:
        said += f" ({percent(totals['win_rate'], 1)} of closed)"
    elif totals["closed"]:
        said += f" of {totals['closed']:,} closed (too few to tell a share)"
    if totals["won"]:
        said += f", {_worth(totals)}"
    return f"{said}; {totals['lost']:,} lost and {totals['open']:,} open."


def _worth(totals: Mapping[str, Any]) -> str:
    """What the won deals are worth; where no amount of any is known, that is said, and no sum."""
    unpriced = totals["won_unpriced"]
    deals = f"{unpriced:,} deal{'' if unpriced == 1 else 's'}"
    if unpriced == totals["won"]:
        return f"no amount is known for {deals}"
    sums = {c: amount for c, amount in totals["won_amount"].items() if amount}
    worth = f"worth {' and '.join(_sum(*pair) for pair in sums.items()) or money('', Decimal(0))}"
    return f"{worth} (no amount is known for {deals})" if unpriced else worth


def _sum(currency: str, amount: Decimal) -> str:
    return money(currency, amount) + ("" if currency else " without a currency")


def _notes(result: tuple[Mapping[str, Any], ...]) -> tuple[str, ...]:
    notes = ["Won of closed leaves open deals out; the days are those of closed deals only."]
    won, missing = (sum(row[key] for row in result) for key in ("won", "margin_missing"))
    if missing:
        notes.append(f"Margin missing for {missing:,} of {won:,} won deals.")
    if len({row["currency"] for row in result}) > 1:
        notes.append("Amounts in different currencies are not added together.")
    return tuple(notes)
