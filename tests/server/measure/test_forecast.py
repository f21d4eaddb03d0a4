"""The forecast of the week: frozen once, held against what came, each count with its list."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from onefunnel.planner.forecast import Forecast
from onefunnel.server.agree.basis import Basis
from onefunnel.server.measure.forecast import freezing, tasks
from onefunnel.server.measure.forecast.freezing import freeze
from onefunnel.server.measure.forecast.models import ForecastsAreKept, FrozenForecast
from tests.server.measure.company import Company
from tests.trust.page_walk import read

_kept: dict[date, Forecast] = {}


@pytest.fixture
def frozen(demo: Company, now: datetime, monkeypatch: pytest.MonkeyPatch) -> int:
    """Frozen as it is; what is said of a day is worked out once for all tests."""
    work_out = freezing._said

    def said(day: date, basis: Basis) -> Forecast:
        if day not in _kept:
            _kept[day] = work_out(day, basis)
        return _kept[day]

    monkeypatch.setattr(freezing, "_said", said)
    return freeze(at=now)


def test_it_is_frozen_once_and_the_weeks_before_are_replayed(
    demo: Company, frozen: int, now: datetime
) -> None:
    every = list(FrozenForecast.objects.all())
    assert len(every) == frozen > 8
    assert [one.is_replayed for one in every] == [True] * (frozen - 1) + [False]
    assert every[-1].week.isoformat() == "2026-11-16"  # the Monday before the data end
    assert all(one.week.weekday() == 0 for one in every)
    before = [(one.pk, one.quantiles) for one in every]
    assert freeze(at=now) == 0
    assert [(one.pk, one.quantiles) for one in FrozenForecast.objects.all()] == before
    with pytest.raises(ForecastsAreKept):
        every[0].save()
    with pytest.raises(ForecastsAreKept):
        every[0].delete()


@pytest.mark.parametrize("path", ["/measure/forecast/", "/"])
def test_what_came_opens_its_list(
    demo: Company, frozen: int, signed_in: Any, marketer: Any, path: str
) -> None:
    client = signed_in(marketer)
    page = read(client, path)
    assert not page.loose
    counted = [one for one in page.figures if "figure=reached" in one.href and "flow" in one.href]
    assert counted
    for one in counted:
        assert read(client, one.href).of_list == [one.list_total]


def test_the_page_says_how_good_it_was(demo: Company, frozen: int, see: Any) -> None:
    body = see("/measure/forecast/")
    assert "will be won (eight of ten times" in body
    assert "past forecasts what came lay in the range" in body
    assert "(replayed)" in body
    last = FrozenForecast.objects.last()
    assert last is not None
    assert last.widened > 0  # the company's wins go up and down more than its past says
    assert "wins wider at both ends" in body


def test_before_one_is_frozen_it_says_when(demo: Company, see: Any) -> None:
    assert "No forecast is frozen yet" in see("/measure/forecast/")


def test_the_clock_asks_once_a_week(
    demo: Company, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(type(tasks.freeze_forecast), "enqueue", lambda _, at: asked.append(at))
    monkeypatch.setattr(tasks, "_looked", [])
    assert tasks.tick(at=now)
    assert not tasks.tick(at=now + tasks.EVERY)  # looked at again, and its turn is taken
    assert len(asked) == 1
    assert tasks.tick(at=now + timedelta(hours=3))  # nothing came of that turn
    assert len(asked) == 2


def test_weeks_that_were_missed_are_replayed(demo: Company, frozen: int, now: datetime) -> None:
    every = list(FrozenForecast.objects.all())
    gone = [one.week for one in every[3:6]]
    FrozenForecast.objects.filter(week__in=gone).delete()  # as if the worker had died there
    assert freeze(at=now) == 3
    assert [one.week for one in FrozenForecast.objects.all()] == [one.week for one in every]


def test_programs_read_what_was_said_and_what_came(
    demo: Company, frozen: int, signed_in: Any, marketer: Any
) -> None:
    found = signed_in(marketer).get("/api/forecasts").json()
    assert found["count"] == frozen
    first, last = found["forecasts"][0], found["forecasts"][-1]
    assert not last["is_replayed"]
    assert last["low"] <= last["quantiles"]["0.10"] <= last["middle"] <= last["high"]
    assert first["came"] > last["came"]
