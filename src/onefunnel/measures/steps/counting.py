"""The counts of `standing`, `entries_per_stage` and `durations` in one pass over the leads.

Those three Ibis expressions are the definition. This kernel gives the same counts from one stream
of Arrow batches, in constant memory; `benchmarks/stage_funnel.py` shows that it pays, and a test
holds the two equal. Leads are put in order of how far they came, furthest first: those who came to
a stage at least are then the first so many. Each lead is looked at once per stage it reached, and
once for where it stayed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from onefunnel.measures.steps.durations import ADVANCED, OPEN
from onefunnel.measures.steps.marks import FELL, UNDATED, WENT, WORD, marks
from onefunnel.measures.steps.packed import (
    NOWHERE,
    Ints,
    Packed,
    Spans,
    by_stage,
    merged,
    moved,
)
from onefunnel.measures.steps.path import Path
from onefunnel.measures.steps.standing import OUTCOMES

if TYPE_CHECKING:
    import ibis.expr.types as ir

_SECOND = 1_000_000  # in microseconds
#: Added to a time so that it is positive: whole seconds, so that seconds begin where they did.
_SHIFT = np.iinfo(np.int64).max // _SECOND * _SECOND
#: What a time that is not there (the least number there is) becomes: later than all others.
_UNKNOWN = (2**64 + np.iinfo(np.int64).min + _SHIFT) // _SECOND
_HAS_LEFT = np.array([name not in ("open", "won") for name in OUTCOMES])


@dataclass
class Counts:
    """What was counted; groups are numbered as in `groups`.

    standing[group, furthest, outcome] (furthest -1: never in a stage), timed and seconds by
    (group, outcome), entered and back by (group, stage), durations[overall, stage] as in `packed`,
    placed by group. Of more groups than were asked for, only the names are complete.
    """

    groups: dict[str, int] = field(default_factory=dict)
    standing: dict[tuple[int, int, int], int] = field(default_factory=dict)
    timed: dict[tuple[int, int], int] = field(default_factory=dict)
    seconds: dict[tuple[int, int], int] = field(default_factory=dict)
    entered: dict[tuple[int, int], int] = field(default_factory=dict)
    back: dict[tuple[int, int], int] = field(default_factory=dict)
    durations: dict[tuple[int, int], Packed] = field(default_factory=dict)

    def regrouped(self, name_of: Mapping[str, str]) -> Counts:
        """The counts of the named groups under other names, those of one new name added up."""
        groups = {name: number for number, name in enumerate(sorted(set(name_of.values())))}
        numbers = np.full(len(self.groups), NOWHERE)
        for old, new in name_of.items():
            numbers[self.groups[old]] = groups[new]

        def of(counts: Mapping[Any, int]) -> dict[Any, int]:
            found: Counter[Any] = Counter()
            for (group, *rest), leads in counts.items():
                if numbers[group] != NOWHERE:
                    found[(int(numbers[group]), *rest)] += leads
            return dict(found)

        return Counts(
            groups=groups,
            standing=of(self.standing),
            timed=of(self.timed),
            seconds=of(self.seconds),
            entered=of(self.entered),
            back=of(self.back),
            durations={at: moved(counted, numbers) for at, counted in self.durations.items()},
        )


def needed(leads: ir.Table, path: Path) -> ir.Table:
    """The columns of a cohort that counting reads, as small as they can be."""
    group = {"group": leads["group"]} if "group" in leads.columns else {}
    return leads.select(
        **group,
        furthest=leads["furthest"].cast("int16").fill_null(-1),
        stands=leads["stands"],
        entered_at=leads["entered_at"],
        outcome_at=leads["outcome_at"],
        **{
            name: leads[name]
            for name in (*marks(path.length), *(f"at_{k}" for k in range(1, path.length)))
        },
    )


def count(
    batches: Iterable[pa.RecordBatch],
    path: Path,
    as_of: datetime | None,
    most: int = 1 << 20,
) -> Counts:
    """Count the rows of `needed`, batch by batch; past `most` groups only the groups are named."""
    sums = _Sums(path.length, as_of)
    for batch in batches:
        if len(sums.groups) > most:
            _groups(batch, sums.groups)
        elif batch.num_rows:
            sums.add(batch)
    return sums.counts()


class _Batch:
    """A batch in order of how far its leads came; `reach[k]`: how many came to stage k at least."""

    def __init__(self, rows: pa.RecordBatch, length: int, numbers: dict[str, int]) -> None:
        self.rows = rows
        furthest = rows["furthest"].to_numpy()
        self.order = np.argsort(np.negative(furthest), kind="stable")
        sizes = np.bincount(furthest + 1, minlength=length + 1)
        self.reach = sizes[::-1].cumsum()[::-1][1:].tolist()
        self.furthest = furthest[self.order].astype(np.int64)
        self.stands = rows["stands"].to_numpy()[self.order]
        self.group = _groups(rows, numbers)[self.order]
        self.length = length
        self.marks: list[Ints] = [rows[name].to_numpy()[self.order] for name in marks(length)]

    def bits(self, kind: int, stage: int, upto: int) -> Ints:
        """0 or 1 for the first `upto` leads."""
        word, place = divmod(stage, WORD)
        found: Ints = (self.marks[word][:upto] >> (kind + place)) & 1
        return found

    def seconds(self, name: str, upto: int | None = None) -> Ints:
        """A time of the first `upto` leads in whole seconds; _UNKNOWN where there is none."""
        column = self.rows[name].cast(pa.timestamp("us"))
        times = column.to_numpy(zero_copy_only=False).view(np.int64)[self.order[:upto]]
        times += _SHIFT
        seconds: Ints = (times.view(np.uint64) // _SECOND).view(np.int64)
        return seconds


class _Sums:
    """What was counted so far. A place is group * stages + stage."""

    def __init__(self, length: int, as_of: datetime | None) -> None:
        self.length = length
        self.now = _UNKNOWN
        if as_of is not None:
            self.now = (int(np.datetime64(as_of, "us").astype(np.int64)) + _SHIFT) // _SECOND
        self.groups: dict[str, int] = {}
        nothing = np.zeros(0, np.int64)
        self.standing = self.odd = self.entered = self.back = self.timed = self.took = nothing
        # from the stage before (or where they stayed), and from the start
        self.went_on = Spans(ADVANCED), Spans(ADVANCED)
        self.stayed = Spans(OPEN), Spans(OPEN)

    def add(self, rows: pa.RecordBatch) -> None:
        batch = _Batch(rows, self.length, self.groups)
        place = batch.group * (self.length + 1) + batch.furthest + 1
        width = len(OUTCOMES)
        self.standing = _plus(self.standing, np.bincount(place * width + batch.stands))
        entered_at, outcome_at = batch.seconds("entered_at"), batch.seconds("outcome_at")
        self._to_outcome(batch, entered_at, outcome_at)
        is_odd = self._stages(batch, place)
        if self.length > 1 and batch.reach[0]:
            reached = _reached(batch, entered_at, is_odd)
            self._went_on(batch, reached, is_odd)
            self._stayed(batch, reached, outcome_at)

    def _to_outcome(self, batch: _Batch, entered_at: Ints, outcome_at: Ints) -> None:
        known = np.nonzero((entered_at != _UNKNOWN) & (outcome_at != _UNKNOWN))[0]
        place = batch.group[known] * len(OUTCOMES) + batch.stands[known]
        took = outcome_at[known] - entered_at[known]
        self.timed = _plus(self.timed, np.bincount(place))
        # whole numbers below 2^53, so that sums of floats are exact
        self.took = _plus(self.took, np.bincount(place, weights=took).astype(np.int64))

    def _stages(self, batch: _Batch, place: Ints) -> bool:
        """Entries and falls back of leads that did not just go from stage to stage, and whether
        there are such leads; the entries of the others follow from how far they came."""
        is_odd = np.zeros(len(place), np.bool_)
        for word, found in enumerate(batch.marks):
            whole = np.array(
                [(1 << min(max(k - word * WORD, 0), WORD)) - 1 for k in range(self.length + 1)]
            )
            is_odd |= found != whole[batch.furthest + 1]
        odd = np.nonzero(is_odd)[0]
        if not len(odd):
            return False
        self.odd = _plus(self.odd, np.bincount(place[odd]))
        for k, many in enumerate(np.searchsorted(odd, batch.reach).tolist()):
            if many:
                some = odd[:many]
                came = some[batch.bits(WENT, k, batch.reach[k])[some] == 1]
                self.entered = _plus(self.entered, np.bincount(batch.group[came] * self.length + k))
        self._fell(batch, odd)
        return True

    def _fell(self, batch: _Batch, odd: Ints) -> None:
        """Leads that fell back from each stage."""
        for word, found in enumerate(batch.marks):
            bits = (found[odd] >> FELL) & ((1 << WORD) - 1)
            fell = np.nonzero(bits)[0]
            if not len(fell):
                continue
            bits, places = bits[fell], batch.group[odd[fell]] * self.length
            for k in range(word * WORD, min((word + 1) * WORD, self.length)):
                fallen = (bits >> (k - word * WORD)) & 1 == 1
                self.back = _plus(self.back, np.bincount(places[fallen] + k))

    def _went_on(self, batch: _Batch, reached: list[Ints], is_odd: bool) -> None:
        """The leads that reached each stage, from the stage before and from the start."""
        bounds = np.cumsum([0, *batch.reach[1:]]).tolist()
        step, whole, place = (np.empty(bounds[-1], np.int64) for _ in range(3))
        skipped = np.zeros(bounds[-1], np.bool_) if is_odd else None
        group = batch.group * self.length
        for k in range(1, self.length):
            many = batch.reach[k]
            part = slice(bounds[k - 1], bounds[k])
            before = reached[k - 1][:many]
            np.add(group[:many], k, out=place[part])
            _seconds_between(before, reached[k], step[part])
            _seconds_between(reached[0][:many], reached[k], whole[part])
            if skipped is not None:
                passed_by = batch.bits(WENT, k - 1, many) == 0
                skipped[part] = passed_by & (before == reached[k]) & (before != _UNKNOWN)
        self.went_on[0].add(place, step, skipped)
        self.went_on[1].add(place, whole, None)

    def _stayed(self, batch: _Batch, reached: list[Ints], outcome_at: Ints) -> None:
        """The leads that reached a stage and no later one, from that stage and from the start."""
        first, last = batch.reach[-1], batch.reach[0]
        if first == last:
            return
        has_left = _HAS_LEFT[batch.stands[first:last]]
        end = np.where(has_left, outcome_at[first:last], self.now)
        step, whole = np.empty_like(end), np.empty_like(end)
        for k in range(self.length - 1):
            low, high = batch.reach[k + 1], batch.reach[k]
            part = slice(low - first, high - first)
            _seconds_between(reached[k][low:high], end[part], step[part])
        _seconds_between(reached[0][first:last], end, whole)
        place = batch.group[first:last] * self.length + batch.furthest[first:last]
        self.stayed[0].add(place, step, has_left)
        self.stayed[1].add(place, whole, has_left)

    def counts(self) -> Counts:
        """All of it, by group and stage."""
        length, groups = self.length, len(self.groups)
        standing = _filled(self.standing, (groups, length + 1, len(OUTCOMES)))
        regular = standing.sum(axis=2) - _filled(self.odd, (groups, length + 1))
        entered = _filled(self.entered, (groups, length))
        entered = entered + regular[:, :0:-1].cumsum(axis=1)[:, ::-1]
        return Counts(
            groups=self.groups,
            standing={(g, k - 1, how): n for (g, k, how), n in _found(standing)},
            timed=_pairs(self.timed, groups, len(OUTCOMES)),
            seconds=_pairs(self.took, groups, len(OUTCOMES)),
            entered=_pairs(entered, groups, length),
            back=_pairs(self.back, groups, length),
            durations=self._by_stage(),
        )

    def _by_stage(self) -> dict[tuple[int, int], Packed]:
        """Those who went on to each stage with those who stayed before it."""
        went_on = [by_stage(spans.counted(), self.length) for spans in self.went_on]
        stayed = [by_stage(spans.counted(), self.length) for spans in self.stayed]
        found: dict[tuple[int, int], Packed] = {}
        before: list[Packed] = []
        for k in range(1, self.length):
            found[0, k] = merged([went_on[0][k], stayed[0][k - 1]])
            before = [merged([*before, stayed[1][k - 1]])]
            found[1, k] = merged([went_on[1][k], *before])
        return found


def _reached(batch: _Batch, entered_at: Ints, is_odd: bool) -> list[Ints]:
    """For each stage, when the leads that came that far were first in it or in a later one."""
    reached = [entered_at[: batch.reach[0]]]
    later: Ints = entered_at[:0]
    for k in range(batch.length - 1, 0, -1):
        own = batch.seconds(f"at_{k}", batch.reach[k])
        np.minimum(own[: len(later)], later, out=own[: len(later)])
        if is_odd:
            own[batch.bits(UNDATED, k, batch.reach[k]) == 1] = _UNKNOWN
        reached.insert(1, own)
        later = own
    return reached


def _seconds_between(start: Ints, end: Ints, out: Ints) -> None:
    """0 where the times stand the wrong way round, negative where one is unknown."""
    np.subtract(end, start, out=out)
    np.maximum(out, 0, out=out)
    if start.max(initial=0) == _UNKNOWN or end.max(initial=0) == _UNKNOWN:
        out[(start == _UNKNOWN) | (end == _UNKNOWN)] = -1


def _groups(rows: pa.RecordBatch, numbers: dict[str, int]) -> Ints:
    if "group" not in rows.schema.names:
        numbers.setdefault("", 0)
        return np.zeros(rows.num_rows, np.int64)
    coded = rows["group"].dictionary_encode()
    here = [numbers.setdefault(name, len(numbers)) for name in coded.dictionary.to_pylist()]
    result: Ints = np.array(here, np.int64)[coded.indices.to_numpy()]
    return result


def _plus(total: Ints, found: Ints) -> Ints:
    """The sum of two rows of counts, as long as the longer one."""
    if len(found) > len(total):
        total, found = found, total
    total[: len(found)] += found
    return total


def _filled(counts: Ints, shape: tuple[int, ...]) -> Ints:
    whole = np.zeros(shape, np.int64)
    whole.flat[: len(counts)] = counts
    return whole


def _pairs(counts: Ints, groups: int, width: int) -> dict[tuple[int, int], int]:
    whole = _filled(counts.reshape(-1), (groups, width))
    return {(group, place): many for (group, place), many in _found(whole)}


def _found(counts: Ints) -> list[tuple[tuple[int, ...], int]]:
    """The places of counts that are not 0, with the counts."""
    places = np.nonzero(counts)
    return list(zip(zip(*(axis.tolist() for axis in places), strict=True),
                    counts[places].tolist(), strict=True))  # fmt: skip
