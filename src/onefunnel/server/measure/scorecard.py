"""The scorecard: what each side promised, and how it was kept, one side beside the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from onefunnel.charts.theme import identity
from onefunnel.measures.promises import AS_AGREED, BELOW, NOTHING
from onefunnel.measures.result import Result
from onefunnel.server.measure.asking import Asked
from onefunnel.server.measure.figures import Figure, figure

#: The signs beside the words of a verdict, and the colour of both.
_SIGNS = {AS_AGREED: ("▲", "good"), BELOW: ("▼", "bad")}


@dataclass(frozen=True)
class Line:
    """One promise: what it says, how often it was kept against what was agreed, and the counts
    behind it in words with their figures."""

    name: str
    promised: str
    verdict: str
    sign: str
    tone: str
    kept: Figure | None
    agreed: str
    low: Figure | None
    high: Figure | None
    counts: tuple[tuple[str, Figure], ...]
    note: str


@dataclass(frozen=True)
class Side:
    """One team and its promises; none where it has promised nothing."""

    team: str
    identity: str
    lines: tuple[Line, ...]


_COUNTS = {
    "delivered": "leads delivered", "accepted": "of them accepted", "kept": "kept",
    "broken": "broken", "open": "not due yet", "unmeasured": "not measured",
    "median_hours": "business hours for half", "p80_hours": "business hours for 80%",
}  # fmt: skip


def sides_of(result: Result, question: Asked) -> tuple[Side, ...]:
    """The sides in their order; nothing where promises are split: then the table has them all."""
    if result.scope.by:
        return ()
    teams = dict.fromkeys(str(row["team"]) for row in result.rows)
    return tuple(
        Side(
            team=team,
            identity=identity(team),
            lines=tuple(
                _line(result, question, row)
                for row in result.rows
                if row["team"] == team and row["promise"] != NOTHING
            ),
        )
        for team in teams
    )


def _line(result: Result, question: Asked, row: Mapping[str, object]) -> Line:
    def shown(column: str) -> Figure | None:
        return figure(result, question, column, row)

    counts = ((words, shown(column)) for column, words in _COUNTS.items())
    verdict = str(row["verdict"])
    sign, tone = _SIGNS.get(verdict, ("", "muted"))
    told = row["kept_share"] is not None and row["low"] != row["high"]
    note = str(row["note"])
    return Line(
        name=str(row["promise"]),
        promised=str(row["promised"]),
        verdict=verdict,
        sign=sign,
        tone=tone,
        kept=shown("kept_share"),
        agreed=str(row["agreed"] or ""),
        low=shown("low") if told else None,
        high=shown("high") if told else None,
        counts=tuple((words, one) for words, one in counts if one and one.value is not None),
        note=note if note.startswith("not measured") else "",
    )
