"""What part of the funnel a measure is asked about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Reading = Literal["cohort", "flow", "snapshot"]


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
