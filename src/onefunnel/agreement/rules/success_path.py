"""The success path has exactly one stage where a lead is won, and stage names are unique."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.rules.gap import Columns, Gap, Spot


def gaps(agreement: Agreement, columns: Columns) -> Iterator[Gap]:
    won = [stage.name for stage in agreement.stages if stage.kind == "won"]
    if not won:
        yield _gap("stages", "no stage is won", "say at the stage of the sale that it is won")
    if len(won) > 1:
        yield _gap(
            "stages",
            f"{len(won)} stages are won: {', '.join(won)}",
            "keep one; stages after the sale are on the way",
            Spot("stages", won[1], "kind"),
        )
    if won and agreement.success_path[0].kind == "won":
        yield _gap("stages", "no stage leads up to won", "add the stages before the sale")
    for name, count in Counter(stage.name for stage in agreement.stages).items():
        if count > 1:
            spot = Spot("stages", name, "name")
            yield _gap(f"stage {name}", f"stands {count} times", "rename or remove", spot)


def _gap(where: str, what: str, fix: str, spot: Spot | None = None) -> Gap:
    return Gap("success-path", where, what, fix, spot or Spot("stages"))
