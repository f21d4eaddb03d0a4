"""The counts of a cohort, run and kept by group and stage."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from onefunnel.measures.steps.counting import Counts, count, needed
from onefunnel.measures.steps.groups import in_order
from onefunnel.measures.steps.packed import NOWHERE, Packed, unpacked
from onefunnel.measures.steps.path import Path
from onefunnel.measures.steps.run import batches
from onefunnel.measures.steps.shares import Durations
from onefunnel.measures.steps.standing import OUTCOMES

if TYPE_CHECKING:
    import ibis.expr.types as ir

#: More groups than this is a list, not a comparison.
MAX_GROUPS = 1000

_NO_ROWS = Durations(np.zeros(0), np.zeros(0, np.int64), np.zeros(0, np.int64))


class TooManyGroups(ValueError):
    """The column has too many different values to split by."""

    def __init__(self, count: int, by: str) -> None:
        super().__init__(
            f"column {by!r} has {count:,} different values, more than a comparison can show; split "
            f"by a column with up to {MAX_GROUPS:,}, or look at fewer leads (a period, a segment)"
        )


def check_groups(values: ir.Column, by: str) -> None:
    """Raises TooManyGroups where a column has more values than a comparison can show: before the
    work is done that would be in vain."""
    count = int(values.nunique().to_pyarrow().as_py())
    if count > MAX_GROUPS:
        raise TooManyGroups(count, by)


class Tally:
    """How the leads of a cohort stand, and how long their steps took.

    `leads` are as `cohort` gives them. Numbers of groups are those that are there; a group, stage
    or outcome that nobody is in counts 0.
    """

    def __init__(
        self,
        leads: ir.Table,
        path: Path,
        as_of: datetime | None,
        *,
        by: str | None = None,
        most: int = MAX_GROUPS,
    ) -> None:
        self.by = by or "group"
        self._keep(count(batches(needed(leads, path)), path, as_of, most), path, most)

    def regrouped(self, name_of: Mapping[str, str], path: Path) -> Tally:
        """The tally of the named groups under other names, those of one new name added up."""
        part = object.__new__(Tally)
        part.by = self.by
        part._keep(self._counts.regrouped(name_of), path, MAX_GROUPS)
        return part

    def _keep(self, counts: Counts, path: Path, most: int) -> None:
        self.length = path.length
        self.groups = sorted(counts.groups)
        if len(self.groups) > most:
            raise TooManyGroups(len(self.groups), self.by)
        self._number = counts.groups
        self._counts = counts
        self._standing: defaultdict[tuple[int, int], Counter[str]] = defaultdict(Counter)
        for (group, stage, outcome), leads in counts.standing.items():
            self._standing[group, stage][OUTCOMES[outcome]] += leads
        self._durations = {key: _by_group(found) for key, found in counts.durations.items()}

    def standing(self, group: str, stage: int | None, *outcomes: str) -> int:
        """Leads of the group whose furthest stage this is (None: never in one), by how they stand;
        all of them where no outcome is named."""
        counted = self._standing[self._number[group], NOWHERE if stage is None else stage]
        return sum(counted[outcome] for outcome in outcomes) if outcomes else counted.total()

    def reached(self, group: str, stage: int) -> int:
        """Leads of the group that reached this stage at least."""
        return sum(self.standing(group, later) for later in range(stage, self.length))

    def entered(self, group: str, stage: int) -> int:
        """Leads of the group with an entry of their own into this stage."""
        return self._counts.entered.get((self._number[group], stage), 0)

    def went_back(self, group: str, stage: int) -> int:
        """Leads of the group that fell back from this stage at least once."""
        return self._counts.back.get((self._number[group], stage), 0)

    def ended(self, outcome: str) -> int:
        """Leads of all groups that stand so."""
        stages = range(self.length)
        return sum(
            self.standing(group, stage, outcome) for group in self.groups for stage in stages
        )

    @property
    def leads(self) -> int:
        """All leads that were ever in a stage of the agreement."""
        return sum(self.reached(group, 0) for group in self.groups)

    @property
    def never_in_a_stage(self) -> int:
        return sum(self.standing(group, None) for group in self.groups)

    def mean_days(self, outcome: str) -> float | None:
        """Mean days from entering to the outcome, of the leads with both times."""
        code = OUTCOMES.index(outcome)
        timed, seconds = (
            sum(found.get((number, code), 0) for number in self._number.values())
            for found in (self._counts.timed, self._counts.seconds)
        )
        return seconds / timed / 86_400 if timed else None

    def step(self, group: str, stage: int) -> Durations:
        """From reaching the stage before to reaching this one."""
        return self._took(0, group, stage)

    def overall(self, group: str, stage: int) -> Durations:
        """From entering the funnel to reaching this stage."""
        return self._took(1, group, stage)

    def _took(self, overall: int, group: str, stage: int) -> Durations:
        return self._durations.get((overall, stage), {}).get(self._number[group], _NO_ROWS)

    def in_order(self, by: str | None) -> list[str]:
        """The groups as people want to read them: periods by time, others by size."""
        return in_order({group: self.reached(group, 0) for group in self.groups}, by)


def _by_group(found: Packed) -> dict[int, Durations]:
    """Packed durations taken apart by group; the keys are in order."""
    keys, leads = found
    group, hours, cause = unpacked(keys)
    starts = np.nonzero(np.diff(group, prepend=-1))[0]
    bounds = [*starts.tolist(), len(group)]
    return {
        int(group[a]): Durations(hours[a:b], cause[a:b], leads[a:b]) for a, b in pairwise(bounds)
    }
