"""How leads move: every lead goes from stage to stage until it ends, stalls or time is up."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from onefunnel.simulate.company.days import Seconds, lags, office_time
from onefunnel.simulate.company.desk import Answers, answer, load_by_week
from onefunnel.simulate.company.leads import Ints, Leads
from onefunnel.simulate.company.parameters import (
    BELOW_SCORE_DISQUALIFIED_DAYS,
    BELOW_SCORE_DISQUALIFIED_SHARE,
    DISQUALIFIED,
    INQUIRY,
    INQUIRY_TO_MQL_DAYS,
    LATE_LOG_ODDS,
    MQL,
    RECYCLED,
    REFERRAL_SOURCE,
    SAL,
    SCORE_QUALIFIED,
    SERVICE_SOURCE,
    STAGES,
    WAYS,
)

#: Stages whose moves a person makes at work; the others are made by the software.
_BY_PEOPLE = tuple(range(SAL, RECYCLED + 1))
_ROUNDS = 18
NO_STAGE = -1


@dataclass(frozen=True)
class Moves:
    """One entry per move in the order made; `rejected`: sales gave the lead back."""

    lead: Ints
    at: Seconds
    stage: Ints
    from_stage: Ints
    rejected: npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Walk:
    """All moves, the answers marketing got from sales, and which leads were answered late."""

    moves: Moves
    answers: Answers
    last_stage: Ints
    last_at: Seconds
    is_late: npt.NDArray[np.bool_]
    first_at: dict[int, Seconds] = field(repr=False)


def walk(rng: np.random.Generator, leads: Leads, until: int) -> Walk:
    """Every move of every lead up to `until`.

    `first_at[stage]` is when each lead first entered the stage (0: never). A move that would fall
    after `until` is not made: the lead stays open where it is.
    """
    count = len(leads)
    load = load_by_week(leads.created)
    is_late = np.zeros(count, dtype=np.bool_)
    recycled = np.zeros(count, dtype=np.int64)
    lead, stage, at = np.arange(count), np.full(count, INQUIRY), leads.created.copy()
    last_stage, last_at = stage.copy(), at.copy()
    parts: list[tuple[npt.NDArray[np.generic], ...]] = [
        (lead, at, stage, np.full(count, NO_STAGE), np.zeros(count, dtype=np.bool_))
    ]
    answers: list[Answers] = []
    for _ in range(_ROUNDS):
        if not len(lead):
            break
        to, then = np.full(len(lead), NO_STAGE), at.copy()
        rejected = np.zeros(len(lead), dtype=np.bool_)
        for code in range(len(STAGES)):
            rows = np.flatnonzero(stage == code)
            if not len(rows):
                continue
            who, since = lead[rows], at[rows]
            if code == INQUIRY:
                to[rows], then[rows] = _from_inquiry(rng, leads, who, since)
            elif code == MQL:
                given = answer(rng, leads, who, since, load, until)
                to[rows], then[rows], rejected[rows] = given.to, given.answered, given.rejected
                is_late[who] |= given.answered > given.due
                answers.append(given)
            else:
                to[rows], then[rows] = _onward(rng, leads, who, since, code, is_late, recycled)
        by_people = np.isin(to, _BY_PEOPLE)
        then = np.where(by_people, np.maximum(office_time(rng, then), at + 60), then)
        made = (to != NO_STAGE) & (then <= until)
        parts.append((lead[made], then[made], to[made], stage[made], rejected[made]))
        lead, at, stage = lead[made], then[made], to[made]
        last_stage[lead], last_at[lead] = stage, at
        np.add.at(recycled, lead[stage == RECYCLED], 1)
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    moves = Moves(*columns)
    return Walk(
        moves=moves,
        answers=Answers.joined(answers),
        last_stage=last_stage,
        last_at=last_at,
        is_late=is_late,
        first_at=_first_entries(moves, count),
    )


def _from_inquiry(
    rng: np.random.Generator, leads: Leads, who: Ints, since: Seconds
) -> tuple[Ints, Seconds]:
    """Score reached: Marketing qualified (findings and referrals mostly go straight to sales)."""
    count = len(who)
    source = leads.source[who]
    passed = leads.score[who] >= SCORE_QUALIFIED
    straight = np.where(source == SERVICE_SOURCE, 0.8, 0.0)
    straight = np.where(source == REFERRAL_SOURCE, 0.5, straight)
    is_straight = (rng.random(count) < straight) & (passed | (source == SERVICE_SOURCE))
    disqualified = rng.random(count) < BELOW_SCORE_DISQUALIFIED_SHARE
    to = np.where(disqualified, DISQUALIFIED, NO_STAGE)
    to = np.where(passed, MQL, to)
    to = np.where(is_straight, SAL, to)
    up = since + lags(rng, INQUIRY_TO_MQL_DAYS, 1.1, count)
    down = since + lags(rng, BELOW_SCORE_DISQUALIFIED_DAYS, 0.8, count)
    return to, np.where(to == DISQUALIFIED, down, up)


def _onward(
    rng: np.random.Generator,
    leads: Leads,
    who: Ints,
    since: Seconds,
    stage: int,
    is_late: npt.NDArray[np.bool_],
    recycled: Ints,
) -> tuple[Ints, Seconds]:
    """One of the ways out of the stage, or none (the lead stalls there)."""
    ways = WAYS.get(stage, ())
    count = len(who)
    to, then = np.full(count, NO_STAGE), since.copy()
    if not ways:
        return to, then
    ahead = ways[0]
    shift = leads.fit[who] * 0.5
    if stage == SAL:
        shift = shift + LATE_LOG_ODDS * is_late[who]
    if stage == RECYCLED:
        shift = np.where(recycled[who] > 1, -50.0, shift)
    share = odds_shifted(ahead.share, shift)
    # The other ways keep their proportion in what the way ahead leaves over.
    scale = (1 - share) / (1 - ahead.share) if ahead.share < 1 else np.zeros(count)
    drawn = rng.random(count)
    reach = share
    for turn, way in enumerate(ways):
        if turn:
            reach = reach + way.share * scale
        chosen = (to == NO_STAGE) & (drawn < reach)
        rows = np.flatnonzero(chosen)
        to[rows] = way.to
        then[rows] = since[rows] + lags(rng, way.median_days, way.spread, len(rows))
        drawn = np.where(chosen, 2.0, drawn)
    return to, then


def odds_shifted(share: float, shift: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The share after adding `shift` to its log odds."""
    result: npt.NDArray[np.float64] = 1 / (1 + np.exp(-(np.log(share / (1 - share)) + shift)))
    return result


def _first_entries(moves: Moves, count: int) -> dict[int, Seconds]:
    never = np.iinfo(np.int64).max
    first = {}
    for code in range(len(STAGES)):
        at = np.full(count, never)
        rows = moves.stage == code
        np.minimum.at(at, moves.lead[rows], moves.at[rows])
        first[code] = np.where(at == never, 0, at)
    return first
