"""The rows of this room; they live beside their deeds."""

from __future__ import annotations

from onefunnel.server.measure.forecast.models import ForecastTurn, FrozenForecast
from onefunnel.server.measure.lift.models import LiftTest

#: Rows that live beside their deeds.
BESIDE_THEIR_DEEDS = (ForecastTurn, FrozenForecast, LiftTest)
