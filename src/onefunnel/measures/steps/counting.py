"""The counts of `standing`, `entries_per_stage` and `durations` in one pass over the leads.

Those three Ibis expressions are the definition. This kernel gives the same counts from one stream
of Arrow batches, in constant memory; `benchmarks/stage_funnel.py` shows that it pays (about a
fifth of the CPU of the expressions at a million leads), and a test holds the two equal.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

import ibis
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from onefunnel.measures.steps.durations import ADVANCED, LEFT, OPEN, SKIPPED
from onefunnel.measures.steps.path import Path
from onefunnel.measures.steps.standing import OUTCOMES

if TYPE_CHECKING:
    import ibis.expr.types as ir

Ints = NDArray[np.int64]

_HOUR = 3_600_000_000  # in microseconds
_UNKNOWN = np.iinfo(np.int64).min  # how numpy writes a time that is not there
_NO_HOURS = -1


@dataclass
class Counts:
    """What was counted: keys are small whole numbers, groups are numbered as in `groups`.

    standing[group, furthest, outcome] (furthest -1: never in a stage), timed and seconds by
    outcome, entered and back by (group, stage), durations[overall, stage] = (keys, leads) where a
    key packs (group, hours + 1, cause) and hours -1 means unknown.
    """

    groups: dict[str | None, int] = field(default_factory=dict)
    standing: dict[tuple[int, int, int], int] = field(default_factory=dict)
    timed: dict[int, int] = field(default_factory=dict)
    seconds: dict[int, int] = field(default_factory=dict)
    entered: dict[tuple[int, int], int] = field(default_factory=dict)
    back: dict[tuple[int, int], int] = field(default_factory=dict)
    durations: dict[tuple[int, int], list[tuple[Ints, Ints]]] = field(default_factory=dict)


def needed(leads: ir.Table, path: Path) -> ir.Table:
    """The columns of a cohort that counting reads, as small as they can be."""
    stages = range(path.length)
    bits = sum(
        (
            _bit(leads[f"n_{k}"] > 0, 2 * k) + _bit(leads[f"back_{k}"] > 0, 2 * k + 1)
            for k in stages
        ),
        start=ibis.literal(0, "int64"),
    )
    group = {"group": leads["group"]} if "group" in leads.columns else {}
    outcome = leads["outcome"]
    return leads.select(
        **group,
        furthest=leads["furthest"].cast("int16").fill_null(-1),
        outcome=ibis.cases(*((outcome == name, i) for i, name in enumerate(OUTCOMES))).cast("int8"),
        bits=bits.cast("int64"),
        outcome_at=leads["outcome_at"],
        **{f"reached_{k}": leads[f"reached_{k}"] for k in stages},
    )


def count(batches: Iterable[pa.RecordBatch], path: Path, as_of: datetime | None) -> Counts:
    """Count the rows of `needed`, batch by batch."""
    counts = Counts()
    now = _UNKNOWN if as_of is None else int(np.datetime64(as_of, "us").astype(np.int64))
    for batch in batches:
        if batch.num_rows:
            _count(batch, path.length, now, counts)
    return counts


def _count(batch: pa.RecordBatch, length: int, now: int, counts: Counts) -> None:
    group = _groups(batch, counts.groups)
    furthest = batch["furthest"].to_numpy().astype(np.int64)
    outcome = batch["outcome"].to_numpy().astype(np.int64)
    bits = batch["bits"].to_numpy()
    outcome_at = _times(batch, "outcome_at")
    reached = [_times(batch, f"reached_{k}") for k in range(length)]
    _stand(group, furthest, outcome, length, counts)
    took = (outcome_at - reached[0]) // 1_000_000
    is_timed = (outcome_at != _UNKNOWN) & (reached[0] != _UNKNOWN)
    for code in range(len(OUTCOMES)):
        chosen = is_timed & (outcome == code)
        counts.timed[code] = counts.timed.get(code, 0) + int(chosen.sum())
        counts.seconds[code] = counts.seconds.get(code, 0) + int(took[chosen].sum())
    for k in range(length):
        for shift, tally in ((2 * k, counts.entered), (2 * k + 1, counts.back)):
            set_ = np.bincount(group, weights=(bits >> shift) & 1)
            for number in np.nonzero(set_)[0]:
                tally[int(number), k] = tally.get((int(number), k), 0) + int(set_[number])
    has_left = (outcome != OUTCOMES.index("open")) & (outcome != OUTCOMES.index("won"))
    gone_at = np.where(has_left, outcome_at, now)
    gone_as = np.where(has_left, LEFT, OPEN)
    for k in range(1, length):
        went_on = furthest >= k
        end = np.where(went_on, reached[k], gone_at)
        cause = np.where(went_on, ADVANCED, gone_as)
        skipped = went_on & ((bits >> 2 * (k - 1)) & 1 == 0) & (reached[k - 1] == reached[k])
        skipped &= reached[k] != _UNKNOWN
        step_cause = np.where(skipped, SKIPPED, cause)
        for overall, start, why, there in (
            (0, reached[k - 1], step_cause, furthest >= k - 1),
            (1, reached[0], cause, furthest >= 0),
        ):
            keys = _duration_keys(start, end, why, group)
            found = _counted(keys if there.all() else keys[there])
            counts.durations.setdefault((overall, k), []).append(found)


def _duration_keys(start: Ints, end: Ints, cause: Ints, group: Ints) -> Ints:
    """(group, hours + 1, cause) in one number; `unpacked` takes it apart again."""
    hours = np.maximum((end - start) // _HOUR, 0)
    hours[(start == _UNKNOWN) | (end == _UNKNOWN)] = _NO_HOURS
    keys: Ints = (group << 32) | ((hours + 1) << 2) | cause
    return keys


def unpacked(keys: Ints) -> tuple[Ints, NDArray[np.float64], Ints]:
    """The group, hours (NaN: unknown) and cause of packed keys."""
    hours = ((keys >> 2) & 0x3FFF_FFFF).astype(np.float64) - 1
    hours[hours == _NO_HOURS] = np.nan
    return keys >> 32, hours, keys & 3


def _counted(keys: Ints) -> tuple[Ints, Ints]:
    """The distinct keys and how often each occurs: by counting where they are dense."""
    if not len(keys):
        return keys, keys
    high = int(keys.max() >> 32) + 1
    span = int((keys & 0xFFFF_FFFF).max()) + 1
    if high * span > 8 * len(keys) + 1_000_000:
        distinct, leads = np.unique(keys, return_counts=True)
        return distinct, leads.astype(np.int64)
    dense = (keys >> 32) * span + (keys & 0xFFFF_FFFF)
    leads = np.bincount(dense, minlength=1)
    found = np.nonzero(leads)[0]
    return ((found // span) << 32) | (found % span), leads[found]


def _stand(group: Ints, furthest: Ints, outcome: Ints, length: int, counts: Counts) -> None:
    width = len(OUTCOMES)
    found = np.bincount((group * (length + 1) + furthest + 1) * width + outcome)
    for key in np.nonzero(found)[0].tolist():
        rest, code = divmod(key, width)
        number, stage = divmod(rest, length + 1)
        place = (number, stage - 1, code)
        counts.standing[place] = counts.standing.get(place, 0) + int(found[key])


def _groups(batch: pa.RecordBatch, numbers: dict[str | None, int]) -> Ints:
    if "group" not in batch.schema.names:
        numbers.setdefault("", 0)
        return np.zeros(batch.num_rows, np.int64)
    coded = batch["group"].dictionary_encode()
    here = [numbers.setdefault(name, len(numbers)) for name in coded.dictionary.to_pylist()]
    result: Ints = np.array(here, np.int64)[coded.indices.to_numpy()]
    return result


def _times(batch: pa.RecordBatch, name: str) -> Ints:
    column = batch[name].cast(pa.timestamp("us"))
    times: Ints = column.to_numpy(zero_copy_only=False).view(np.int64)
    return times


def _bit(flag: ir.BooleanValue, place: int) -> ir.Value:
    return ibis.ifelse(flag, 1 << place, 0)
