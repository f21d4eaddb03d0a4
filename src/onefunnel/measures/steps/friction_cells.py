"""Where are leads held up? Cells of a place in the funnel and what leads are, each against others.

A place is a stage, or the hand-over from one team to another. Four things go wrong there: leads do
not go on, go back, wait, or are sent back. All leads are followed equally long, so that no open
lead counts as lost: those who reached the stage at least so many days ago, and what happened to
them within those days.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from math import ceil
from typing import TYPE_CHECKING

import ibis
import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from onefunnel.measures.steps.followed import (
    DAY,
    NEVER,
    Attribute,
    Cohort,
    Flags,
    Followed,
    Moments,
    attribute,
    fetched,
    moments,
)
from onefunnel.measures.steps.offers import offers_of
from onefunnel.measures.steps.shares import MIN_FOR_MEDIAN, MIN_LEADS
from onefunnel.statistics.among_others import each_against_the_others
from onefunnel.statistics.competing_risks import aalen_johansen, kaplan_meier
from onefunnel.statistics.log_rank import log_rank_of_each

if TYPE_CHECKING:
    import ibis.expr.types as ir

Numbers = NDArray[np.int64]
GOES_ON, GOES_BACK, WAITS, SENT_BACK = "going on", "going back", "waiting", "sent back"
KINDS = (GOES_ON, GOES_BACK, WAITS, SENT_BACK)
#: So many must be expected to go well, and as many not, or the cell has too few to tell.
LEAST_EXPECTED = 5
#: Values of a column that get cells, or strata, of their own: the most frequent ones.
MOST_CELLS, MOST_STRATA = 60, 30
BETWEEN = " → "
#: Of waits that are less likely than this by chance the medians are told.
LOOKED_INTO = 0.05


@dataclass(frozen=True)
class Cell:
    """One kind of friction at one place for one kind of lead, against the others.

    `share` of `n` leads went well, `gap` is what the others have more in the same mix, with the
    standard error of its test, told of `compared` leads: those in whose mix there are others.
    `hit` leads are concerned. The days are medians, for waits only.
    `p` is one-sided; None where there are too few to tell. `early_p` and `late_p` are those of the
    two halves of the time.
    """

    kind: str
    place: str
    stage: int
    values: tuple[str, ...]
    n: int
    hit: int
    share: float | None = None
    gap: float = 0.0
    compared: float = 0.0
    error: float = np.inf
    days: float | None = None
    others_days: float | None = None
    p: float | None = None
    early_p: float | None = None
    late_p: float | None = None


@dataclass(frozen=True)
class Places:
    """All cells of a question: `by` are the columns that name cells, `mix` those held equal."""

    cohort: Cohort
    by: tuple[str, ...]
    mix: tuple[str, ...]

    @cached_property
    def leads(self) -> Followed:
        return self.cohort.arrays

    @cached_property
    def stages(self) -> range:
        """The stages that leads go on from."""
        return range(self.cohort.path.length - 1)

    @cached_property
    def windows(self) -> dict[int, int]:
        """By stage, the days within which nine in ten of those who go on do so."""
        found = {}
        for k in self.stages:
            time, cause, is_known = self._times(k)
            if (cause[is_known] == 1).sum() < MIN_FOR_MEDIAN:
                continue
            days = aalen_johansen(time[is_known] // DAY, cause[is_known]).quantile(0.9)
            if days is not None:
                found[k] = max(1, ceil(days))
        return found

    @cached_property
    def halfway(self) -> int:
        """The moment before which half of what is counted began."""
        begun = [self.leads.reached[k][self.counted(k)] for k in self.windows]
        held = np.concatenate(begun) if begun else np.zeros(0, np.int64)
        return int(np.median(held)) if len(held) else self.leads.as_of

    def counted(self, k: int) -> Flags:
        """Who reached the stage long enough ago, with the times it takes."""
        begun = self.leads.reached[k]
        after = self.leads.reached[k + 1]
        undated = (self.leads.furthest > k) & (after == NEVER)
        is_old = begun <= self.leads.as_of - self.windows[k] * DAY
        return np.asarray((begun != NEVER) & is_old & ~undated, bool)

    def _times(self, k: int) -> tuple[Moments, Numbers, Flags]:
        """How long each lead was at the stage, why it left (1: went on, 2: left, 0: has not)."""
        leads = self.leads
        went = leads.furthest > k
        cause = np.where(went, 1, np.where(leads.gone, 2, 0))
        end = np.where(went, leads.reached[k + 1], np.where(leads.gone, leads.ended, leads.as_of))
        is_known = (leads.reached[k] != NEVER) & (end != NEVER)
        return np.maximum(end - leads.reached[k], 0), cause, is_known

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """Every cell with a lead, those with too few to tell included; rare values have none."""
        every = (*self._of_stages(), *self._of_handovers())
        return tuple(cell for cell in every if OTHERS not in cell.values)

    def _of_stages(self) -> Iterator[Cell]:
        names = self.cohort.path.stages
        for k, days in self.windows.items():
            chosen = self.counted(k)
            begun, after, fell = (
                moment[chosen]
                for moment in (self.leads.reached[k], self.leads.reached[k + 1], self.leads.fell[k])
            )
            went = (after != NEVER) & (after <= begun + days * DAY)
            own = self._attributes(chosen)
            later = begun >= self.halfway
            yield from self._shares(GOES_ON, names[k], k, own, went, later)
            if k:
                back = (fell != NEVER) & (fell <= begun + days * DAY)
                yield from self._shares(GOES_BACK, names[k], k, own, ~back, later)
            yield from self._waits(k)

    def _attributes(self, chosen: Flags) -> dict[str, Attribute]:
        return {
            name: Attribute(held.names, held.codes[chosen])
            for name, held in self.leads.attributes.items()
        }

    def _shares(
        self,
        kind: str,
        place: str,
        stage: int,
        own: dict[str, Attribute],
        good: Flags,
        later: Flags,
    ) -> Iterator[Cell]:
        """One cell per value that leads have, by the share of leads that it goes well with."""
        group, names = self._grouped(own)
        stratum, strata = _strata([own[name] for name in self.mix], len(good))

        def table(chosen: Flags) -> NDArray[np.int64]:
            flat = (group * strata + stratum)[chosen]
            return np.bincount(flat, minlength=len(names) * strata).reshape(len(names), strata)

        every = np.ones(len(good), bool)
        parts = [each_against_the_others(table(good & half), table(half)) for half in
                 (every, ~later, later)]  # fmt: skip
        whole, early, late = parts
        n, yes = table(every).sum(1), table(good).sum(1)
        for at, values in enumerate(names):
            expected = whole.expected[at]
            is_told = (
                n[at] >= MIN_LEADS
                and n.sum() - n[at] >= MIN_LEADS
                and min(expected, whole.compared[at] - expected) >= LEAST_EXPECTED
            )
            yield Cell(
                kind, place, stage, values, int(n[at]), int(n[at] - yes[at]),
                share=float(yes[at] / n[at]) if n[at] >= MIN_LEADS else None,
                gap=float(whole.gaps[at]), compared=float(whole.compared[at]),
                error=float(whole.errors[at]),
                p=float(whole.p[at]) if is_told else None,
                early_p=float(early.p[at]), late_p=float(late.p[at]),
            )  # fmt: skip

    def _waits(self, k: int) -> Iterator[Cell]:
        """One cell per value by the time leads stay, open ones censored."""
        time, cause, is_known = self._times(k)
        own = self._attributes(is_known)
        hours, why = time[is_known] // (DAY // 24), cause[is_known]
        later = self.leads.reached[k][is_known] >= self.halfway
        group, names = self._grouped(own)
        stratum, _ = _strata([own[name] for name in self.mix], len(hours))

        def slower(part: Flags) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
            found = log_rank_of_each(hours[part], why[part], group[part], stratum[part], len(names))
            z = np.divide(
                found.ahead, found.errors, out=np.zeros(len(names)), where=found.errors > 0
            )
            return ndtr(z), found.ahead

        whole, ahead = slower(np.ones(len(hours), bool))
        early, _ = slower(~later)
        late, _ = slower(later)
        n = np.bincount(group, minlength=len(names))
        still = np.bincount(group, why == 0, len(names)).astype(np.int64)
        left = n - still
        for at, values in enumerate(names):
            due = left[at] - ahead[at]
            is_told = min(n[at], n.sum() - n[at]) >= MIN_LEADS and due >= LEAST_EXPECTED
            is_slow = is_told and whole[at] <= LOOKED_INTO  # medians take their time
            yield Cell(
                WAITS, self.cohort.path.stages[k], k, values, int(n[at]), int(still[at]),
                days=_median(hours, why, group == at) if is_slow else None,
                others_days=_median(hours, why, group != at) if is_slow else None,
                p=float(whole[at]) if is_told else None,
                early_p=float(early[at]), late_p=float(late[at]),
            )  # fmt: skip

    def _grouped(self, own: dict[str, Attribute]) -> tuple[Numbers, list[tuple[str, ...]]]:
        """The cell of each lead, and the values that name each cell."""
        parts = [_most_frequent(own[name], MOST_CELLS) for name in self.by]
        flat = np.zeros(len(parts[0].codes), np.int64)
        for part in parts:
            flat = flat * len(part.names) + part.codes
        used, group = np.unique(flat, return_inverse=True)
        names = []
        for code in used.tolist():
            values: list[str] = []
            for part in reversed(parts):
                code, place = divmod(code, len(part.names))
                values.insert(0, part.names[place])
            names.append(tuple(values))
        return group.astype(np.int64), names

    @cached_property
    def offers(self) -> ir.Table | None:
        """Offers that were decided: `is_good` where they were accepted; None without handovers."""
        facts, agreement, scope = self.cohort.facts, self.cohort.agreement, self.cohort.scope
        if "handovers" not in facts or scope.as_of is None:
            return None
        found = offers_of(facts, agreement, replace(scope, by=None), None)
        found = found.filter(
            found["answer"].isin(["in_time", "late", "sent_back", "no_answer"])
            & found["offered_at"].notnull()
        )
        pair = found["from_team"] + BETWEEN + found["to_team"]
        found = found.mutate(pair=pair, is_good=found["answer"].isin(["in_time", "late"]))
        return self.cohort.described(found)

    def _of_handovers(self) -> Iterator[Cell]:
        if self.offers is None:
            return
        columns = [f"of_{name}" for name in self.cohort.columns]
        held = fetched(self.offers.select("pair", "is_good", "offered_at", *columns))
        pair = attribute(held["pair"])
        good = np.asarray(held["is_good"].to_numpy(), bool)
        later = moments(held["offered_at"]) >= self.halfway
        every = {name: attribute(held[f"of_{name}"]) for name in self.cohort.columns}
        for place, name in enumerate(pair.names):
            part = pair.codes == place
            own = {key: Attribute(one.names, one.codes[part]) for key, one in every.items()}
            yield from self._shares(SENT_BACK, name, -1, own, good[part], later[part])

    def listed(self, kind: str, place: str, values: tuple[str, ...], *, hit: bool) -> ir.Table:
        """The leads (or offers) counted in a cell, or those of them that are concerned."""
        if kind == SENT_BACK:
            table = self.offers
            if table is None:
                raise KeyError(place)
            table = table.filter(table["pair"] == place)
            table = table.filter(~table["is_good"]) if hit else table
        else:
            table = self._listed(kind, self.cohort.path.is_at(place), hit=hit)
        for name, value in zip(self.by, values, strict=True):
            table = table.filter(table[f"of_{name}"] == value)
        return table

    def _listed(self, kind: str, k: int, *, hit: bool) -> ir.Table:
        table = self.cohort.table
        begun, after = table[f"reached_{k}"], table[f"reached_{k + 1}"]
        table = table.filter((table["furthest"] >= k) & begun.notnull())
        went = table["furthest"] > k
        if kind == WAITS:
            gone = table["outcome"].notin(["open", "won"])
            end = ibis.cases((went, after), (gone, table["outcome_at"]), else_=self.cohort.as_of)
            return table.filter(end.notnull() & ~(hit & (went | gone)))
        window = ibis.interval(days=self.windows[k])
        table = table.filter(
            (begun <= ibis.literal(self.cohort.as_of) - window) & ~(went & after.isnull())
        )
        if not hit:
            return table
        if kind == GOES_BACK:
            return table.filter((table[f"fell_{k}"] <= begun + window).fill_null(False))
        return table.filter(~(went & (after <= begun + window)).fill_null(False))


def with_two_halves(cell: Cell, level: float = 0.05) -> str:
    """Whether a cell shows in both halves of the time by itself, or in which."""
    early = cell.early_p is not None and cell.early_p <= level
    late = cell.late_p is not None and cell.late_p <= level
    if early and late:
        return "persistent"
    return "not lately" if early else "new"


def _strata(parts: list[Attribute], count: int) -> tuple[Numbers, int]:
    """The stratum of each lead: leads alike in all of these, rare values together."""
    flat = np.zeros(count, np.int64)
    for part in parts:
        few = _most_frequent(part, MOST_STRATA)
        flat = flat * len(few.names) + few.codes
    used, stratum = np.unique(flat, return_inverse=True)
    return stratum.astype(np.int64), max(1, len(used))


def _most_frequent(held: Attribute, most: int) -> Attribute:
    """With what is rarer than the `most` frequent values under one name."""
    if len(held.names) <= most:
        return held
    counts = np.bincount(held.codes, minlength=len(held.names))
    kept = np.sort(np.argsort(-counts, kind="stable")[: most - 1])
    place = np.full(len(held.names), most - 1)
    place[kept] = np.arange(most - 1)
    return replace(held, names=(*(held.names[at] for at in kept), OTHERS), codes=place[held.codes])


#: What rare values are called together.
OTHERS = "(others)"


def _median(hours: Numbers, why: Numbers, part: Flags) -> float | None:
    found = kaplan_meier(hours[part], why[part]).quantile(0.5) if part.any() else None
    return None if found is None else found / 24
