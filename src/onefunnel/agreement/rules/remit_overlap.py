"""Two teams that each lead a stage alone overlap, unless they agree to lead it jointly."""

from __future__ import annotations

from collections.abc import Iterator

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.rules.gap import Columns, Gap, Spot


def gaps(agreement: Agreement, columns: Columns) -> Iterator[Gap]:
    for stage in agreement.stages:
        leaders = list(dict.fromkeys(team.strip() for team in stage.leads if team.strip()))
        if len(leaders) > 1 and not stage.is_joint:
            yield Gap(
                "remit-overlap",
                f"stage {stage.name}",
                f"{' and '.join(leaders)} each lead it",
                "keep one leader, or say that they lead it jointly",
                Spot("stages", stage.name, "leads"),
            )
        both = [team for team in leaders if team in stage.supports]
        if both:
            yield Gap(
                "remit-overlap",
                f"stage {stage.name}",
                f"{', '.join(both)} leads and supports it",
                "keep one of the two",
                Spot("stages", stage.name, "supports"),
            )
