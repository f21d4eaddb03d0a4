"""Do these files name other stages than the sources that are here already?

Two stage lists with little in common make one funnel that says nothing, unless an agreement says
what each name means. So it is said before anything is written, and on the report.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
from django.db.models import QuerySet

from onefunnel.facts.findings import Finding
from onefunnel.server.warehouse.agreement_in_force import agreement_in_force
from onefunnel.server.warehouse.fact_rows import FACT_MODELS
from onefunnel.server.warehouse.models import Import, Source

KIND = "other-stages"
_SAID_OTHERWISE = "stages-of-another-source"
#: What a source is called that has no name of its own here.
_SOME_SOURCE = "another source"
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
                what=f"{_than(name)}{_listed(stages)}. {name} names: {_listed(theirs)}",
                example="",
                fix="Without an agreement the two are laid side by side in one funnel; agree the "
                "stages, or import into another workspace.",
                weight="warning",
            )
        )
    return found


def kinds_said_otherwise(staged: Path, source: Source) -> list[Finding]:
    """A warning per stage that another source names too and takes for something else.

    A move does not say which source's stage it is in, so one of the two is not followed.
    """
    con = duckdb.connect()
    con.execute("SET threads = 1")
    try:
        mine = dict(
            con.execute(
                "SELECT stage, any_value(kind) FROM read_parquet(?) GROUP BY stage", [str(staged)]
            ).fetchall()
        )
    finally:
        con.close()
    own = set(Import.objects.filter(source=source).values_list("pk", flat=True))
    names = dict(Import.objects.exclude(source=source).values_list("pk", "source__name"))
    living = FACT_MODELS["stages"].objects.filter(replaced_by__isnull=True)
    found = []
    for stage, kind, brought in living.values_list("stage", "kind", "import_id").order_by("pk"):
        if brought in own or stage not in mine or (mine[stage] or "open") == (kind or "open"):
            continue
        them = names.get(brought) or _SOME_SOURCE
        found.append(
            Finding(
                kind=_SAID_OTHERWISE,
                table="stages",
                column="kind",
                count=1,
                what=f"{stage} is {mine[stage] or 'open'} in these files and {kind or 'open'} in "
                f"{_those_of(them)}leads of both count the same way, so one of them wrongly",
                example=str(stage),
                fix="Say the same of it in both imports, name it otherwise in one of the systems, "
                "or agree what it means.",
                weight="warning",
            )
        )
    return found


def still_true(findings: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The findings of an import without those that compare it with a source undone since.

    They are kept on the import as they were told; an undo of another import does not touch it.
    """
    findings = [dict(one) for one in findings]
    if not any(one["kind"] in (KIND, _SAID_OTHERWISE) for one in findings):
        return findings
    here = _written().values_list("source__name", flat=True).order_by().distinct()
    names = [*here, _SOME_SOURCE]

    def is_true(one: Mapping[str, Any]) -> bool:
        if one["kind"] == KIND:
            return any(one["what"].startswith(_than(name)) for name in names)
        if one["kind"] == _SAID_OTHERWISE:
            return any(_those_of(name) in one["what"] for name in names)
        return True

    return [one for one in findings if is_true(one)]


def _than(name: str) -> str:
    return f"These files name other stages than {name}: "


def _those_of(name: str) -> str:
    return f"those of {name}: "


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


def places_of(source: Source) -> dict[tuple[str, str], int]:
    """Where each (pipeline, stage) of the source stands now."""
    own = Import.objects.filter(source=source).values_list("pk", flat=True)
    living = FACT_MODELS["stages"].objects.filter(replaced_by__isnull=True, import_id__in=set(own))
    rows = living.values_list("pipeline", "stage", "position")
    return {(p or "", stage): place for p, stage, place in rows if place is not None}


def _stages_of_others(source: Source | None) -> dict[str, list[str]]:
    written = _written().order_by("first_change")
    if source is not None:
        written = written.exclude(source=source)
    found: dict[str, list[str]] = {}
    for name, counts in written.values_list("source__name", "counts"):
        known = found.setdefault(name, [])
        known += [stage for stage in counts.get("stages", []) if stage not in known]
    return found


def _written() -> QuerySet[Import]:
    """The imports whose rows are here."""
    written = Import.objects.filter(first_change__isnull=False, source__isnull=False)
    return written.exclude(status=Import.Status.UNDONE)


def _plain(stage: str) -> str:
    return " ".join(stage.casefold().split())


def _listed(stages: Sequence[str]) -> str:
    shown = ", ".join(stages[:_NAMED])
    more = len(stages) - _NAMED
    return f"{shown} and {more} more" if more > 0 else shown
