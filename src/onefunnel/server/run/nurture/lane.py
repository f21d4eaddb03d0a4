"""The keep-warm lane: who is asleep until when, as its page shows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import ibis

from onefunnel.facts.store import MissingFacts
from onefunnel.measures.catalogue import compute_measure
from onefunnel.measures.result import Result
from onefunnel.measures.scope import Scope
from onefunnel.server.agree.basis import Basis
from onefunnel.server.people.hiding import Hiding
from onefunnel.server.people.queries import workspace
from onefunnel.server.run.handovers.lead_data import titles_of
from onefunnel.server.run.handovers.queries import opening_hours
from onefunnel.server.run.nurture.asleep import asleep
from onefunnel.server.run.nurture.rules import rules_now
from onefunnel.server.warehouse.kept import Kept

if TYPE_CHECKING:
    import ibis.expr.types as ir

#: When leads wake, by name: from so many days from now to so many.
SPANS: dict[str, tuple[str, int | None, int | None]] = {
    "due": ("due", None, 0),
    "7": ("in the next 7 days", 1, 7),
    "30": ("in 8 to 30 days", 8, 30),
    "90": ("in 31 to 90 days", 31, 90),
    "later": ("later", 91, None),
    "unsaid": ("without a day", None, None),
}
PAGE = 50
_kept = Kept(16)


@dataclass(frozen=True)
class Span:
    """One part of the lane and how many leads are in it."""

    name: str
    words: str
    count: int


@dataclass(frozen=True)
class Sleeper:
    """A lead asleep as its reader may see it."""

    key: str
    title: str
    since: datetime | None
    wake_on: date | None


def spans_of(basis: Basis, *, at: datetime) -> tuple[Span, ...]:
    """How many leads are asleep until when; nothing where the agreement puts none aside."""
    day = today(at)
    key = ("spans", basis.version, basis.agreement.digest, day)

    def counted() -> tuple[Span, ...]:
        table = asleep(basis)
        if table is None:
            return ()
        parts = {f"s{n}": table.count(where=_in(table, name, day)) for n, name in enumerate(SPANS)}
        row = table.agg(**parts).to_pyarrow().to_pylist()[0]
        return tuple(
            Span(name, words[0], int(row[f"s{n}"])) for n, (name, words) in enumerate(SPANS.items())
        )

    return _kept.get(key, counted)


def sleepers(
    basis: Basis, span: str, hiding: Hiding, *, at: datetime, start: int = 0
) -> list[Sleeper]:
    """Fifty leads of one part of the lane, who wakes first first."""
    table = asleep(basis)
    if table is None or span not in SPANS:
        return []
    part = table.filter(_in(table, span, today(at)))
    ordered = part.order_by(part["wake_on"].asc(), part["lead_id"]).limit(PAGE, offset=start)
    rows = ordered.to_pyarrow().to_pylist()
    titles = titles_of((str(row["lead_id"]) for row in rows), hiding)
    return [
        Sleeper(
            hiding.address("leads", "lead_id", str(row["lead_id"])), titles[str(row["lead_id"])],
            row["since"], row["wake_on"],
        )
        for row in rows
    ]  # fmt: skip


def measured(basis: Basis, name: str) -> Result | None:
    """One of the library's measures over everything, by the workspace's quiet time; None where
    the data hold too little to ask."""
    scope = Scope(zone=basis.zone.key, quiet_hours=rules_now().quiet_hours,
                  hours=opening_hours(basis.agreement))  # fmt: skip
    key = ("measured", name, basis.version, basis.agreement.digest, scope)

    def computed() -> Result | None:
        try:
            return compute_measure(name, basis.facts, basis.agreement, scope)
        except (MissingFacts, ValueError):
            return None

    return None if basis.is_empty else _kept.get(key, computed)


def today(at: datetime) -> date:
    """The day it is where the workspace is."""
    return at.astimezone(ZoneInfo(workspace().time_zone)).date()


def _in(table: ir.Table, span: str, day: date) -> ir.BooleanValue:
    wake_on = table["wake_on"]
    if span == "unsaid":
        return wake_on.isnull()
    _, first, last = SPANS[span]
    found = wake_on.notnull()
    if first is not None:
        found = found & (wake_on >= ibis.literal(day + timedelta(days=first)))
    if last is not None:
        found = found & (wake_on <= ibis.literal(day + timedelta(days=last)))
    return found
