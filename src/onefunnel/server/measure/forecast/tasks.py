"""What the clock does for forecasts: once a week one is frozen."""

from __future__ import annotations

from datetime import datetime, timedelta

from django_tasks import task

from onefunnel.server.measure.forecast.freezing import freeze, is_due, take_turn

#: The data are looked at so often: to know their week they have to be opened.
EVERY = timedelta(minutes=2)
_looked: list[datetime] = []  # when this process looked last


@task()
def freeze_forecast(at: str) -> None:
    """Freeze the week's forecast; takes seconds on much data, the first time more."""
    freeze(at=datetime.fromisoformat(at))


def tick(*, at: datetime) -> bool:
    """Have the week's forecast frozen, once a week and agreement, however many workers ask."""
    if _looked and _looked[-1] <= at < _looked[-1] + EVERY:
        return False
    _looked[:] = [at]
    if not is_due() or not take_turn(at=at):
        return False
    freeze_forecast.enqueue(at.isoformat())
    return True
