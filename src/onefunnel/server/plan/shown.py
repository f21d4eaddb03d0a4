"""What it takes, written out for a page: each number with the list behind it, where it has one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from urllib.parse import urlencode

from onefunnel.charts import written
from onefunnel.measures.catalogue import compute_measure
from onefunnel.measures.scope import Scope
from onefunnel.planner.leads_needed import CONFIDENCES
from onefunnel.planner.what_it_takes import CONFIDENCE, Takes
from onefunnel.planner.would_do import WouldDo
from onefunnel.server.agree.basis import Basis
from onefunnel.server.plan.models import MONEY, Wording
from onefunnel.server.plan.queries import title_of
from onefunnel.server.plan.taking import Answer
from onefunnel.server.plan.wording import day_of
from onefunnel.server.warehouse.kept import Kept

_standing = Kept(32)


@dataclass(frozen=True)
class Listed:
    """A count that opens its list."""

    count: int
    url: str

    @property
    def text(self) -> str:
        return written.count(self.count)


@dataclass(frozen=True)
class StageLine:
    """Open leads in a stage today, those expected to be won in time, and how many of the new leads
    have to get there."""

    stage: str
    standing: Listed | None
    wins: str
    needed: str


@dataclass(frozen=True)
class ChannelLine:
    """A channel: what came of it, the share expected to be won, and its part of the new leads."""

    name: str
    came: Listed
    won: Listed
    rate: str
    between: str
    leads: str


@dataclass(frozen=True)
class MonthLine:
    """A month of the plan, in numbers as they are printed."""

    since: date
    leads: str
    usual: str
    fewest: str
    wins: str
    reach: str
    workable: str
    is_too_much: bool


@dataclass(frozen=True)
class Shown:
    """The page of an answer. `sentence` says it all; `outlook` what comes as things go."""

    sentence: str
    outlook: str
    chances: tuple[tuple[str, str], ...]
    stages: tuple[StageLine, ...]
    channels: tuple[ChannelLine, ...]
    months: tuple[MonthLine, ...]
    would: tuple[str, ...]
    notes: tuple[str, ...]
    chance: str
    has_load: bool
    by: str


def shown(answer: Answer, wording: Wording, basis: Basis) -> Shown | None:
    """The answer as the page prints it; None where there is none."""
    if answer.takes is None or answer.past is None:
        return None
    takes = answer.takes
    return Shown(
        sentence=sentence(answer, wording, f"{wording.until:%-d %B %Y}"),
        outlook=outlook(takes),
        chances=tuple(
            (f"{round(q * 10)} of 10 times", _leads(takes.needed.at(q))) for q in CONFIDENCES
        ),
        stages=_stages(answer, takes, basis),
        channels=_channels(answer, takes, basis),
        months=_months(takes, basis),
        would=tuple(would_words(one, answer, wording) for one in answer.would),
        notes=_notes(answer, takes, wording, basis),
        chance=_chance(takes.needed.reached_chance),
        has_load=any(month.load for month in takes.months),
        by=(answer.by or "").replace("_", " "),
    )


def sentence(answer: Answer, wording: Wording, by_day: str) -> str:
    """What must come in, in one sentence."""
    assert answer.takes is not None, "asked for an answer only"
    takes, needed = answer.takes, answer.takes.needed
    aim = _aim(wording, needed.wins)
    flying = round(needed.in_flight[1])
    part = (
        f"; {flying:,} of the wins {'comes' if flying == 1 else 'come'} from leads that are open "
        "today" if flying else ""
    )  # fmt: skip
    planned = needed.at(CONFIDENCE)
    if planned is None:
        return f"No number of new leads is enough {aim} by {by_day}{part}."
    if planned == 0:
        return f"The leads that are open today are enough {aim} by {by_day} (8 of 10 times)."
    return (
        f"{aim[:1].upper()}{aim[1:]} by {by_day}, {takes.leads:,} new "
        f"lead{'' if takes.leads == 1 else 's'} must come in (8 of 10 times enough){part}."
    )


def outlook(takes: Takes) -> str:
    """What comes as things go, or with the levers as they are."""
    needed = takes.needed
    low, _, middle, high = (round(one) for one in needed.expected)
    held = f" {takes.held_back:,} more come that the people cannot work." if takes.held_back else ""
    return (
        f"With the {needed.coming:,} leads that come by then, about {middle:,} are won "
        f"({low:,} to {high:,}); the goal is reached with a chance of "
        f"{_chance(needed.reached_chance)}.{held}"
    )


def would_words(one: WouldDo, answer: Answer, wording: Wording) -> str:
    """One lever alone, in words."""
    assert answer.takes is not None, "asked for an answer only"
    needed = answer.takes.needed
    if one.factor is None:
        return {
            "inflow": "More leads alone: not with twenty times as many as usual.",
            "steps": "More that go on at each step alone: not even if all did.",
            "people": "More people alone: not with twenty times as many.",
            "pace": "More speed alone: not if everything took a tenth of the time.",
            "worth": "Dearer wins alone: not at twenty times what a win is worth.",
            "date": "More time alone: not within five years.",
            "goal": "A smaller goal: nothing is sure enough to come.",
        }[one.lever]
    more = written.share(abs(one.factor - 1))
    times = f"{one.factor:.1f} times as many" if one.factor >= 2 else f"{more} more"
    if one.lever == "inflow":
        leads = round(needed.usual * one.factor)
        return f"{leads:,} new leads instead of the usual {needed.usual:,} ({times})."
    if one.lever == "steps":
        return f"{times.capitalize()} leads go on at each step."
    if one.lever == "pace":
        return f"Everything takes {more} less time."
    if one.lever == "people":
        return f"{times.capitalize()} people work on leads."
    if one.lever == "worth":
        return f"A win is worth {more} more."
    if one.lever == "date":
        return f"The day is {one.until:%-d %B %Y}."
    return f"The goal is {_goal(wording, one.factor)}."


def _aim(wording: Wording, wins: float) -> str:
    if wording.outcome == "won":
        return f"to win {wording.amount:,.0f} lead{'' if wording.amount == 1 else 's'}"
    title = title_of(wording.outcome, wording.amount, wording.currency, "", wording.until)
    much = title.rpartition(" by ")[0]
    return f"to reach {much}, about {wins:,.0f} wins,"


def _goal(wording: Wording, factor: float) -> str:
    if wording.outcome in MONEY:
        return written.money(
            (wording.amount * Decimal(factor)).quantize(Decimal(1)), wording.currency
        )
    if wording.outcome == "share":
        return f"{float(wording.amount) * factor:.1f}% of the accounts"
    return f"{int(float(wording.amount) * factor):,} won leads"


def _stages(answer: Answer, takes: Takes, basis: Basis) -> tuple[StageLine, ...]:
    assert answer.past is not None, "asked for an answer only"
    standing = _standing_now(answer, basis)
    wins = {one.stage: one.wins for one in takes.in_flight}
    last = len(answer.past.stages) - 1
    needed = takes.needed.at(CONFIDENCE)
    return tuple(
        StageLine(
            stage=stage,
            standing=None if place == last else Listed(
                standing.get(stage, 0),
                _url(answer, "standing", {"stage": stage}, reading="snapshot"),
            ),
            wins=f"{wins[stage]:,.1f}" if stage in wins and place < last else "",
            needed="" if needed is None else f"{round(needed * takes.reached[stage]):,}",
        )
        for place, stage in enumerate(answer.past.stages)
    )  # fmt: skip


def _standing_now(answer: Answer, basis: Basis) -> Mapping[str, int]:
    """Leads that stand in each stage, by the measure whose list opens."""
    scope = Scope(where=answer.where or None, reading="snapshot")
    key = (basis.version, basis.agreement.digest, scope)
    result = _standing.get(
        key, lambda: compute_measure("stages", basis.facts, basis.agreement, scope)
    )
    return {str(row["stage"]): int(str(row["standing"])) for row in result.rows}


def _channels(answer: Answer, takes: Takes, basis: Basis) -> tuple[ChannelLine, ...]:
    assert answer.past is not None, "asked for an answer only"
    first, won = answer.past.stages[0], answer.past.stages[-1]
    by = answer.by
    since = day_of(answer.since, basis.zone) if answer.since else None

    def listed(name: str, stage: str, count: int) -> Listed:
        row = {"stage": stage} | ({by: name} if by else {})
        return Listed(count, _url(answer, "reached", row, since=since))

    return tuple(
        ChannelLine(
            name=one.name,
            came=listed(one.name, first, one.entries),
            won=listed(one.name, won, one.won),
            rate=written.share(one.rate),
            between=f"{written.share(one.low)} to {written.share(one.high)}",
            leads=f"{round(takes.leads * one.mix_share):,}",
        )
        for one in takes.needed.channels
    )


def _months(takes: Takes, basis: Basis) -> tuple[MonthLine, ...]:
    return tuple(
        MonthLine(
            since=day_of(month.since, basis.zone),
            leads=f"{round(month.leads):,}",
            usual=f"{round(month.usual):,}",
            fewest="" if month.fewest is None else f"{round(month.fewest):,}",
            wins=f"{month.wins:,.1f}",
            reach=f"{round(month.load.leads):,}" if month.load else "",
            workable=f"{round(month.load.workable):,}" if month.load else "",
            is_too_much=bool(month.load and month.load.too_many > 0.5),
        )
        for month in takes.months
    )


def _notes(answer: Answer, takes: Takes, wording: Wording, basis: Basis) -> tuple[str, ...]:
    assert answer.past is not None, "asked for an answer only"
    past, needed = answer.past, takes.needed
    notes = []
    if takes.leads and needed.too_late_share > 0.005:
        notes.append(
            f"{round(takes.too_late):,} wins of these leads come after the day and count to the "
            f"next period ({written.share(needed.too_late_share)} of what they win)."
        )
    if past.is_too_early:
        notes.append(
            "The past is too short to know how many leads are ever won: more may come than this "
            "says, and later."
        )
    if not takes.is_seasonal:
        notes.append(
            f"{len(past.entries_a_month)} whole months of past tell no seasons (that takes 24): "
            "leads are spread evenly."
        )
    if past.undated:
        notes.append(f"{past.undated:,} leads without a date of entry are left out.")
    goal = answer.goal
    if goal is not None and not isinstance(goal.wins, float):
        worth = goal.wins
        mean = written.money(round(worth.mean, 2), wording.currency)
        notes.append(
            f"A won lead was worth {mean} on average: known of {worth.known:,} of {worth.of:,} "
            "that have a won deal; never assumed for the others."
        )
    if goal is not None and goal.done:
        notes.append("What was won since the objective was written is taken off already.")
    if goal is not None and goal.market is not None:
        market = goal.market
        anew = market.anew_share
        notes.append(
            f"{market.won:,} of {market.accounts:,} accounts are won today"
            + (f"; {written.share(anew)} of past wins won an account anew." if anew else ".")
        )
    if basis.is_behind:
        notes.append("Data came in that these numbers lack; they are brought up to date.")
    return tuple(notes)


def _url(
    answer: Answer, figure: str, row: Mapping[str, str], *, reading: str = "",
    since: date | None = None,
) -> str:  # fmt: skip
    words = {"measure": "stages", "figure": figure, **{f"row.{k}": v for k, v in row.items()}}
    if answer.where:
        words["where"] = answer.where
    if since is not None:
        words["since"] = since.isoformat()
        if answer.by:
            words["by"] = answer.by
    if reading:
        words["reading"] = reading
    return f"/measure/list/?{urlencode(words)}"


def _leads(count: int | None) -> str:
    return "no number is enough" if count is None else f"{count:,}"


def _chance(chance: float) -> str:
    if chance > 0.99:
        return "more than 99%"
    return "less than 1%" if chance < 0.01 else f"{chance * 100:.0f}%"
