"""What the moves and handovers of late look like beside the agreement: counts, and their leads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from math import ceil
from typing import TYPE_CHECKING

import ibis

from onefunnel.agreement.compare.definitions import Definition
from onefunnel.agreement.compare.pairing import folded
from onefunnel.agreement.document import Agreement
from onefunnel.agreement.duties import Handover
from onefunnel.agreement.predicates.errors import PredicateError
from onefunnel.agreement.predicates.parse import parse
from onefunnel.facts.declaration import Type
from onefunnel.facts.store import Facts
from onefunnel.measures.steps.defined import move_columns
from onefunnel.measures.steps.journeys import journeys
from onefunnel.measures.steps.path import Path
from onefunnel.measures.steps.reached import with_reached
from onefunnel.measures.steps.run import rows

if TYPE_CHECKING:
    import ibis.expr.types as ir

#: What a lead is in whose move no definition catches.
NO_STAGE = "no stage"
#: An answer nobody timed is waited for so long.
_UNTIMED = timedelta(days=7)


@dataclass(frozen=True)
class Stood:
    """Of `n` leads at a stage, `leads` stood otherwise: under a team, in another stage."""

    stage: str
    team: str
    leads: int
    n: int


class Looked:
    """The data of one moment beside one agreement; `lately` is the `days` before the moment."""

    def __init__(
        self, facts: Facts, agreement: Agreement, as_of: datetime | None, days: int
    ) -> None:
        self.facts, self.agreement, self.as_of = facts, agreement, as_of
        self._span = timedelta(days=days)
        self._path = Path(agreement)

    @cached_property
    def _moves(self) -> ir.Table:
        moves = self.facts["moves"]
        if self.as_of is not None:
            moves = moves.filter(moves["at"].isnull() | (moves["at"] <= self.as_of))
        found = self._path.with_state(moves, self.facts.tables.get("leads"))
        team = found["team"] if "team" in found.columns else ibis.null("string")
        return found.select("lead_id", "at", "stage", "state", team=team)

    @cached_property
    def _lately(self) -> ir.Table:
        return self._in(self._moves, 0)

    def _in(self, table: ir.Table, spans_ago: int, at: str = "at") -> ir.Table:
        """The rows of one span: lately, or so many spans before."""
        if self.as_of is None:
            return table.filter(ibis.literal(False))
        end = self.as_of - spans_ago * self._span
        return table.filter((table[at] > end - self._span) & (table[at] <= end))

    # --- names that nothing catches
    def uncaught(self) -> list[tuple[str, int]]:
        """Stage names of moves of which no move is caught, and how many leads have one."""
        moves = self._moves
        found = rows(
            moves.group_by("stage").agg(
                caught=moves["state"].notnull().any(), leads=moves["lead_id"].nunique()
            )
        )
        return [(row["stage"], row["leads"]) for row in found if not row["caught"]]

    def leads_uncaught(self, stage: str) -> ir.Table:
        return _leads(self._moves, self._moves["stage"] == stage)

    def unlisted(self) -> list[str]:
        """Names of the source's stage list that no move has and no definition would catch."""
        if "stages" not in self.facts:
            return []
        listed = {row["stage"] for row in rows(self.facts["stages"].select("stage").distinct())}
        moves = self._moves.select("stage").distinct()
        listed -= {row["stage"] for row in rows(moves)}
        columns = move_columns(self.facts)
        named: set[str] = set()
        for stage in self.agreement.stages:
            named |= Definition(stage.when, columns).texts
        blank = dict.fromkeys(columns)
        return sorted(
            name
            for name in listed - named
            if name and not any(_matches(one.when, columns, blank | {"stage": name})
                                for one in self.agreement.stages)
        )  # fmt: skip

    def nobody(self) -> ir.Table:
        return _leads(self._moves, ibis.literal(False))

    # --- a name that the definitions read otherwise
    def called_otherwise(self) -> list[Stood]:
        """Leads lately moved to a name that is a stage's, but that are in another by definition."""
        own = {folded(stage.name): stage.name for stage in self.agreement.stages}
        lately = self._lately
        totals = {
            row["stage"]: row["n"]
            for row in rows(lately.group_by("stage").agg(n=lately["lead_id"].nunique()))
        }
        counted = rows(lately.group_by("stage", "state").agg(n=lately["lead_id"].nunique()))
        found = []
        for row in counted:
            name = own.get(folded(row["stage"]))
            state = NO_STAGE if row["state"] is None else self._path.names[row["state"]]
            if name is not None and state != name:
                found.append(Stood(row["stage"], state, row["n"], totals[row["stage"]]))
        # a name that nothing at all catches is told as such
        nothing = {name for name, _ in self.uncaught()}
        return [one for one in found if one.stage not in nothing]

    def leads_called(self, stage: str, other: str | None) -> ir.Table:
        chosen = self._lately["stage"] == stage
        if other == NO_STAGE:
            chosen &= self._lately["state"].isnull()
        elif other is not None:
            chosen &= self._lately["state"] == self._path.is_at(other)
        return _leads(self._lately, chosen)

    # --- teams
    def other_teams(self) -> list[Stood]:
        """Leads lately in a stage under a team that does not lead it, of those of a known team."""
        lately = self._lately
        known = lately.filter(lately["state"].notnull() & lately["team"].notnull())
        totals = {
            row["state"]: row["n"]
            for row in rows(known.group_by("state").agg(n=known["lead_id"].nunique()))
        }
        counted = rows(known.group_by("state", "team").agg(n=known["lead_id"].nunique()))
        remits = {stage.name: stage.leads for stage in self.agreement.stages}
        return [
            Stood(name, row["team"], row["n"], totals[row["state"]])
            for row in counted
            if remits[name := self._path.names[row["state"]]]
            and not is_ours(row["team"], remits[name])
        ]

    def leads_under(self, stage: str, team: str | None) -> ir.Table:
        lately = self._lately
        chosen = (lately["state"] == self._path.is_at(stage)) & lately["team"].notnull()
        return _leads(lately, chosen if team is None else chosen & (lately["team"] == team))

    # --- hand-overs
    def can_tell(self, card: Handover) -> bool:
        """Whether the data record handovers at all, and the card names a stage of the agreement."""
        return self._first_handover is not None and card.at_stage in self._path.names.values()

    @cached_property
    def _first_handover(self) -> datetime | None:
        if "handovers" not in self.facts or self.as_of is None:
            return None
        offered = self.facts["handovers"]["offered_at"]
        first = rows(self.facts["handovers"].agg(first=offered.min()))[0]["first"]
        return first if isinstance(first, datetime) else None

    def leads_due(self, card: Handover) -> ir.Table:
        """Leads that lately entered the card's stage, long enough ago for it to be offered; none
        from before the first handover that the data hold. lead_id and `at`, the first entry."""
        lately = self._lately.filter(self._lately["state"] == self._path.is_at(card.at_stage))
        entered = lately.group_by("lead_id").agg(at=lately["at"].min())
        if self.as_of is None or self._first_handover is None:
            return entered.filter(ibis.literal(False))
        end = self.as_of - days_for(card.answer_within_hours)
        return entered.filter((entered["at"] <= end) & (entered["at"] >= self._first_handover))

    def leads_not_handed(self, card: Handover) -> ir.Table:
        """Those of them without a handover to the card's team in the promised time."""
        due = self.leads_due(card)
        offers = self.facts["handovers"]
        if "to_team" in offers.columns and card.to_team:
            named = rows(offers.select("to_team").distinct())
            teams = [row["to_team"] for row in named if row["to_team"]]
            others = [team for team in teams if not is_ours(team, (card.to_team,))]
            if others:
                offers = offers.filter(offers["to_team"].isnull() | offers["to_team"].notin(others))
        offers = offers.select(_of="lead_id", _offered="offered_at")
        until = due["at"] + ibis.interval(days=days_for(card.answer_within_hours).days)
        in_time = offers["_offered"].isnull() | (offers["_offered"] <= until)
        return due.anti_join(offers, [due["lead_id"] == offers["_of"], in_time])

    def not_handed(self, card: Handover) -> tuple[int, int]:
        missing, due = self.leads_not_handed(card), self.leads_due(card)
        return _count(missing), _count(due)

    # --- stages skipped
    @cached_property
    def _journeys(self) -> ir.Table:
        return with_reached(journeys(self.facts, self.agreement, self.as_of), self._path)

    def skipped(self) -> Iterator[tuple[Stood, Stood]]:
        """For each stage that can be skipped: how many did lately, and in the span before."""
        if self.as_of is None:
            return
        for k, stage in enumerate(self._path.stages[:-1]):
            counts = []
            for ago in (0, 1):
                came = self._past(k, ago)
                counted = rows(came.agg(n=came.count(), skipped=(came[f"n_{k}"] == 0).sum()))[0]
                counts.append(Stood(stage, "", int(counted["skipped"] or 0), counted["n"]))
            yield counts[0], counts[1]

    def leads_past(self, stage: str, *, is_skipped: bool = False) -> ir.Table:
        """Leads that lately came as far as a stage at least; only those that never were in it."""
        k = self._path.is_at(stage)
        came = self._past(k, 0)
        return (came.filter(came[f"n_{k}"] == 0) if is_skipped else came).select("lead_id")

    def _past(self, k: int, spans_ago: int) -> ir.Table:
        leads = self._journeys
        came = leads.filter((leads["furthest"] >= k).fill_null(False))
        return self._in(came, spans_ago, f"reached_{k}")

    # --- stages nobody enters
    def moving(self) -> int:
        """How many leads moved anywhere lately; 0 where the data do not reach further back."""
        if self.as_of is None:
            return 0
        first = rows(self._moves.agg(first=self._moves["at"].min()))[0]["first"]
        if first is None or first > self.as_of - self._span:
            return 0
        return int(rows(self._lately.agg(n=self._lately["lead_id"].nunique()))[0]["n"])

    def unused(self) -> Iterator[tuple[str, int, datetime | None]]:
        """Defined stages without an entry lately: name, leads that ever entered, the last entry."""
        moves = self._moves.filter(self._moves["state"].notnull())
        found = rows(
            moves.group_by("state").agg(
                last=moves["at"].max(), leads=moves["lead_id"].nunique(),
                undated=moves["at"].isnull().any(),
            )
        )  # fmt: skip
        by_state = {row["state"]: row for row in found}
        for state, name in self._path.names.items():
            row = by_state.get(state)
            if row is None:
                yield name, 0, None
            elif not row["undated"] and self.as_of and row["last"] <= self.as_of - self._span:
                yield name, row["leads"], row["last"]

    def leads_ever(self, stage: str) -> ir.Table:
        return _leads(self._moves, self._moves["state"] == self._path.is_at(stage))


def is_ours(team: str, leads: Sequence[str]) -> bool:
    """Whether a team as the data call it is one of these: the same words, or more of them.

    >>> is_ours("Sales EMEA", ("sales",)), is_ours("Service & accounts", ("accounts and service",))
    (True, True)
    """
    words = set(folded(team.replace("&", " and ")).split())
    return any(set(folded(one.replace("&", " and ")).split()) <= words for one in leads if one)


def days_for(hours: float | None) -> timedelta:
    """Calendar days that hold so many business hours (eight a day, five days a week), rounded up.

    >>> days_for(8).days, days_for(40).days, days_for(None).days
    (3, 7, 7)
    """
    if hours is None:
        return _UNTIMED
    days = max(1, ceil(hours / 8))
    return timedelta(days=days + 2 * ceil(days / 5))


def _leads(moves: ir.Table, chosen: ir.BooleanValue) -> ir.Table:
    return moves.filter(chosen).select("lead_id").distinct()


def _count(table: ir.Table) -> int:
    return int(rows(table.agg(n=table.count()))[0]["n"])


def _matches(when: str, columns: dict[str, Type], record: dict[str, object]) -> bool:
    if not when.strip():
        return False
    try:
        return bool(parse(when, columns).matches(record))
    except PredicateError:
        return False
