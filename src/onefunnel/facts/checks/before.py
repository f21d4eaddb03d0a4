"""Whether one time lies before another, where one of them may be a day without a time."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import ibis
import ibis.expr.datatypes as dt

if TYPE_CHECKING:
    import ibis.expr.types as ir

_HERE = ibis.udf.scalar.builtin(
    name="timezone", signature=((dt.string, dt.Timestamp(timezone="UTC")), dt.timestamp)
)
_UTC = ibis.udf.scalar.builtin(
    name="timezone", signature=((dt.string, dt.timestamp), dt.Timestamp(timezone="UTC"))
)


@_HERE  # type: ignore[untyped-decorator]
def _in_zone(zone: str, at: datetime) -> datetime: ...  # type: ignore[empty-body]


@_UTC  # type: ignore[untyped-decorator]
def _of_utc(zone: str, at: datetime) -> datetime: ...  # type: ignore[empty-body]


def before(end: ir.Value, begin: ir.Value, zone: str) -> ir.Value:
    """Whether `end` lies before `begin`, both UTC.

    An end written as a day stands at the moment the day begins in `zone`: it only lies before a
    beginning on a later day. A beginning written as a day lies before all that happened on it.
    """
    if zone not in ("UTC", "Etc/UTC"):
        end, begin = (_in_zone(zone, _of_utc("UTC", at)) for at in (end, begin))
    is_day = end == end.truncate("D")
    return ibis.ifelse(is_day, end < begin.truncate("D"), end < begin)
