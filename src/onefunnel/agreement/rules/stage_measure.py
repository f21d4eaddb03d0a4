"""Fourth tick: every stage has a measure and a target."""

from __future__ import annotations

from collections.abc import Iterator

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.rules.gap import Columns, Gap


def gaps(agreement: Agreement, columns: Columns) -> Iterator[Gap]:
    for stage in agreement.stages:
        where = f"stage {stage.name}"
        if not stage.measure.strip():
            yield Gap("stage-measure", where, "no measure", "write measure: step conversion, say")
        if stage.target is None:
            yield Gap("stage-measure", where, "no target", "write target: a number")
