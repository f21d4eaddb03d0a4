"""Second tick: every stage has a place on the map."""

from __future__ import annotations

from collections.abc import Iterator

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.rules.gap import Columns, Gap, Spot


def gaps(agreement: Agreement, columns: Columns) -> Iterator[Gap]:
    for stage in agreement.stages:
        if not stage.lane.strip():
            yield Gap(
                "stage-place",
                f"stage {stage.name}",
                "no place on the map",
                "choose before the sale, the sale, after the sale, or a detour",
                Spot("stages", stage.name, "lane"),
            )
