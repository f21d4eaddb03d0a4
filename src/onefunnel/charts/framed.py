"""What stands around every drawing: the sentence, the basis and the words for a screen reader."""

from __future__ import annotations

from collections.abc import Mapping

from onefunnel.charts import written
from onefunnel.charts.chart import Chart
from onefunnel.measures.result import Result


def framed(
    result: Result, body: Mapping[str, object], *, legend: str = "", spoken: str = ""
) -> Chart:
    """The chart of a result: `spoken` is what a screen reader is told beside the sentence."""
    sentence = result.sentence or result.question
    return Chart(
        name=result.measure,
        sentence=sentence,
        legend=legend,
        basis=basis(result),
        description=" ".join(part for part in (sentence, spoken, basis(result)) if part),
        body=body,
    )


#: The measures that can be read in more than one way, and so name the reading.
READ = frozenset({"stages", "channels", "cost_per_stage"})


def basis(result: Result) -> str:
    """As of when, of how many, in which reading, under which definition."""
    parts = [f"as of {written.moment(result.as_of)}"] if result.as_of else []
    counted = result.totals.get("n", result.totals.get("leads"))
    if isinstance(counted, int):
        parts.append(f"n = {written.count(counted)}")
    if result.measure in READ:
        parts.append(f"{result.scope.reading} reading")
    if result.agreement is None or not result.agreement.is_agreed:
        parts.append("not agreed")
    else:
        parts.append(f"agreement {result.agreement.version}")
    return " · ".join(parts)
