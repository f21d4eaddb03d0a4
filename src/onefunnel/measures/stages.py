"""Stages: where do leads go on, and where are they lost?

The cohort reading: of the leads that entered the funnel in the period, how many reached each stage
at least, and which share of those at one stage goes on to the next. Open leads are censored,
leaving competes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from onefunnel.agreement.document import Agreement
from onefunnel.facts.store import Facts
from onefunnel.measures import stages_readings
from onefunnel.measures.figures import Figures, UnknownFigure
from onefunnel.measures.result import Records
from onefunnel.measures.scope import Scope
from onefunnel.measures.stages_period import compared
from onefunnel.measures.stages_words import notes_of, sentence_of
from onefunnel.measures.steps.cohort import cohort
from onefunnel.measures.steps.path import Path
from onefunnel.measures.steps.shares import TOO_EARLY, estimate
from onefunnel.measures.steps.standing import OUTCOMES
from onefunnel.measures.steps.tally import Tally
from onefunnel.measures.totals import totals_of

if TYPE_CHECKING:
    import ibis.expr.types as ir

COLUMNS = (
    "stage", "entered", "reached", "open", "lost", "step_share", "overall_share", "low", "high",
    "overall_low", "overall_high", "median_days", "p80_days", "skipped", "went_back", "n", "note",
)  # fmt: skip

FIGURES = ("entered", "reached", "skipped", "went_back", "n", "leads", "closed", *OUTCOMES)


def compute(facts: Facts, agreement: Agreement, scope: Scope) -> Figures:
    """One row per group and success stage.

    entered: leads with an entry of their own; reached: at least (skipped stages filled);
    skipped = reached - entered; open, lost (and disqualified, recycled where the agreement has
    them): leads whose furthest stage this is, by how they stand, so that each sums to its total;
    went_back: leads that fell back from this stage at least once;
    n: leads at risk, those that reached the stage before;
    step_share: share of n that goes on to this stage, None for the first stage, with its 95 %
    interval low, high; overall_share: share of all that entered the funnel that gets here;
    median_days, p80_days: days from reaching the stage before until half (80 %) of those who go on
    have gone on; leads that skipped the stage before are in the shares, not in the days.
    """
    if scope.reading == "flow":
        return stages_readings.compute_flow(facts, agreement, scope)
    if scope.reading == "snapshot":
        return stages_readings.compute_snapshot(facts, agreement, scope)
    path = Path(agreement)
    leads = cohort(facts, agreement, scope)
    found = compared(facts, agreement, scope)
    if found is not None and found.has_scope and scope.within_days is None:
        tally = found.of_scope(path)  # the same leads, counted already
    else:
        tally = Tally(leads, path, scope.as_of, by=scope.by)
    ends = (*path.ends, "late") if scope.within_days is not None else path.ends
    rows: list[dict[str, object]] = []
    for group in tally.in_order(scope.by):
        if tally.reached(group, 0):
            of_group = [_row(tally, path, group, k, scope.by, ends) for k in range(path.length)]
            rows += _never_rising(of_group)
    totals = totals_of(facts, scope, leads, tally, ends)
    return Figures(
        columns=_columns(scope.by, ends),
        rows=tuple(rows),
        sentence=sentence_of(totals, path),
        totals=totals,
        notes=notes_of(scope, totals, found, path),
    )


def records(
    facts: Facts, agreement: Agreement, scope: Scope, figure: str, row: Mapping[str, str]
) -> Records:
    """The leads behind one count of one row (or, with an empty row, of the totals)."""
    if scope.reading != "cohort":
        return stages_readings.records(facts, agreement, scope, figure, row)
    path = Path(agreement)
    leads = cohort(facts, agreement, scope)
    leads = leads.filter(leads["furthest"].notnull())
    if scope.by is not None and scope.by in row:
        leads = leads.filter(leads["group"] == row[scope.by])
    stage = row.get("stage")
    chosen = _whole(leads, figure) if stage is None else _at(leads, figure, path.is_at(stage))
    return Records(leads.filter(chosen))


def _whole(leads: ir.Table, figure: str) -> ir.BooleanValue:
    if figure in ("leads", "reached"):
        return leads["furthest"] >= 0
    if figure in OUTCOMES:
        return leads["outcome"] == figure
    if figure == "closed":
        return leads["outcome"].isin(["won", "lost"])
    raise UnknownFigure("stages", figure, FIGURES)


def _at(leads: ir.Table, figure: str, k: int) -> ir.BooleanValue:
    if figure == "entered":
        return leads[f"n_{k}"] > 0
    if figure == "reached":
        return leads["furthest"] >= k
    if figure == "skipped":
        return (leads["furthest"] >= k) & (leads[f"n_{k}"] == 0)
    if figure == "went_back":
        return leads[f"back_{k}"] > 0
    if figure == "n":
        return leads["furthest"] >= max(k - 1, 0)
    if figure in OUTCOMES:
        return (leads["furthest"] == k) & (leads["outcome"] == figure)
    raise UnknownFigure("stages", figure, FIGURES)


def _row(
    tally: Tally, path: Path, group: str, k: int, by: str | None, ends: tuple[str, ...]
) -> dict[str, object]:
    entered, reached = tally.entered(group, k), tally.reached(group, k)
    row: dict[str, object] = {} if by is None else {by: group}
    row |= {"stage": path.stages[k], "entered": entered, "reached": reached}
    row |= {end: tally.standing(group, k, end) for end in ("open", *ends)}
    row |= {"skipped": reached - entered, "went_back": tally.went_back(group, k)}
    if k == 0:
        shares = dict.fromkeys(("step_share", "low", "high", "median_days", "p80_days"))
        whole = dict.fromkeys(("overall_share", "overall_low", "overall_high"), 1.0)
        return row | shares | whole | {"n": reached, "note": ""}
    step = estimate(tally.step(group, k))
    overall = estimate(tally.overall(group, k))
    return row | {
        "step_share": step.share,
        "low": step.interval.low,
        "high": step.interval.high,
        "overall_share": overall.share,
        "overall_low": overall.interval.low,
        "overall_high": overall.interval.high,
        "median_days": step.median_days,
        "p80_days": step.p80_days,
        "n": step.n,
        "note": _both_notes(step.note, overall.note),
    }


def _both_notes(step: str, overall: str) -> str:
    """What to know of the step share, and of the overall share where that is something else."""
    parts = step.split("; ") if step else []
    is_early = any(part.startswith(TOO_EARLY) for part in parts)
    further = [
        part
        for part in overall.split("; ")
        if part and part not in parts and not (is_early and part.startswith(TOO_EARLY))
    ]
    return "; ".join([*parts, f"overall share: {', '.join(further)}"] if further else parts)


def _never_rising(rows: list[dict[str, object]]) -> list[dict[str, object]]:
    """The overall shares of one group with their intervals, none above that of the stage before.

    Each is estimated on its own, with its own censoring, so that a later one can come out higher
    by a fraction of its error. Share and both ends of the interval are held down alike, so that the
    share stays inside.
    """
    for figure in ("overall_low", "overall_share", "overall_high"):
        most = 1.0
        for row in rows:
            found = row[figure]
            if isinstance(found, float):
                row[figure] = most = min(most, found)
    return rows


def _columns(by: str | None, ends: tuple[str, ...]) -> tuple[str, ...]:
    further = tuple(end for end in ends if end != "lost")
    after_lost = COLUMNS.index("lost") + 1
    columns = (*COLUMNS[:after_lost], *further, *COLUMNS[after_lost:])
    return columns if by is None else (by, *columns)
