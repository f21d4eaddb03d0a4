"""Fourth tick: every stage has a measure whose word is defined, and a target."""

from __future__ import annotations

from collections.abc import Iterator

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.measured import is_known, is_share
from onefunnel.agreement.rules.gap import Columns, Gap, Spot


def gaps(agreement: Agreement, columns: Columns) -> Iterator[Gap]:
    for stage in agreement.stages:
        measure = stage.measure.strip()
        if not measure:
            yield _gap(stage.name, "no measure", "choose one: step conversion, say", "measure")
        elif not is_known(measure, agreement):
            fix = "choose a known one, or say among the words what it means"
            yield _gap(stage.name, f"the measure “{measure}” is not known", fix, "measure")
        if stage.target is None:
            yield _gap(stage.name, "no target", "write a number to reach", "target")
        elif is_share(measure) and not 0 <= stage.target <= 1:
            what = f"a target of {stage.target * 100:g}% for {measure}, which is a share"
            yield _gap(stage.name, what, "write a share from 0 to 100 %, or another measure",
                       "target")  # fmt: skip


def _gap(stage: str, what: str, fix: str, field: str) -> Gap:
    return Gap("stage-measure", f"stage {stage}", what, fix, Spot("stages", stage, field))
