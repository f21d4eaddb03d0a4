"""What the teams owe each other: hand-over cards and promises."""

from __future__ import annotations

from dataclasses import dataclass


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
    """A promise of one team to another: from one stage to the next within so many hours.

    The clock starts on entry into `from_stage` and stops on entry into `to_stage`; `within_hours`
    are business hours; `kept_share` is the share of cases (0..1) in which it shall be kept.
    """

    name: str
    by_team: str = ""
    to_team: str = ""
    from_stage: str = ""
    to_stage: str = ""
    within_hours: float | None = None
    kept_share: float | None = None
