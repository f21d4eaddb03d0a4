"""When things happen: the 18 months, growth and season, office hours. Seconds since 1970, UTC."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from onefunnel.facts.utc import in_utc
from onefunnel.simulate.company.parameters import GROWTH_PER_MONTH, MONTHS, SEASON

Seconds = npt.NDArray[np.int64]
DAY = 86_400
WEEK = 7 * DAY
OPENS, CLOSES = 8 * 3600, 17 * 3600
_MONTH_DAYS = 30.4375


def seconds_of(at: datetime) -> int:
    return int(np.datetime64(in_utc(at), "s").astype(np.int64))


def months_before(at: datetime, months: int) -> datetime:
    """The first day of the month `months` before."""
    month = at.year * 12 + at.month - 1 - months
    return datetime(month // 12, month % 12 + 1, 1)  # noqa: DTZ001 (facts hold naive UTC)


def first_second(until: datetime) -> int:
    """The second at which the simulated 18 months begin (the first of a month)."""
    return seconds_of(months_before(in_utc(until), MONTHS))


def day_weights(start: int, until: int, *, weekend: float) -> npt.NDArray[np.float64]:
    """How busy each day is: growth x season x weekday; `weekend` is a Saturday against a Monday."""
    days = np.arange(start // DAY, -(-until // DAY))
    month = (days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)) % 12
    weekday = (days + 3) % 7
    grown = (1 + GROWTH_PER_MONTH) ** ((days - days[0]) / _MONTH_DAYS)
    weight: npt.NDArray[np.float64] = (
        grown * np.asarray(SEASON)[month] * np.where(weekday >= 5, weekend, 1.0)
    )
    weight /= weight.sum()
    return weight


def arrivals(
    rng: np.random.Generator, count: int, start: int, until: int, *, office: bool
) -> Seconds:
    """`count` moments between start and until, busy days oftener; inside office hours if asked."""
    weights = day_weights(start, until, weekend=0.0 if office else 0.35)
    day = start // DAY + rng.choice(len(weights), size=count, p=weights)
    if office:
        second = rng.integers(OPENS, CLOSES, size=count)
    else:
        # Most of the day's visitors come between 6 and 22 h, around 13 h.
        second = (rng.normal(13.0, 3.6, size=count).clip(0.2, 23.7) * 3600).astype(np.int64)
    at: Seconds = day * DAY + second
    late = at > until
    at[late] = start + (at[late] - start) % max(1, until - start)
    return at


def office_time(rng: np.random.Generator, at: Seconds) -> Seconds:
    """The same moment if somebody is at work, else the beginning of the next working day."""
    second = at % DAY
    early, late = second < OPENS, second > CLOSES
    spread = rng.integers(0, 2 * 3600, size=len(at))
    out = np.where(early, at - second + OPENS + spread, at)
    out = np.where(late, at - second + DAY + OPENS + spread, out)
    weekday = (out // DAY + 3) % 7
    out = out + np.where(weekday == 5, 2 * DAY, 0) + np.where(weekday == 6, DAY, 0)
    return out.astype(np.int64)


def next_working_day(at: Seconds) -> Seconds:
    """The same hour one working day later: the promise between marketing and sales."""
    due = at + DAY
    weekday = (due // DAY + 3) % 7
    moved = due + np.where(weekday == 5, 2 * DAY, 0) + np.where(weekday == 6, DAY, 0)
    return moved.astype(np.int64)


def lags(rng: np.random.Generator, median_days: float, spread: float, count: int) -> Seconds:
    """Lognormal waiting times with that median, at least a minute."""
    days = median_days * np.exp(spread * rng.standard_normal(count))
    return np.maximum(60, (days * DAY).astype(np.int64))


def times(at: Seconds, known: npt.NDArray[np.bool_] | None = None) -> pa.Array:
    """Seconds as Arrow timestamps (microseconds, no zone); empty where not known."""
    mask = None if known is None else ~known
    return pa.array(at.astype("datetime64[s]"), mask=mask).cast(pa.timestamp("us"))
