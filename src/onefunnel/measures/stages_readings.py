"""The other readings of the stages: what moved in a period (flow), what stands there (snapshot).

Both are common and both are easy to misread, so each is named as what it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from onefunnel.agreement.document import Agreement
from onefunnel.facts.store import Facts
from onefunnel.measures.figures import Figures, UnknownFigure
from onefunnel.measures.result import Records
from onefunnel.measures.scope import Scope
from onefunnel.measures.steps.cohort import cohort
from onefunnel.measures.steps.groups import in_order
from onefunnel.measures.steps.path import Path
from onefunnel.measures.steps.reached import with_reached
from onefunnel.measures.steps.run import rows
from onefunnel.measures.steps.shares import MIN_LEADS, too_few
from onefunnel.measures.words import period_of

if TYPE_CHECKING:
    import ibis.expr.types as ir

FLOW_COLUMNS = ("stage", "entered", "reached", "lost", "step_share", "n", "note")
SNAPSHOT_COLUMNS = ("stage", "standing", "note")


def compute_flow(facts: Facts, agreement: Agreement, scope: Scope) -> Figures:
    """One row per group and success stage: what happened in the period, whenever the leads came in.

    entered: leads whose first entry of their own into the stage lies in the period; reached: leads
    that reached it at least for the first time then; lost: leads lost then from this stage, still
    lost; step_share: reached over reached of the stage before in the same period. Those are not
    the same leads, so it is no chance of going on and has no interval.
    """
    path = Path(agreement)
    leads = _everyone(facts, agreement, scope)
    figures = {
        f"{name}_{k}": leads.count(where=_flow(leads, scope, name, k))
        for k in range(path.length)
        for name in ("entered", "reached", "lost")
    }
    result: list[dict[str, Any]] = []
    for found in _per_group(leads, figures, scope.by):
        for k, stage in enumerate(path.stages):
            row = {scope.by: found["group"]} if scope.by else {}
            row |= {"stage": stage} | {n: found[f"{n}_{k}"] for n in ("entered", "reached", "lost")}
            before = found[f"reached_{k - 1}"] if k else 0
            share = found[f"reached_{k}"] / before if k and before >= MIN_LEADS else None
            note = too_few(before) if k and share is None else ""
            result.append(row | {"step_share": share, "n": before, "note": note})
    return Figures(
        columns=(scope.by, *FLOW_COLUMNS) if scope.by else FLOW_COLUMNS,
        rows=tuple(result),
        sentence=f"What moved{period_of(scope)}: {_reached_words(result, path)}.",
        notes=(
            f"Flow reading: what happened{period_of(scope)}, whenever the leads came in. The "
            "ratio of two stages compares different leads; while volume grows it is too low.",
        ),
    )


def compute_snapshot(facts: Facts, agreement: Agreement, scope: Scope) -> Figures:
    """One row per group and stage, detours included: how many leads stand there at `as_of`."""
    path = Path(agreement)
    leads = _everyone(facts, agreement, scope)
    names = list(path.names.values())
    figures = {
        f"at_{i}": leads.count(where=leads["current_stage"] == name) for i, name in enumerate(names)
    }
    result = [
        ({scope.by: found["group"]} if scope.by else {})
        | {"stage": name, "standing": found[f"at_{i}"], "note": ""}
        for found in _per_group(leads, figures, scope.by)
        for i, name in enumerate(names)
    ]
    return Figures(
        columns=(scope.by, *SNAPSHOT_COLUMNS) if scope.by else SNAPSHOT_COLUMNS,
        rows=tuple(result),
        sentence=f"{sum(row['standing'] for row in result):,} leads stand in the funnel's stages.",
        notes=(
            "Snapshot reading: how many leads stand in each stage at that moment. Its ratios say "
            "nothing about how many go on.",
        ),
    )


def records(
    facts: Facts, agreement: Agreement, scope: Scope, figure: str, row: Mapping[str, str]
) -> Records:
    """The leads behind one count of either reading."""
    path = Path(agreement)
    leads = _everyone(facts, agreement, scope)
    if scope.by and scope.by in row:
        leads = leads.filter(leads["group"] == row[scope.by])
    if scope.reading == "snapshot" and figure == "standing":
        wanted = [row["stage"]] if "stage" in row else list(path.names.values())
        return Records(leads.filter(leads["current_stage"].isin(wanted)))
    if scope.reading == "flow" and "stage" in row:
        k = path.is_at(row["stage"])
        if figure == "n":
            return Records(leads.filter(_flow(leads, scope, "reached", k - 1) if k else False))
        if figure in ("entered", "reached", "lost"):
            return Records(leads.filter(_flow(leads, scope, figure, k)))
    raise UnknownFigure("stages", figure, ("entered", "reached", "lost", "n", "standing"))


def _everyone(facts: Facts, agreement: Agreement, scope: Scope) -> ir.Table:
    """All leads that meet `where`: these readings do not choose leads by when they came in."""
    leads = cohort(facts, agreement, replace(scope, since=None, until=None, within_days=None))
    return with_reached(leads, Path(agreement))


def _flow(leads: ir.Table, scope: Scope, figure: str, k: int) -> ir.BooleanValue:
    at = {
        "entered": leads[f"at_{k}"],
        "reached": leads[f"reached_{k}"],
        "lost": leads["outcome_at"],
    }[figure]
    happened = at.notnull()
    if scope.since is not None:
        happened &= at >= scope.since
    if scope.until is not None:
        happened &= at < scope.until
    if figure == "lost":
        happened &= (leads["outcome"] == "lost") & (leads["furthest"] == k)
    return happened.fill_null(False)


def _per_group(
    leads: ir.Table, figures: dict[str, ir.Value], by: str | None
) -> list[dict[str, Any]]:
    if by is None:
        return [{"group": ""} | found for found in rows(leads.agg(**figures, leads=leads.count()))]
    found = rows(leads.group_by("group").agg(**figures, leads=leads.count()))
    of_group = {row["group"]: row for row in found}
    sizes = {group: row["leads"] for group, row in of_group.items()}
    return [of_group[group] for group in in_order(sizes, by)]


def _reached_words(result: list[dict[str, Any]], path: Path) -> str:
    return ", ".join(
        f"{sum(row['reached'] for row in result if row['stage'] == stage):,} reached {stage}"
        for stage in path.stages
    )
