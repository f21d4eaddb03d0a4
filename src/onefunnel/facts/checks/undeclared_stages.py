"""Moves into stages that nobody defined."""

from __future__ import annotations

from onefunnel.facts.checks.context import Context, Tables, rows
from onefunnel.facts.checks.wording import counted
from onefunnel.facts.findings import Finding


def undeclared_stages(tables: Tables, context: Context) -> list[Finding]:
    """One finding per stage that moves name and the stage list does not."""
    if "moves" not in tables or "stages" not in tables:
        return []
    moves, stages = tables["moves"], tables["stages"]
    unknown = moves.anti_join(stages, moves.stage == stages.stage)
    by_stage = unknown.group_by("stage").agg(n=unknown.count())
    return [
        Finding(
            "undeclared-stage", "moves", "stage", int(row["n"]),
            f"{counted(int(row['n']), 'moves')} {'goes' if row['n'] == 1 else 'go'} into "
            f"{row['stage']!r}, which the stage list does not have",
            str(row["stage"]), "add it to `stages:` in the mapping with its kind, or translate it "
            "under `values:`",
        )
        for row in rows(by_stage.order_by([by_stage.n.desc(), by_stage.stage]).limit(50))
    ]  # fmt: skip
