"""Forecasts whose time is over, and what came in it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from onefunnel.facts.utc import in_utc
from onefunnel.measures.steps.journeys import journeys
from onefunnel.measures.steps.path import Path
from onefunnel.measures.steps.reached import with_reached
from onefunnel.measures.steps.run import rows
from onefunnel.planner.forecast import Past
from onefunnel.server.agree.basis import Basis
from onefunnel.server.measure.forecast.models import FrozenForecast
from onefunnel.server.warehouse.kept import Kept

_counts = Kept(64)
#: Of past forecasts the latest so many are told.
MOST = 26
#: Forecasts that are judged together begin at least so many days apart.
_APART = timedelta(days=28)


def told(every: Sequence[FrozenForecast], at: datetime) -> list[FrozenForecast]:
    """Those over by a moment that begin apart, counted from the latest: weeks that follow each
    other say nearly the same."""
    found: list[FrozenForecast] = []
    for one in reversed(every):
        is_over = in_utc(one.until) <= at
        if is_over and (not found or found[-1].week - one.week >= _APART):
            found.append(one)
    return found[:MOST][::-1]


def past_of(basis: Basis, every: Sequence[FrozenForecast]) -> list[Past]:
    """Forecasts with what came."""
    came = came_in(basis, every)
    return [Past(one.said, count) for one, count in zip(every, came, strict=True)]


def came_in(basis: Basis, every: Sequence[FrozenForecast]) -> list[int]:
    """How many leads were won in the time of each, counted in one look."""
    spans = tuple((in_utc(one.as_of), in_utc(one.until)) for one in every)
    key = (basis.version, basis.agreement.digest, spans)
    return _counts.get(key, lambda: _counted(basis, spans))


def _counted(basis: Basis, spans: Sequence[tuple[datetime, datetime]]) -> list[int]:
    if not spans:
        return []
    path = Path(basis.agreement)
    leads = with_reached(journeys(basis.facts, basis.agreement, basis.facts.data_at), path)
    won = leads[f"reached_{path.won}"]
    counts = {
        f"n{place}": leads.count(where=((won >= since) & (won < until)))
        for place, (since, until) in enumerate(spans)
    }
    (found,) = rows(leads.agg(**counts))
    return [found[f"n{place}"] for place in range(len(spans))]
