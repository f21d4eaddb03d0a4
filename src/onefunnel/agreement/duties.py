"""What the teams owe each other: hand-over cards and promises."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

#: What is promised; "" is a step from one stage to another in time.
PromiseKind = Literal["", "volume", "quality", "answer", "attempts", "reply"]
PromisePeriod = Literal["", "week", "month", "quarter"]


@dataclass(frozen=True)
class Handover:
    """A hand-over card: who gives what to whom, by when it is answered, and what else happens.

    `at_stage` is the stage whose entry makes the hand-over due; `required` are the columns that
    must be filled; `answer_within_hours` are business hours; `accepted_when` is a predicate (the
    acceptance test); `fallback` says what happens without an answer.
    """

    name: str
    from_team: str = ""
    to_team: str = ""
    at_stage: str = ""
    required: tuple[str, ...] = ()
    answer_within_hours: float | None = None
    accepted_when: str = ""
    fallback: str = ""


@dataclass(frozen=True)
class Promise:
    """A promise of one team to another, of one kind; other fields than its own stay empty.

    "" (a step): each lead goes from `from_stage` to `to_stage` within `within_hours`.
    "volume": so many `leads` handed over `per` week, month or quarter; where the data hold no
    handovers, those that enter `to_stage`. "quality": the leads it hands over are accepted.
    "answer": handovers to it are answered in time, as their due time says, else in `within_hours`.
    "attempts": so many `attempts` (contacts of the kinds in `counts`) within `within_days` days
    after it accepted a lead, or the lead reaches `to_stage` before that. "reply": a rejected lead
    that it gave is replied to by the due time, else in `within_hours`.

    Hours are business hours; `kept_share` is the share of cases (0..1) in which it shall be kept.
    """

    name: str
    by_team: str = ""
    to_team: str = ""
    from_stage: str = ""
    to_stage: str = ""
    within_hours: float | None = None
    kept_share: float | None = None
    kind: PromiseKind = ""
    leads: int | None = None
    per: PromisePeriod = ""
    attempts: int | None = None
    within_days: int | None = None
    counts: tuple[str, ...] = ()


@dataclass(frozen=True)
class WorkingTime:
    """Which hours are business hours where nobody recorded when an answer was due.

    `days` are names of weekdays, `opens` and `closes` times of the clock in `zone` (an IANA name);
    no `zone` is that of whoever asks. What is empty is Monday to Friday, 09:00 to 17:00.
    """

    zone: str = ""
    days: tuple[str, ...] = ()
    opens: str = ""
    closes: str = ""
    holidays: tuple[date, ...] = ()
