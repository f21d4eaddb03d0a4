"""Forecasts for programs: what was said each week, and what came."""

from __future__ import annotations

from datetime import date, datetime

from django.http import HttpRequest
from ninja import Router, Schema

from onefunnel.planner.forecast import SHARES
from onefunnel.server.agree.basis import current_basis
from onefunnel.server.measure.forecast.models import FrozenForecast
from onefunnel.server.measure.forecast.over import past_of
from onefunnel.server.people.access import who_may

router = Router()
#: As many as a program gets at once, the latest: two years of weeks.
MOST = 104


class ForecastOut(Schema):
    """Wins from `week` (a Monday) until `until` (not included). `quantiles` by share, as the past
    alone says; `low` and `high`: the range of 8 of 10 times, widened by `widened`; `came`: won
    leads of that time so far."""

    week: date
    until: datetime
    low: float
    middle: float
    high: float
    quantiles: dict[str, float]
    in_flight: float
    new: float
    simple: float
    widened: float
    is_replayed: bool
    came: int


class ForecastList(Schema):
    count: int
    forecasts: list[ForecastOut]


@router.get("", response=ForecastList, summary="Frozen forecasts of the agreement in use")
@who_may("see numbers")
def forecasts(request: HttpRequest) -> ForecastList:
    """The latest weeks, the oldest first."""
    basis = current_basis()
    rows = FrozenForecast.objects.filter(digest=basis.agreement.digest)
    found = [] if basis.is_empty else list(rows.order_by("-week")[:MOST])[::-1]
    made = [
        ForecastOut(
            week=one.week, until=one.until, low=held.forecast.range[0],
            middle=held.forecast.at(0.5), high=held.forecast.range[1],
            quantiles={
                f"{share:.2f}": value
                for share, value in zip(SHARES, held.forecast.quantiles, strict=True)
            },
            in_flight=one.in_flight, new=one.new, simple=one.simple, widened=one.widened,
            is_replayed=one.is_replayed, came=held.came,
        )
        for one, held in zip(found, past_of(basis, found), strict=True)
    ]  # fmt: skip
    return ForecastList(count=len(made), forecasts=made)
