"""Every promise names who, to whom, from where to where, and by when."""

from __future__ import annotations

from collections.abc import Iterator

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.rules.gap import Columns, Gap


def gaps(agreement: Agreement, columns: Columns) -> Iterator[Gap]:
    stages = {stage.name for stage in agreement.stages}
    for promise in agreement.promises:
        where = f"promise {promise.name}"
        for name in ("by_team", "to_team", "from_stage", "to_stage"):
            if not getattr(promise, name).strip():
                yield Gap("promise", where, f"{name} is missing", f"write {name}:")
        for stage in (promise.from_stage, promise.to_stage):
            if stage and stage not in stages:
                yield Gap("promise", where, f"there is no stage {stage}", "name a stage above")
        if promise.within_hours is None or promise.within_hours <= 0:
            yield Gap("promise", where, "no time", "write within_hours: in business hours")
        if promise.kept_share is not None and not 0 < promise.kept_share <= 1:
            yield Gap(
                "promise", where, f"kept_share is {promise.kept_share}", "a share: 0.9 for 90 %"
            )
