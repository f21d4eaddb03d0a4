"""The funnel: each stage's rate against the agreed one, with what is still open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.stage import Stage
from onefunnel.charts import rates, written
from onefunnel.charts.chart import Chart
from onefunnel.charts.framed import framed
from onefunnel.charts.lines import Tone
from onefunnel.charts.rates import RateLine
from onefunnel.charts.theme import identity
from onefunnel.measures.result import Result

Row = Mapping[str, object]


def chart(result: Result, agreement: Agreement | None = None) -> Chart:
    """One line per stage: share of those in the stage before it that came this far.

    Solid is who has come this far; light is who stayed one stage earlier and may yet; dot and line
    are the expected rate with its interval. With a group column there is one line per group: the
    share of its leads that are won. `agreement` adds the agreed rates and who leads each stage.
    """
    group = result.scope.by
    lines = _grouped(result.rows, group, agreement) if group else _single(result.rows, agreement)
    return framed(
        result,
        rates.drawing(lines),
        legend=WON if group else rates.legend(lines),
        spoken=rates.spoken(lines),
    )


def _single(rows: Sequence[Row], agreement: Agreement | None) -> list[RateLine]:
    lines = []
    before: Row | None = None
    for row in rows:
        lines.append(_line(str(row["stage"]), row, before, _stage(agreement, row)))
        before = row
    return lines


#: More groups than this are only in the table, which has them all.
MOST_GROUPS = 20
WON = (
    "Share of the group's leads · bar: won so far"
    " · dot and line: expected once all are closed, 95% interval"
)


def _grouped(rows: Sequence[Row], group: str, agreement: Agreement | None) -> list[RateLine]:
    """One line per group, in the order of the rows: how many of its leads get to the end."""
    goal = _goal(rows, agreement)
    by_group: dict[object, list[Row]] = {}
    for row in rows:
        by_group.setdefault(row.get(group), []).append(row)
    return [
        _group_line(value, of_group, goal)
        for value, of_group in list(by_group.items())[:MOST_GROUPS]
    ]


def _goal(rows: Sequence[Row], agreement: Agreement | None) -> str:
    """The stage where a lead is won; without an agreement the last one."""
    if agreement is not None and agreement.won is not None:
        return agreement.won.name
    return str(rows[-1]["stage"]) if rows else ""


def _group_line(value: object, rows: Sequence[Row], goal: str) -> RateLine:
    first = rows[0]
    won = next((row for row in rows if row["stage"] == goal), rows[-1])
    n = _int(first.get("reached"))
    reached = _int(won.get("reached"))
    rate = _float(won.get("overall_share"))
    shown = "too few to tell" if rate is None else written.share(rate)
    return RateLine(
        name="not stated" if value is None else str(value),
        detail=f"{written.count(n)} · {shown}",
        done=reached / n if n and reached is not None else None,
        rate=rate,
        low=_float(won.get("overall_low")),
        high=_float(won.get("overall_high")),
    )


def _line(name: str, row: Row, before: Row | None, stage: Stage | None) -> RateLine:
    agreed = agreed_rate(stage)
    done, still_open = _done_and_open(row, before)
    rate = _float(row.get("step_share"))
    tone, standing = against(row, agreed) if before else ("detail", "")
    words = [written.count(_int(row.get("reached")))]
    if before is not None:
        note = str(row.get("note") or "")
        words.append(written.share(rate) if rate is not None else note or "too few to tell")
    words[-1] += f" {standing}" if standing else ""
    return RateLine(
        name=name,
        detail=" · ".join(words),
        aside="" if standing else _owner(stage),
        tone=tone,
        team=team_of(stage),
        done=done,
        open=still_open,
        rate=rate if before is not None else None,
        low=_float(row.get("low")) if before is not None else None,
        high=_float(row.get("high")) if before is not None else None,
        agreed=agreed if before is not None else None,
    )


def _done_and_open(row: Row, before: Row | None) -> tuple[float | None, float | None]:
    """Shares of those who reached the stage before: came this far; stayed there and may yet.

    Those who stayed are open, or won and not yet in the stage after the sale; who left (lost,
    disqualified, recycled, late) is neither.
    """
    base = _int(before.get("reached")) if before else None
    reached = _int(row.get("reached"))
    if not base or reached is None or before is None:
        return None, None
    left = sum(_int(before.get(end)) or 0 for end in ("lost", "disqualified", "recycled", "late"))
    return reached / base, max(0, base - reached - left) / base


def against(row: Row, agreed: float | None) -> tuple[Tone, str]:
    """Above, below or no different from the agreed rate: a difference needs the whole interval."""
    low, high = _float(row.get("low")), _float(row.get("high"))
    if agreed is None or low is None or high is None:
        return "detail", ""
    shown = written.target(agreed)
    if low > agreed:
        return "good", f"▲ agreed {shown}"
    if high < agreed:
        return "bad", f"▼ agreed {shown}"
    return "detail", f"≈ agreed {shown}"


def agreed_rate(stage: Stage | None) -> float | None:
    """The agreed step conversion into a stage: its target, where its measure is step conversion.

    A target of anything else (a win rate, days, a share of something) is not compared with it.
    """
    if stage is None or stage.target is None or not 0 < stage.target <= 1:
        return None
    return stage.target if stage.measure.strip().casefold() == "step conversion" else None


def team_of(stage: Stage | None) -> str:
    """The identity colour of who leads the stage; plain for nobody and for joint ownership."""
    worn = {identity(team) for team in stage.leads} if stage else set()
    return worn.pop() if len(worn) == 1 else "plain"


def _owner(stage: Stage | None) -> str:
    if stage is None or not stage.leads:
        return ""
    together = " and ".join(stage.leads)
    together = together[0].upper() + together[1:]
    return f"{together} lead" if len(stage.leads) > 1 else f"{together} leads"


def _stage(agreement: Agreement | None, row: Row) -> Stage | None:
    if agreement is None:
        return None
    return next((stage for stage in agreement.stages if stage.name == row["stage"]), None)


def _int(value: object) -> int | None:
    return None if value is None else int(str(value))


def _float(value: object) -> float | None:
    return None if value is None else float(str(value))
