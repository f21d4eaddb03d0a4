"""Business hours in bulk: how much working time had passed at a moment, for any number of rows.

The exact openings of the calendar (`business_time.openings`, moments of UTC) go to the engine as
one short list; the working time until a moment is that before its last opening plus what has passed
of it. The difference of two such sums is what `business_time.elapsed` counts, to the second.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

import ibis

from onefunnel.business_time import WorkCalendar, openings

if TYPE_CHECKING:
    import ibis.expr.types as ir

#: Working time is known for so many days before the moment of looking; earlier rows have none.
DAYS = 3660
_MICROSECOND = timedelta(microseconds=1)


def with_seconds(
    cases: ir.Table, start: str, end: str, calendar: WorkCalendar, as_of: datetime
) -> ir.Table:
    """The rows with `seconds`: the working time from `start` to `end`, at most until `as_of`.

    NULL where a moment is missing or lies before the years that are looked at; 0 where they stand
    the wrong way round. Columns that begin with `_` are free to be used here.
    """
    spans = _packed(calendar, as_of)
    found = cases
    for name, column in (("_begun", start), ("_over", end)):
        moment = ibis.ifelse(found[column] > as_of, as_of, found[column])  # unknown stays unknown
        found = found.mutate(**{name: moment.cast("timestamp")})
        sums = spans.rename({f"{name}_{one}": one for one in spans.columns})
        opened, closed = f"{name}_opens", f"{name}_closes"
        found = found.asof_join(sums, on=found[name] >= sums[opened])
        passed = ibis.least(found[name], found[closed]).delta(found[opened], unit="second")
        found = found.mutate(**{name: found[f"{name}_before"] + passed}).drop(
            opened, closed, f"{name}_before"
        )
    seconds = found["_over"] - found["_begun"]
    return found.mutate(seconds=ibis.greatest(seconds, 0 * seconds)).drop("_begun", "_over")


def _packed(calendar: WorkCalendar, as_of: datetime) -> ir.Table:
    """opens, closes (UTC) and the seconds of working time `before`, one row an opening."""
    packed = ibis.literal(_written(calendar, as_of)).split(",").unnest().name("packed").as_table()
    parts = packed["packed"].split("/")
    first = ibis.literal(as_of - timedelta(days=DAYS), "timestamp")
    opens = first + parts[0].cast("int64").as_interval("us")
    return packed.select(
        opens=opens,
        closes=opens + parts[1].cast("int64").as_interval("s"),
        before=parts[2].cast("int64"),
    )


@lru_cache(maxsize=16)
def _written(calendar: WorkCalendar, as_of: datetime) -> str:
    """Per opening: microseconds since the first day, its seconds, the seconds before it."""
    now = as_of.replace(tzinfo=UTC)
    first = now - timedelta(days=DAYS)
    parts = ["0/0/0"]
    before = 0
    for opens, closes in openings(calendar, first, now):
        seconds = int((closes - opens).total_seconds())
        parts.append(f"{(opens - first) // _MICROSECOND}/{seconds}/{before}")
        before += seconds
    return ",".join(parts)
