"""Service due: which machines in use are due for service, and are they served in time?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import ibis

from onefunnel.agreement.document import Agreement
from onefunnel.facts.store import Facts, MissingFacts
from onefunnel.measures.figures import Figures, UnknownFigure
from onefunnel.measures.result import Records
from onefunnel.measures.scope import Scope
from onefunnel.measures.steps.cohort import in_period, matching
from onefunnel.measures.steps.groups import NONE
from onefunnel.measures.steps.run import rows
from onefunnel.measures.steps.shares import MIN_FOR_MEDIAN, rate
from onefunnel.measures.words import percent

if TYPE_CHECKING:
    import ibis.expr.types as ir

STATES = ("overdue", "due_soon", "due_later", "unknown")
COLUMNS = ("product", "assets", *STATES, "overdue_share", "low", "high", "median_days_late", "n",
           "note")  # fmt: skip
FIGURES = ("assets", *STATES, "n")
#: Due soon is due within so many days.
SOON = 30


def compute(facts: Facts, agreement: Agreement, scope: Scope) -> Figures:
    """One row per product.

    Due is the last service (else the day it went into use) plus the interval of the asset.
    assets: in use at the moment of looking; overdue, due_soon (within 30 days), due_later;
    unknown: without an interval or any date; overdue_share: of those whose day is known (n), with
    its 95 % interval; median_days_late: of those overdue, from five on. A period selects assets by
    the day they went into use; `where` those of accounts that have a lead which meets it. What was
    served after the moment of looking was not served then.
    """
    assets = _assets(facts, scope)
    late = assets["days_late"].quantile(0.5, where=assets["state"] == "overdue")
    counted = assets.group_by("product").agg(
        assets=assets.count(),
        late=late,
        **{state: assets.count(where=assets["state"] == state) for state in STATES},
    )
    found = sorted(rows(counted), key=lambda row: (-row["overdue"], -row["assets"], row["product"]))
    result = tuple(_row(row) for row in found)
    totals = {name: sum(row[name] for row in result) for name in FIGURES}
    share = rate(totals["overdue"], totals["n"])
    totals |= {"overdue_share": share.share, "note": share.note}
    return Figures(
        columns=COLUMNS,
        rows=result,
        sentence=_sentence(totals),
        totals=totals,
        notes=(
            "Due is the last service, else the day it went into use, plus the interval of the "
            "asset. How much a machine runs is not known here, so only the calendar counts.",
        ),
    )


def records(
    facts: Facts, agreement: Agreement, scope: Scope, figure: str, row: Mapping[str, str]
) -> Records:
    """The assets behind one count."""
    if figure not in FIGURES:
        raise UnknownFigure("service_due", figure, FIGURES)
    assets = _assets(facts, scope)
    if "product" in row:
        assets = assets.filter(assets["product"] == row["product"])
    if figure in STATES:
        assets = assets.filter(assets["state"] == figure)
    if figure == "n":
        assets = assets.filter(assets["state"] != "unknown")
    return Records(assets.drop("days_late", "state"))


def _assets(facts: Facts, scope: Scope) -> ir.Table:
    """Every asset in use: asset_id, account_id, product, installed_at, serviced_at, interval_days,
    due_at, days_late, state."""
    installed = facts["installed"]
    types = {"account_id": "string", "product": "string", "installed_at": "timestamp",
             "serviced_at": "timestamp", "interval_days": "int64"}  # fmt: skip
    assets = installed.mutate(
        **{name: ibis.null(kind) for name, kind in types.items() if name not in installed.columns}
    ).select("asset_id", *types)
    if scope.as_of is not None:
        assets = assets.filter(
            assets["installed_at"].isnull() | (assets["installed_at"] <= scope.as_of)
        )
        is_later = (assets["serviced_at"] > scope.as_of).fill_null(False)
        assets = assets.mutate(serviced_at=ibis.ifelse(is_later, None, assets["serviced_at"]))
    assets = in_period(assets, scope, "installed_at")
    if scope.where and scope.where.strip():
        if "leads" not in facts or "account_id" not in facts["leads"].columns:
            raise MissingFacts("leads")
        assets = assets.semi_join(matching(facts["leads"], facts, scope.where), "account_id")
    now = ibis.literal(scope.as_of).cast("timestamp")
    soon = ibis.literal(scope.as_of + timedelta(days=SOON) if scope.as_of else None)
    days = ibis.ifelse(assets["interval_days"] > 0, assets["interval_days"], None)
    last = ibis.greatest(assets["installed_at"], assets["serviced_at"])
    due = last.cast("timestamp") + days.as_interval("D")
    assets = assets.mutate(product=assets["product"].strip().nullif("").fill_null(NONE), due_at=due)
    due = assets["due_at"]
    return assets.mutate(
        days_late=now.delta(due, unit="second") / 86_400,
        state=ibis.cases(
            (due.isnull(), "unknown"), (due < now, "overdue"),
            (due <= soon.cast("timestamp"), "due_soon"), else_="due_later",
        ),
    )  # fmt: skip


def _row(found: Mapping[str, Any]) -> dict[str, Any]:
    n = found["assets"] - found["unknown"]
    share = rate(found["overdue"], n)
    told = share.share is not None
    is_known = found["overdue"] >= MIN_FOR_MEDIAN
    notes = [share.note] if share.note else []
    if found["overdue"] and not is_known:
        notes.append(f"median days late: too few to tell (n={found['overdue']})")
    return {
        "product": found["product"],
        "assets": found["assets"],
        **{state: found[state] for state in STATES},
        "overdue_share": share.share,
        "low": share.interval.low if told else None,
        "high": share.interval.high if told else None,
        "median_days_late": float(found["late"]) if is_known else None,
        "n": n,
        "note": "; ".join(notes),
    }


def _sentence(totals: Mapping[str, Any]) -> str:
    if not totals["n"]:
        return "No machine in use has an interval and a date, so nobody can tell what is due."
    share = totals["overdue_share"]
    told = f" ({percent(share, 1)})" if share is not None else ""
    return (
        f"{totals['overdue']:,} of {totals['n']:,} machines are overdue for service{told}; "
        f"{totals['due_soon']:,} more are due within thirty days."
    )
