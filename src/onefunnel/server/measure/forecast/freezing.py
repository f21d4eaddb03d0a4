"""Each week's forecast is frozen once, and never changed; the weeks before are replayed once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from django.db import transaction

from onefunnel.facts.store import MissingFacts
from onefunnel.measures.steps.groups import group_columns
from onefunnel.measures.steps.path import NoSuccessPath
from onefunnel.measures.steps.spend import channel_column
from onefunnel.planner.forecast import Forecast, forecast, widening
from onefunnel.planner.history import NoHistory, history
from onefunnel.server.agree.basis import Basis, current_basis
from onefunnel.server.measure.answers import calendar_of
from onefunnel.server.measure.forecast.models import ForecastTurn, FrozenForecast
from onefunnel.server.measure.forecast.over import past_of, told

#: How far back, and how often, is replayed where nothing was frozen yet.
_BACK, _EVERY = timedelta(weeks=104), timedelta(weeks=4)
#: A past shorter than this says too little of wins to come.
_LEAST_PAST = timedelta(weeks=26)
_LOOKBACK_DAYS = 732
_LAPSES = timedelta(hours=2)


def week_of(basis: Basis) -> date | None:
    """The Monday of the data's week, in the workspace's zone; None without data."""
    if basis.is_empty or basis.facts.data_at is None:
        return None
    day = calendar_of(basis).day_of(basis.facts.data_at)
    return day - timedelta(days=day.weekday())


def is_due() -> bool:
    """Whether this week's forecast is not frozen yet."""
    basis = current_basis()
    week = week_of(basis)
    if week is None:
        return False
    return not FrozenForecast.objects.filter(week=week, digest=basis.agreement.digest).exists()


def take_turn(*, at: datetime) -> bool:
    """Take this week's turn for oneself; False where somebody has it. A turn that brought nothing
    lapses: its worker may have died, or the first lead be won since."""
    basis = current_basis()
    week = week_of(basis)
    if week is None:
        return False
    with transaction.atomic():
        turn, is_mine = ForecastTurn.objects.get_or_create(
            week=week, digest=basis.agreement.digest, defaults={"at": at}
        )
        if is_mine:
            return True
        lapsed = ForecastTurn.objects.filter(pk=turn.pk, at__lte=at - _LAPSES)
        return bool(lapsed.update(at=at))


def freeze(*, at: datetime) -> int:
    """Freeze this week's forecast, and replay weeks before that no kept one is near; how many.

    Where nothing can be forecast (nothing was won yet, no dates) nothing is kept.
    """
    basis = current_basis()
    week = week_of(basis)
    if week is None:
        return 0
    days = [*_weeks_before(basis, week), week]
    return sum(_frozen(day, basis, at=at, is_replayed=day != week) for day in days)


def _weeks_before(basis: Basis, week: date) -> Iterator[date]:
    """Mondays that the record reaches far enough behind, and that no kept forecast is near."""
    if "moves" not in basis.facts:
        return
    first = basis.facts["moves"]["at"].min().to_pyarrow().as_py()
    if first is None:
        return
    mine = FrozenForecast.objects.filter(digest=basis.agreement.digest)
    kept = list(mine.values_list("week", flat=True))
    start = first.date() + _LEAST_PAST
    day = week - _BACK
    while day < week:
        if day >= start and all(abs(one - day) >= _EVERY for one in kept):
            yield day
        day += _EVERY


def _frozen(day: date, basis: Basis, *, at: datetime, is_replayed: bool) -> bool:
    try:
        said = _said(day, basis)
    except (NoHistory, MissingFacts, NoSuccessPath):
        return False
    before = list(FrozenForecast.objects.filter(digest=basis.agreement.digest, week__lt=day))
    wider = widening(past_of(basis, told(before, said.as_of)))
    _, is_new = FrozenForecast.objects.get_or_create(
        week=day,
        digest=basis.agreement.digest,
        defaults={
            "as_of": said.as_of.replace(tzinfo=UTC), "until": said.until.replace(tzinfo=UTC),
            "quantiles": list(said.quantiles), "in_flight": said.in_flight, "new": said.new,
            "simple": said.simple, "widened": wider, "is_replayed": is_replayed, "made_at": at,
        },
    )  # fmt: skip
    return is_new


def _said(day: date, basis: Basis) -> Forecast:
    """What can be said from what was known when the day began."""
    calendar, facts = calendar_of(basis), basis.facts
    begun = calendar.start_of(day)
    by = channel_column(facts) if "leads" in facts else None
    by = by if by in group_columns(facts) else None
    past = history(
        facts, basis.agreement, by=by, as_of=begun, since=begun - timedelta(days=_LOOKBACK_DAYS)
    )
    return forecast(past)
