"""What `import onefunnel as of` promises to notebooks and scripts: facts in, answers out.

This module is an edge, like the command line: it may ask the clock what "now" is.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, Unpack
from zoneinfo import ZoneInfo

from onefunnel.agreement.document import Agreement
from onefunnel.charts.chart import Chart
from onefunnel.charts.chart_for import chart_for
from onefunnel.connectors.folder import read_folder
from onefunnel.facts import store
from onefunnel.measures.catalogue import compute_measure
from onefunnel.measures.moments import moment
from onefunnel.measures.result import Result
from onefunnel.measures.scope import Reading, Scope

if TYPE_CHECKING:
    from onefunnel.connectors.mapping import Mapping


@dataclass(frozen=True)
class Facts(store.Facts):
    """The facts of one company, as a notebook meets them."""

    @classmethod
    def read(
        cls,
        folder: str | Path,
        *,
        mapping: Mapping | None = None,
        now: datetime | None = None,
        zone: str = "UTC",
    ) -> Facts:
        """Read a folder of exports into the standard tables.

        Files are recognised by themselves (HubSpot, Salesforce, Odoo, EspoCRM, event logs, or any
        CSV, XLSX, Parquet, JSON-lines shape by a proposed mapping). `findings` say what to know
        before believing a number. `now` is only used to tell dates that lie in the future; `zone`
        is where days begin (ask measures with the same one).

            facts = Facts.read("exports/")
            facts["leads"].count().execute()
        """
        when = now or datetime.now(UTC).replace(tzinfo=None)
        reading = read_folder(Path(folder), mapping, now=when, zone=zone)
        parts = (part.name for part in fields(store.Facts) if part.init)
        return cls(**{name: getattr(reading.facts, name) for name in parts})


@dataclass(frozen=True)
class Answer(Result):
    """A measure's result that can draw itself."""

    def chart(self) -> Chart:
        """The same chart as in the app: a Vega-Lite drawing with one sentence on top."""
        return chart_for(self)


class Asked(TypedDict, total=False):
    """How a measure may be asked (see `Scope`); dates may be dates, datetimes or ISO text.

    Days begin in `zone`, and times without an offset are of there; `until` and `as_of` include the
    whole of a day that they name; `fiscal_year_starts` is a month, 1 to 12.
    """

    agreement: Agreement | None
    by: str | None
    where: str | None
    since: str | date | datetime | None
    until: str | date | datetime | None
    as_of: str | date | datetime | None
    reading: Reading
    within_days: int | None
    zone: str
    fiscal_year_starts: int


def measure(name: str, facts: store.Facts, **asked: Unpack[Asked]) -> Answer:
    """Compute one measure of the catalogue.

    Without an agreement one is proposed from the data, and the answer says "not agreed".
    Raises MissingFacts when a standard table is lacking, PredicateError for a bad `where`.
    """
    zone = ZoneInfo(asked.get("zone", "UTC"))
    scope = Scope(
        by=asked.get("by"),
        where=asked.get("where"),
        since=moment(asked.get("since"), zone),
        until=moment(asked.get("until"), zone, edge="after"),
        as_of=moment(asked.get("as_of"), zone, edge="last"),
        reading=asked.get("reading", "cohort"),
        within_days=asked.get("within_days"),
        zone=zone.key,
        fiscal_year_starts=asked.get("fiscal_year_starts", 1),
    )
    result = compute_measure(name, facts, asked.get("agreement"), scope)
    return Answer(**_parts(result))


def stages(facts: store.Facts, **asked: Unpack[Asked]) -> Answer:
    """Where do leads go on, and where are they lost? One row per stage (and group)."""
    return measure("stages", facts, **asked)


def velocity(facts: store.Facts, **asked: Unpack[Asked]) -> Answer:
    """How long do leads stay in each stage?"""
    return measure("velocity", facts, **asked)


def channels(facts: store.Facts, **asked: Unpack[Asked]) -> Answer:
    """Which channels bring leads that go on, how fast, and at what cost?"""
    return measure("channels", facts, **asked)


def value(facts: store.Facts, **asked: Unpack[Asked]) -> Answer:
    """What are won, lost and open deals worth?"""
    return measure("value", facts, **asked)


def awareness(facts: store.Facts, **asked: Unpack[Asked]) -> Answer:
    """How well known are we, before anyone becomes a lead?"""
    return measure("awareness", facts, **asked)


def _parts(result: Result) -> dict[str, Any]:
    return {part.name: getattr(result, part.name) for part in fields(Result)}
