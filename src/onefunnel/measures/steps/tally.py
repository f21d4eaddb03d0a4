"""Counts that came back from the engine, looked up by part, group and stage."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from onefunnel.measures.steps.groups import PERIODS
from onefunnel.measures.steps.shares import Durations

if TYPE_CHECKING:
    import ibis.expr.types as ir

#: More groups than this is a list, not a comparison.
MAX_GROUPS = 1000

_EMPTY = Durations(np.zeros(0), np.zeros(0, np.int64), np.zeros(0, np.int64))


class TooManyGroups(ValueError):
    """The column has too many different values to split by."""

    def __init__(self, count: int) -> None:
        super().__init__(
            f"this column has {count:,} different values; split by one with up to {MAX_GROUPS:,}"
        )


class Tally:
    """A counted table (part, group, stage, hours, cause, leads), run once and kept by key."""

    def __init__(self, counted: ir.Table) -> None:
        table = counted.to_pyarrow().combine_chunks()
        parts, groups = (
            table[name].combine_chunks().dictionary_encode() for name in ("part", "group")
        )
        self.groups: list[str] = groups.dictionary.to_pylist()
        if len(self.groups) > MAX_GROUPS:
            raise TooManyGroups(len(self.groups))
        stage = table["stage"].to_numpy()
        part_of, group_of = parts.indices.to_numpy(), groups.indices.to_numpy()
        order = np.lexsort((stage, group_of, part_of))
        columns = [table[name].to_numpy().astype(np.float64) for name in ("hours", "cause")]
        hours, cause = (column[order] for column in columns)
        leads = table["leads"].to_numpy()[order]
        keys = np.stack([part_of[order], group_of[order], stage[order]])
        starts = _starts(keys)
        names = parts.dictionary.to_pylist()
        self._rows: dict[tuple[str, str, int], Durations] = {}
        for start, end in zip(starts, [*starts[1:], len(order)], strict=True):
            key = (names[keys[0, start]], self.groups[keys[1, start]], int(keys[2, start]))
            whole_cause = np.nan_to_num(cause[start:end], nan=-1).astype(np.int64)
            self._rows[key] = Durations(hours[start:end], whole_cause, leads[start:end])

    def durations(self, part: str, group: str, stage: int) -> Durations:
        """The grouped rows of that key; no rows where nothing was counted."""
        return self._rows.get((part, group, stage), _EMPTY)

    def count(self, part: str, group: str, stage: int, *causes: int) -> int:
        """How many leads were counted there, with any cause or one of those named."""
        rows = self.durations(part, group, stage)
        return rows.count(*causes) if causes else int(rows.leads.sum())

    def in_order(self, by: str | None, size: dict[str, int]) -> list[str]:
        """The groups as people want to read them: periods by time, others by size."""
        if by in (*PERIODS, "quarter"):
            return sorted(self.groups)
        return sorted(self.groups, key=lambda group: (-size.get(group, 0), group))


def _starts(keys: NDArray[np.int64]) -> list[int]:
    if not keys.shape[1]:
        return []
    changes = np.any(keys[:, 1:] != keys[:, :-1], axis=0)
    return [0, *(np.nonzero(changes)[0] + 1).tolist()]
