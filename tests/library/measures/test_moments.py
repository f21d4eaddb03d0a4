"""Days and times are read one way by Python, the command line and the pages."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from onefunnel.measures.moments import Edge, When, moment
from onefunnel.measures.scope import Scope
from onefunnel.measures.words import period_of

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("when", "edge", "found"),
    [
        (None, "first", None),
        ("2026-03-31", "first", datetime(2026, 3, 30, 22)),
        (date(2026, 3, 31), "after", datetime(2026, 3, 31, 22)),
        ("2026-03-31", "last", datetime(2026, 3, 31, 21, 59, 59, 999_999)),
        ("2026-03-29", "after", datetime(2026, 3, 29, 22)),  # a day of 23 hours
        ("2026-03-31T12:00", "after", datetime(2026, 3, 31, 10)),
        (datetime(2026, 3, 31, 12, tzinfo=UTC), "first", datetime(2026, 3, 31, 12)),
        ("2026-03-31T12:00Z", "first", datetime(2026, 3, 31, 12)),
    ],
)
def test_a_moment(when: When, edge: Edge, found: datetime | None) -> None:
    assert moment(when, BERLIN, edge=edge) == found


def test_what_is_no_date_is_refused() -> None:
    with pytest.raises(ValueError, match="yesterday"):
        moment("yesterday", BERLIN)


def test_a_day_beyond_the_calendar_is_refused() -> None:
    with pytest.raises(ValueError, match="beyond the days"):
        moment("9999-12-31", BERLIN, edge="last")


def test_a_period_is_told_in_the_days_of_its_zone() -> None:
    since, until = moment("2026-01-01", BERLIN), moment("2026-06-30", BERLIN, edge="after")
    scope = Scope(since=since, until=until, zone=BERLIN.key)
    assert period_of(scope) == " from 2026-01-01 to before 2026-07-01"
