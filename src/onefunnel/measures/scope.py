"""What part of the funnel a measure is asked about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from onefunnel.business_time import WorkCalendar

Reading = Literal["cohort", "flow", "snapshot"]
#: Opening hours by the name of the team.
TeamHours = tuple[tuple[str, WorkCalendar], ...]


class ImpossiblePeriod(ValueError):
    """A period that ends before it begins, or that begins after the moment of looking."""


@dataclass(frozen=True)
class Scope:
    """Which leads, over which time, read how. All times are UTC without a zone.

    `since` and `until` select the period: `since <= time < until`. In the cohort reading they
    select leads by entry into the funnel, in the flow reading they select moves. `as_of` is the
    moment of looking: nothing recorded later counts; None means the data's own time. `by` names a
    column to group by; `where` is a predicate over lead columns, in the language of agreements.
    `within_days` is the conversion window: an advance after more days does not count.
    `zone` (an IANA name) and `fiscal_year_starts` (a month, 1 to 12) decide in which year, quarter,
    month or week a time lies where `by` is one of those.
    `hours` are the opening hours of teams that have set their own; others work as agreed.
    `quiet_hours` are the working hours after a sales contact in which marketing shall not write.
    """

    by: str | None = None
    where: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    as_of: datetime | None = None
    reading: Reading = "cohort"
    within_days: int | None = None
    zone: str = "UTC"
    fiscal_year_starts: int = 1
    hours: TeamHours = ()
    quiet_hours: float = 16

    def check(self) -> None:
        """Raise ImpossiblePeriod where no moment can lie in the period that is asked for."""
        since, until, as_of = self.since, self.until, self.as_of
        if since is not None and until is not None and since >= until:
            raise ImpossiblePeriod(
                f"the period begins ({_at(since)}) when it is over ({_at(until)}): swap since and "
                "until"
            )
        if since is not None and as_of is not None and as_of < since:
            raise ImpossiblePeriod(
                f"the period begins ({_at(since)}) after the moment of looking ({_at(as_of)}), "
                "when nothing of it was known: choose a later as_of or an earlier since"
            )


def _at(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"
