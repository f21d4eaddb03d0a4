"""Sales velocity: the value won per day, and what changed it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import ibis

from onefunnel.agreement.document import Agreement
from onefunnel.facts.store import Facts
from onefunnel.measures.figures import Figures, UnknownFigure
from onefunnel.measures.result import Records
from onefunnel.measures.scope import Scope
from onefunnel.measures.steps.deals import deals_of
from onefunnel.measures.steps.run import rows
from onefunnel.measures.steps.shares import MIN_FOR_MEDIAN, rate, too_few
from onefunnel.measures.words import money, per
from onefunnel.statistics.lmdi import explain_product

if TYPE_CHECKING:
    import ibis.expr.types as ir

COLUMNS = ("period", "since", "until", "deals", "won", "closed", "win_share", "low", "high",
           "won_amount", "average_deal", "cycle_days", "velocity_per_day", "currency", "n",
           "note")  # fmt: skip
#: The period where none is asked for.
DEFAULT_DAYS = 90
#: The data's own time is that of its last deal: a period up to it ends just after, so that the
#: deal is in.
_INSTANT = timedelta(microseconds=1)
FACTORS = ("deals", "win_share", "average_deal", "cycle_days")
FIGURES = ("deals", "won", "closed", "won_amount", "n")


@dataclass(frozen=True)
class _Period:
    name: str
    since: datetime
    until: datetime


def compute(facts: Facts, agreement: Agreement, scope: Scope) -> Figures:
    """Two rows: the period (the last 90 days where none is asked for) and the equal one before it.

    Without an end the period ends with the moment of looking, what closed right then included.
    deals: open at some time in the period; win_share: won of those closed in it, with its 95 %
    interval low, high; n = closed; average_deal: mean amount of the won; cycle_days: mean days
    from opening to the win of the won; velocity_per_day = deals x win_share x average_deal /
    cycle_days, None where too few were closed or won to tell. `totals["effects"]` splits the
    change of velocity among the four without residual (LMDI). Deals in the currency most were won
    in, and those of which neither amount nor currency is said; a note names other currencies.
    """
    periods = _periods(scope)
    if periods is None:
        return Figures(COLUMNS, (), "The facts have no time to count a period back from.")
    currency, others = _main_currency(facts, scope)
    result = tuple(_row(facts, scope, period, currency) for period in periods)
    now, before = result
    effects = _effects(now, before)
    return Figures(
        columns=COLUMNS,
        rows=result,
        sentence=_sentence(now, before, effects),
        totals={"effects": effects or {}},
        notes=(
            "Velocity per day = deals x share won x average deal / days from opening to winning.",
            "The days are those of deals already won, which is too short while the pipeline "
            "grows: slow deals have not been won yet.",
            *(
                (f"Deals in {', '.join(c or 'no stated currency' for c in others)} are not in it.",)
                if others
                else ()
            ),
        ),
    )


def records(
    facts: Facts, agreement: Agreement, scope: Scope, figure: str, row: Mapping[str, str]
) -> Records:
    """The deals behind one count or the won amount of one period ("this period", "before")."""
    periods = {period.name: period for period in _periods(scope) or ()}
    if figure not in FIGURES or row.get("period") not in periods:
        raise UnknownFigure("sales_velocity", figure, FIGURES)
    currency, _ = _main_currency(facts, scope)
    chosen = _chosen(facts, scope, periods[row["period"]], currency)
    deals, parts = chosen
    part = {"won_amount": "won", "n": "closed"}.get(figure, figure)
    table = deals.filter(parts[part])
    return Records(table, sum_column="amount" if figure == "won_amount" else None)


def _periods(scope: Scope) -> tuple[_Period, _Period] | None:
    until = scope.until
    if until is None:
        if scope.as_of is None:
            return None
        until = scope.as_of + _INSTANT
    since = scope.since or until - timedelta(days=DEFAULT_DAYS)
    return _Period("this period", since, until), _Period("before", since - (until - since), since)


def _chosen(
    facts: Facts, scope: Scope, period: _Period, currency: str
) -> tuple[ir.Table, dict[str, ir.BooleanValue]]:
    deals = deals_of(facts, replace(scope, since=None, until=None, by=None))
    is_unsaid = deals["amount"].isnull() & (deals["currency"] == "")
    deals = deals.filter((deals["currency"] == currency) | is_unsaid)
    since, until = (ibis.literal(when, "timestamp") for when in (period.since, period.until))
    closed_in = ((deals["closed_at"] >= since) & (deals["closed_at"] < until)).fill_null(False)
    was_open = (deals["opened_at"] < until).fill_null(False) & (
        (deals["outcome"] == "open") | (deals["closed_at"] >= since)
    ).fill_null(False)
    parts = {
        "deals": was_open | closed_in,
        "won": closed_in & (deals["outcome"] == "won"),
        "closed": closed_in & deals["outcome"].isin(["won", "lost"]),
    }
    return deals, parts


def _row(facts: Facts, scope: Scope, period: _Period, currency: str) -> dict[str, Any]:
    deals, parts = _chosen(facts, scope, period, currency)
    days = deals["closed_at"].delta(deals["opened_at"], unit="second") / 86_400
    found = rows(
        deals.agg(
            **{name: deals.count(where=part) for name, part in parts.items()},
            won_amount=deals["amount"].sum(where=parts["won"]),
            priced=deals.count(where=parts["won"] & deals["amount"].notnull()),
            cycle_days=days.mean(where=parts["won"]),
        )
    )[0]
    amount = found["won_amount"] or Decimal(0)
    share = rate(found["won"], found["closed"])
    row: dict[str, Any] = {
        "period": period.name,
        "since": period.since,
        "until": period.until,
        "deals": found["deals"],
        "won": found["won"],
        "closed": found["closed"],
        "win_share": share.share,
        "low": share.interval.low,
        "high": share.interval.high,
        "won_amount": amount,
        "average_deal": per(amount, found["priced"]),
        "cycle_days": found["cycle_days"],
        "currency": currency,
        "n": share.n,
    }
    return row | {"velocity_per_day": _velocity(row), "note": _note(row, found["priced"])}


def velocity(deals: float, win_share: float, average_deal: float, cycle_days: float) -> float:
    """Value won per day: deals x share won x average deal / days of the cycle."""
    return deals * win_share * average_deal / cycle_days


def _velocity(row: Mapping[str, Any]) -> float | None:
    factors = [row[name] for name in FACTORS]
    if any(factor is None for factor in factors) or not row["cycle_days"]:
        return None
    if row["won"] < MIN_FOR_MEDIAN:
        return None  # neither their size nor their days say what the next ones will be
    return velocity(*(float(factor) for factor in factors))


def _note(row: Mapping[str, Any], priced: int) -> str:
    if not row["closed"]:
        return "no deal was closed in this period"
    notes = []
    if row["win_share"] is None:
        notes.append(too_few(row["n"]))
    elif row["won"] < MIN_FOR_MEDIAN:
        notes.append(f"too few won to tell (n={row['won']:,})")
    if priced < row["won"]:
        notes.append(f"{row['won'] - priced:,} won deals have no amount")
    return "; ".join(notes)


def _effects(now: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, float] | None:
    if now["velocity_per_day"] is None or before["velocity_per_day"] is None:
        return None
    old, new = ({name: float(row[name]) for name in FACTORS} for row in (before, now))
    return explain_product(old, new, frozenset({"cycle_days"}))


def _sentence(
    now: Mapping[str, Any], before: Mapping[str, Any], effects: Mapping[str, float] | None
) -> str:
    pace = now["velocity_per_day"]
    if pace is None:
        return _unknown(now)
    said = f"Sales velocity is {money(now['currency'], Decimal(round(pace)))} a day"
    if not effects:
        return f"{said}; the period before it cannot be compared."
    largest = max(effects, key=lambda name: abs(effects[name]))
    change = pace - before["velocity_per_day"]
    words = {
        "deals": "the number of deals",
        "win_share": "the share won",
        "average_deal": "the size of deals",
        "cycle_days": "the length of the cycle",
    }
    direction = "more" if change > 0 else "less"
    return (
        f"{said}, {money(now['currency'], Decimal(round(abs(change))))} {direction} than in the "
        f"period before; most of it comes from {words[largest]}."
    )


def _unknown(now: Mapping[str, Any]) -> str:
    """Why the sales velocity of the period cannot be told."""
    if not now["closed"]:
        return "No deal was closed in the period, so that there is no sales velocity."
    counts = f"{now['won']:,} won of {now['closed']:,} closed in the period"
    if now["win_share"] is None or now["won"] < MIN_FOR_MEDIAN:
        return f"{counts}: too few to tell the sales velocity."
    lack = "amount" if now["average_deal"] is None else "time from opening to winning"
    return f"{counts}, but the {lack} of the won deals is not known: no sales velocity."


def _main_currency(facts: Facts, scope: Scope) -> tuple[str, list[str]]:
    """The currency most deals were won in, and the others there are."""
    deals = deals_of(facts, replace(scope, since=None, until=None, by=None))
    said = deals.filter(deals["amount"].notnull() | (deals["currency"] != ""))
    is_priced_win = (said["outcome"] == "won") & said["amount"].notnull()
    counted = said.group_by("currency").agg(won=said.count(where=is_priced_win), deals=said.count())
    found = sorted(rows(counted), key=lambda r: (-r["won"], -r["deals"], r["currency"]))
    ranked = [row["currency"] for row in found]
    return (ranked[0], ranked[1:]) if ranked else ("", [])
