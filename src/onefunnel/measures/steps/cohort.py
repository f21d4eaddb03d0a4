"""Which leads is the question about?"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

import ibis

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.predicates.parse import parse
from onefunnel.agreement.predicates.table_columns import columns_of
from onefunnel.facts.store import Facts
from onefunnel.measures.scope import Scope
from onefunnel.measures.steps.groups import NONE, PERIODS, attributes, group_value
from onefunnel.measures.steps.journeys import CARRIED, journeys
from onefunnel.measures.steps.marks import marks_of, stands_of
from onefunnel.measures.steps.path import Path
from onefunnel.measures.steps.reached import with_reached

if TYPE_CHECKING:
    import ibis.expr.types as ir


def cohort(facts: Facts, agreement: Agreement, scope: Scope) -> ir.Table:
    """The leads that entered the funnel in the period and meet `where`, as of the moment asked.

    Leads without any date of entry are in only when no period is asked for. Leads that never were
    in a stage of the agreement are in too, with `furthest` NULL: measures say how many.

    Returns:
        the columns of journeys, and `group` (text) where `by` is set. With a conversion window
        the first time in stage k or a later one, if in time, stands in `at_k` and `reached_k`;
        without one `with_reached` gives it.
    """
    leads = journeys(facts, agreement, scope.as_of)
    if scope.within_days is not None:
        path = Path(agreement)
        leads = _within(with_reached(leads, path), path, scope.within_days, scope.as_of)
    return grouped(in_period(matching(leads, facts, scope.where), scope), facts, scope.by, scope)


def matching(leads: ir.Table, facts: Facts, where: str | None) -> ir.Table:
    """Those of the leads (any table with `lead_id`) that meet the predicate `where`."""
    if not where or not where.strip():
        return leads
    columns = columns_of(*(facts[name] for name in ("leads", "accounts") if name in facts))
    rule = parse(where, columns)
    described = attributes(facts, rule.columns)
    return leads.semi_join(described.filter(rule.filter(described)), "lead_id")


def in_period(leads: ir.Table, scope: Scope, at: str = "entered_at") -> ir.Table:
    """Those whose time lies in since <= time < until; the undated only where no period is set."""
    if scope.since is not None:
        leads = leads.filter(leads[at] >= scope.since)
    if scope.until is not None:
        leads = leads.filter(leads[at] < scope.until)
    return leads


def grouped(
    leads: ir.Table, facts: Facts, by: str | None, calendar: Scope | None = None
) -> ir.Table:
    """The leads with their `group`; without `by` there is no such column. `calendar` says in which
    zone and fiscal year periods lie."""
    if by is None:
        return leads
    if by in PERIODS and by not in facts["leads"].columns:
        return leads.mutate(group=_period_group(leads, by, calendar or Scope()))
    if by in CARRIED and f"by_{by}" in leads.columns:
        return leads.mutate(group=leads[f"by_{by}"])
    described = attributes(facts, [by])
    described = described.select(_of="lead_id", group=group_value(described, by, ""))
    joined = leads.left_join(described, leads["lead_id"] == described["_of"]).drop("_of")
    return joined.mutate(group=joined["group"].fill_null(NONE))


def _period_group(leads: ir.Table, by: str, calendar: Scope) -> ir.Value:
    zone, starts = calendar.zone, calendar.fiscal_year_starts
    return group_value(leads, by, "entered_at", zone=zone, fiscal_year_starts=starts)


def as_of_data(facts: Facts, scope: Scope) -> Scope:
    """The scope with its moment of looking filled in: the data's own time where none is asked."""
    if scope.as_of is not None:
        return scope
    return replace(scope, as_of=facts.data_at or _latest_move(facts))


def _latest_move(facts: Facts) -> datetime | None:
    latest = facts["moves"]["at"].max().to_pyarrow().as_py()
    return latest if isinstance(latest, datetime) else None


def _within(leads: ir.Table, path: Path, days: int, as_of: datetime | None) -> ir.Table:
    """Forget what was reached more than `days` after entering the funnel, or without a date.

    So it is with falls: one counts where the stage was reached and fallen back from in time.
    How a lead stands is how it stood when its window ended: one that left the path later than that
    was not lost then. It is "late" as one still open is, or won where it had been won in time; so
    is one that left at a time nobody knows.
    """
    end = leads["entered_at"] + ibis.interval(days=days)
    came: list[tuple[ir.BooleanValue, int]] = [(leads["furthest"].notnull(), 0)]
    times: dict[str, ir.Value] = {}
    for k in range(1, path.length):
        reached = leads[f"reached_{k}"]
        is_in = ((leads["furthest"] >= k) & (reached <= end)).fill_null(False)
        came.insert(0, (is_in, k))
        # what is counted reads the first time in a stage or later from `at`, see `counting`
        times[f"at_{k}"] = times[f"reached_{k}"] = ibis.ifelse(is_in, reached, None)
        entered_in = (leads[f"at_{k}"] <= end).fill_null(False)
        times[f"n_{k}"] = ibis.ifelse(entered_in, leads[f"n_{k}"], 0)
        fell_in = is_in & (leads[f"fell_{k}"] <= end).fill_null(False)
        times[f"back_{k}"] = ibis.ifelse(fell_in, leads[f"back_{k}"], 0)
    furthest = ibis.cases(*came).cast("int16")
    limited = leads.mutate(furthest=furthest, **times, window_end=end)
    outcome, outcome_at = limited["outcome"], limited["outcome_at"]
    has_left = outcome.notin(["open", "won"])
    left_in_time = has_left & (outcome_at <= limited["window_end"]).fill_null(False)
    is_over = (limited["window_end"] <= as_of) if as_of is not None else ibis.literal(False)
    is_over = is_over.fill_null(False) & ~left_in_time
    was_won = (limited["furthest"] >= path.won).fill_null(False)
    is_won = is_over & has_left & was_won
    is_late = is_over & ~is_won & ~((outcome == "won") & was_won)
    won_at = limited[f"reached_{path.won}"]
    ended = ibis.cases((is_late, "late"), (is_won, "won"), else_=outcome)
    return limited.mutate(
        outcome=ended,
        outcome_at=ibis.cases((is_late, limited["window_end"]), (is_won, won_at), else_=outcome_at),
        stands=stands_of(ended),
        **_marks_within(limited, path),
    ).drop("window_end")


def _marks_within(limited: ir.Table, path: Path) -> dict[str, ir.Value]:
    """The bits of what was done in time; undated is a stage reached in time at an unknown one."""
    stages = range(path.length)
    return marks_of(
        went=[limited[f"n_{k}"] > 0 for k in stages],
        fell=[limited[f"back_{k}"] > 0 for k in stages],
        undated=[
            (limited["furthest"] >= k).fill_null(False) & limited[f"reached_{k}"].isnull()
            for k in stages
        ],
    )
