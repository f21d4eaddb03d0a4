"""The success path has exactly one stage where a lead is won, and stage names are unique."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.rules.gap import Columns, Gap


def gaps(agreement: Agreement, columns: Columns) -> Iterator[Gap]:
    won = [stage.name for stage in agreement.stages if stage.kind == "won"]
    if not won:
        yield Gap(
            "success-path", "stages", "no stage is won", "write kind: won at the stage of the sale"
        )
    if len(won) > 1:
        yield Gap(
            "success-path",
            "stages",
            f"{len(won)} stages are won: {', '.join(won)}",
            "keep one; stages after the sale are open",
        )
    if won and agreement.success_path[0].kind == "won":
        yield Gap(
            "success-path", "stages", "no stage leads up to won", "add the stages before the sale"
        )
    for name, count in Counter(stage.name for stage in agreement.stages).items():
        if count > 1:
            yield Gap("success-path", f"stage {name}", f"stands {count} times", "rename or remove")
