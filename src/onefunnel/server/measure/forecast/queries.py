"""The forecast of this week, and what became of those before, each count with its list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from onefunnel.measures.steps.path import Path
from onefunnel.planner.forecast import Backtest, Past, backtest
from onefunnel.server.agree.basis import Basis
from onefunnel.server.measure.answers import calendar_of
from onefunnel.server.measure.asking import asked
from onefunnel.server.measure.figures import Figure, counted_figure
from onefunnel.server.measure.forecast.models import FrozenForecast
from onefunnel.server.measure.forecast.over import past_of, told


@dataclass(frozen=True)
class Line:
    """One forecast in words and numbers: the days it is of, its range, and what came so far."""

    since: date
    last: date
    low: int
    middle: int
    high: int
    came: Figure | None
    is_over: bool
    is_inside: bool
    is_replayed: bool


@dataclass(frozen=True)
class Seen:
    """What the page shows. `now` is this week's; `judged` None where too few are over."""

    now: Line
    in_flight: int
    new: int
    past: tuple[Line, ...]
    judged: Backtest | None
    widened: int


def seen(basis: Basis) -> Seen | None:
    """The latest forecast under the agreement in use, with those before; None before there is
    one."""
    if basis.is_empty or basis.facts.data_at is None:
        return None
    every = list(FrozenForecast.objects.filter(digest=basis.agreement.digest))
    if not every:
        return None
    last, data_at = every[-1], basis.facts.data_at
    over = told(every[:-1], data_at)
    *held, now = past_of(basis, [*over, last])
    return Seen(
        now=_line(last, now, basis),
        in_flight=round(last.in_flight),
        new=round(last.new),
        past=tuple(_line(one, came, basis) for one, came in zip(over, held, strict=True)),
        judged=backtest(held),
        widened=round(last.widened),
    )


def _line(one: FrozenForecast, held: Past, basis: Basis) -> Line:
    said, calendar = held.forecast, calendar_of(basis)
    low, high = said.range
    last = calendar.day_of(said.until) - timedelta(days=1)
    question = asked(
        {"reading": "flow", "since": one.week.isoformat(), "until": last.isoformat()},
        agreement=basis.agreement, calendar=calendar, data_at=basis.facts.data_at,
    )  # fmt: skip
    return Line(
        since=one.week,
        last=last,
        low=round(low),
        middle=round(said.at(0.5)),
        high=round(high),
        came=counted_figure(
            held.came, question, measure="stages", opens="reached", row={"stage": _won(basis)}
        ),
        is_over=basis.facts.data_at is not None and said.until <= basis.facts.data_at,
        is_inside=held.is_inside,
        is_replayed=one.is_replayed,
    )


def _won(basis: Basis) -> str:
    path = Path(basis.agreement)
    return path.stages[path.won]
