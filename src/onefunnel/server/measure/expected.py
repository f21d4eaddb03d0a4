"""What a list behind a share says of the share: who went on so far, and who still may."""

from __future__ import annotations

from collections.abc import Mapping

from onefunnel.charts import written
from onefunnel.measures.result import Result


def expected_line(
    result: Result, figure: str, row: Mapping[str, str], of_row: Mapping[str, object] | None
) -> str:
    """ "700 leads could go on to Won: 300 did so far, 40 are still open before it; expected once
    they are decided: 44.8%." for the leads a step's share is of; nothing for any other list."""
    if result.measure != "stages" or figure != "n" or of_row is None or "stage" not in row:
        return ""
    share, before = of_row.get("step_share"), _before(result, of_row)
    if not isinstance(share, float) or before is None:
        return ""
    n, went, waiting = (
        written.count(int(str(value or 0)))
        for value in (of_row.get("n"), of_row.get("reached"), before.get("open"))
    )
    return (
        f"{n} leads could go on to {row['stage']}: {went} did so far, {waiting} are still open "
        f"before it; expected once they are decided: {written.share(share)}."
    )


def _before(result: Result, of_row: Mapping[str, object]) -> Mapping[str, object] | None:
    """The row of the stage before, in the same group."""
    by = result.scope.by
    rows = [row for row in result.rows if not by or row.get(by) == of_row.get(by)]
    place = next((at for at, row in enumerate(rows) if row is of_row), 0)
    return rows[place - 1] if place else None
