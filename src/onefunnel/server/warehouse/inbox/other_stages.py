"""Do these files name other stages than the sources that are here already?

Two stage lists with little in common make one funnel that says nothing, unless an agreement says
what each name means. So it is said before anything is written, and on the report.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import duckdb

from onefunnel.facts.findings import Finding
from onefunnel.server.warehouse.agreement_in_force import agreement_in_force
from onefunnel.server.warehouse.models import Import, Source

KIND = "other-stages"
_MOST = 60
_NAMED = 12


def other_stages(stages: Sequence[str], source: Source | None) -> list[Finding]:
    """One warning per other source that shares at most half of these stages.

    Nothing where an agreement is in force, or where every stage is known from some other source.
    """
    agreement = agreement_in_force()
    if not stages or (agreement is not None and agreement.is_agreed):
        return []
    others = _stages_of_others(source)
    mine = {_plain(stage) for stage in stages}
    if mine <= {_plain(stage) for theirs in others.values() for stage in theirs}:
        return []
    found = []
    for name, theirs in others.items():
        known = {_plain(stage) for stage in theirs}
        if not theirs or 2 * len(mine & known) > min(len(mine), len(known)):
            continue
        found.append(
            Finding(
                kind=KIND,
                table="moves",
                column="stage",
                count=len(mine - known),
                what=f"These files name other stages than {name}: {_listed(stages)}. "
                f"{name} names: {_listed(theirs)}",
                example="",
                fix="Without an agreement the two are laid side by side in one funnel; agree the "
                "stages, or import into another workspace.",
                weight="warning",
            )
        )
    return found


def stages_in(staged: Path) -> list[str]:
    """The stages that the staged moves name, the most frequent first."""
    con = duckdb.connect()
    con.execute("SET threads = 1")
    try:
        rows = con.execute(
            "SELECT stage FROM read_parquet(?) WHERE stage IS NOT NULL GROUP BY stage "
            "ORDER BY count(*) DESC, stage LIMIT ?",
            [str(staged), _MOST],
        ).fetchall()
    finally:
        con.close()
    return [str(row[0]) for row in rows]


def in_order(stages: Iterable[str], imported: Import) -> list[str]:
    """The stages as the review had them in order; those it did not know come last."""
    reviewed = [one["stage"] for one in imported.trial.get("stages", [])]
    given = list(stages)
    return [s for s in reviewed if s in given] + [s for s in given if s not in reviewed]


def _stages_of_others(source: Source | None) -> dict[str, list[str]]:
    written = Import.objects.filter(first_change__isnull=False, source__isnull=False)
    written = written.exclude(status=Import.Status.UNDONE).order_by("first_change")
    if source is not None:
        written = written.exclude(source=source)
    found: dict[str, list[str]] = {}
    for name, counts in written.values_list("source__name", "counts"):
        known = found.setdefault(name, [])
        known += [stage for stage in counts.get("stages", []) if stage not in known]
    return found


def _plain(stage: str) -> str:
    return " ".join(stage.casefold().split())


def _listed(stages: Sequence[str]) -> str:
    shown = ", ".join(stages[:_NAMED])
    more = len(stages) - _NAMED
    return f"{shown} and {more} more" if more > 0 else shown
