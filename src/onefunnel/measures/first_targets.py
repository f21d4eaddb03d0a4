"""What each stage could be measured by, and what came of it so far: a target to begin with."""

from __future__ import annotations

from dataclasses import dataclass

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.predicates.errors import PredicateError
from onefunnel.agreement.stage import Kind, Stage
from onefunnel.facts.store import Facts
from onefunnel.measures import stages, velocity
from onefunnel.measures.result import Records
from onefunnel.measures.scope import Scope
from onefunnel.measures.steps.cohort import as_of_data, cohort
from onefunnel.measures.steps.path import NoSuccessPath
from onefunnel.measures.steps.run import rows
from onefunnel.measures.steps.shares import rate

_OF_DETOURS: dict[Kind, str] = {
    "lost": "share lost", "disqualified": "share disqualified", "recycled": "share woken later",
}  # fmt: skip


@dataclass(frozen=True)
class SoFar:
    """The measure that fits a stage, and its value over all data: a share, or days.

    `value` is None where the data cannot support it; `leads` is how many came to the stage (of a
    detour: how many stand there), None where there is nothing to count.
    """

    measure: str
    value: float | None = None
    leads: int | None = None


def first_targets(facts: Facts, agreement: Agreement) -> dict[str, SoFar]:
    """For each stage by name: what it could be measured by, and the value so far.

    The first stage by the median days that leads stay in it, every later one of the success path
    by the step conversion into it; a detour by the share of leads that stand in it, of recycled
    ones the measure alone. Shares rounded to a tenth of a per cent, days to a tenth.
    """
    path = agreement.success_path
    found = {stage.name: SoFar(_OF_DETOURS[stage.kind]) for stage in agreement.detours}
    found |= {stage.name: SoFar("step conversion") for stage in path}
    found |= {stage.name: SoFar("time in stage") for stage in path[:1]}
    if "moves" not in facts:
        return found
    scope = as_of_data(facts, Scope())
    try:
        counted = {str(row["stage"]): row for row in stages.compute(facts, agreement, scope).rows}
        stays = {str(row["stage"]): row for row in velocity.compute(facts, agreement, scope).rows}
        standing = _standing(facts, agreement, scope)
    except (PredicateError, NoSuccessPath):
        return found
    for place, stage in enumerate(path):
        row = counted[stage.name] if place else stays.get(stage.name, {})
        value = row.get("step_share" if place else "median_days")
        found[stage.name] = SoFar(
            found[stage.name].measure,
            None if value is None else round(float(str(value)), 3 if place else 1),
            int(str(counted[stage.name]["reached"])),
        )
    everybody = sum(standing.values())
    for stage in agreement.detours:
        count = standing.get(stage.name, 0)
        share = rate(count, everybody).share if stage.kind != "recycled" else None
        found[stage.name] = SoFar(
            found[stage.name].measure, None if share is None else round(share, 3), count
        )
    return found


def leads_so_far(facts: Facts, agreement: Agreement, stage: Stage) -> Records:
    """The leads behind `SoFar.leads` of one stage."""
    scope = as_of_data(facts, Scope())
    if stage.is_success:
        return stages.records(facts, agreement, scope, "reached", {"stage": stage.name})
    leads = cohort(facts, agreement, scope)
    return Records(leads.filter(leads["current_stage"] == stage.name).select("lead_id"))


def _standing(facts: Facts, agreement: Agreement, scope: Scope) -> dict[str, int]:
    """Leads by the stage they stand in; those that never were in one are left out."""
    leads = cohort(facts, agreement, scope)
    known = leads.filter(leads["current_stage"].notnull())
    counted = known.group_by("current_stage").agg(n=known.count())
    return {str(row["current_stage"]): int(row["n"]) for row in rows(counted)}
