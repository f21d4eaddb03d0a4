"""Third tick: every stage has a team that leads it; without one the remits have a gap."""

from __future__ import annotations

from collections.abc import Iterator

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.rules.gap import Columns, Gap, Spot


def gaps(agreement: Agreement, columns: Columns) -> Iterator[Gap]:
    for stage in agreement.stages:
        if not any(team.strip() for team in stage.leads):
            yield Gap(
                "remit-gap",
                f"stage {stage.name}",
                "no team leads it",
                "choose the team that answers for this stage",
                Spot("stages", stage.name, "leads"),
            )
