"""A promise of volume: how many leads were delivered in each period, and how many were accepted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import ibis

from onefunnel.agreement.duties import Promise
from onefunnel.facts.utc import in_utc
from onefunnel.measures.scope import Scope
from onefunnel.measures.steps.groups import group_value, name_of_period
from onefunnel.measures.steps.handed import ACCEPTED
from onefunnel.measures.steps.kept import Asked, NotMeasured
from onefunnel.measures.steps.run import rows

if TYPE_CHECKING:
    import ibis.expr.types as ir


@dataclass(frozen=True)
class Period:
    """One week, month or quarter: how many leads were delivered in it, and what that means."""

    name: str
    begins: datetime
    delivered: int
    state: str


def delivered(promise: Promise, asked: Asked) -> ir.Table:
    """Each lead once: when it was first offered by the team, and whether it was ever accepted.

    Where the data hold no handovers between the two teams: when it first came to the promised stage
    or further, `is_accepted` then NULL. lead_id, entered_at, is_accepted.

    Raises:
        NotMeasured: neither is known.
    """
    if "handovers" in asked.facts:
        offers = asked.offers(promise.by_team, promise.to_team)
        if rows(offers.agg(n=offers.count()))[0]["n"]:
            return offers.group_by("lead_id").agg(
                entered_at=offers["offered_at"].min(),
                is_accepted=(offers["outcome"] == ACCEPTED).any().fill_null(False),
            )
    path = asked.path
    if promise.to_stage not in path.stages:
        raise NotMeasured("the data hold no handovers between the two teams")
    log = asked.log
    there = log.filter(log["state"].between(path.is_at(promise.to_stage), path.length - 1))
    found = there.group_by("lead_id").agg(entered_at=there["at"].min())
    return found.mutate(is_accepted=ibis.null("boolean"))


def periods(promise: Promise, leads: ir.Table, scope: Scope, as_of: datetime) -> tuple[Period, ...]:
    """The periods from the first lead to the moment of looking, as far as they lie in the scope.

    A period that is over is kept or broken; one with the number already is kept before its end.
    The one in which the data begin is not measured: what came before is not in them.
    """
    if not promise.per or not promise.leads:
        raise NotMeasured("no number of leads, or no period, is promised")
    dated = leads.filter(leads["entered_at"].notnull()).select("entered_at")
    zone, starts = scope.zone, scope.fiscal_year_starts
    period = group_value(dated, promise.per, "entered_at", zone=zone, fiscal_year_starts=starts)
    named = dated.mutate(period=period)
    found = rows(named.group_by("period").agg(n=named.count(), first=named["entered_at"].min()))
    if not found:
        return ()
    counts = {row["period"]: row["n"] for row in found}
    first = min(row["first"] for row in found)
    made = []
    for begins, ends in _stretches(promise.per, first, as_of, scope):
        name = name_of_period(_local(begins, zone), promise.per, fiscal_year_starts=starts)
        if scope.since is not None and begins < scope.since:
            continue
        if scope.until is not None and ends > scope.until:
            continue
        n = counts.get(name, 0)
        if begins < first < ends and begins != first and n < promise.leads:
            state = "unmeasured"
        elif n >= promise.leads:
            state = "kept"
        else:
            state = "broken" if ends <= as_of else "open"
        made.append(Period(name, begins, n, state))
    return tuple(made)


def as_table(found: tuple[Period, ...]) -> ir.Table:
    """The periods as rows of a list: period, begins, delivered."""
    written = ",".join(f"{one.name}/{one.begins:%Y-%m-%dT%H:%M:%S}/{one.delivered}"
                       for one in found)  # fmt: skip
    packed = ibis.literal(written).split(",").unnest().name("packed").as_table()
    parts = packed["packed"].split("/")
    table = packed.select(
        period=parts[0], begins=parts[1].nullif("").cast("timestamp"),
        delivered=parts[2].cast("int64"),
    )  # fmt: skip
    return table.filter(table["begins"].notnull())


def _stretches(
    per: str, first: datetime, last: datetime, scope: Scope
) -> Iterator[tuple[datetime, datetime]]:
    """The periods between two moments, as moments of UTC."""
    zone = ZoneInfo(scope.zone)
    day = _local(first, scope.zone).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    if per == "week":
        day -= timedelta(days=day.weekday())
    else:
        day = day.replace(day=1)
    while per == "quarter" and (day.month - scope.fiscal_year_starts) % 3:
        day = _next_month(day, -1)
    while (begins := _utc(day, zone)) <= last:
        step = 3 if per == "quarter" else 1
        day = day + timedelta(days=7) if per == "week" else _next_month(day, step)
        yield begins, _utc(day, zone)


def _next_month(day: datetime, months: int) -> datetime:
    month = day.year * 12 + day.month - 1 + months
    return day.replace(year=month // 12, month=month % 12 + 1)


def _local(moment: datetime, zone: str) -> datetime:
    return moment.replace(tzinfo=UTC).astimezone(ZoneInfo(zone))


def _utc(day: datetime, zone: ZoneInfo) -> datetime:
    return in_utc(day.replace(tzinfo=zone))
