"""Durations as sorted whole numbers with how many leads each has: what counting adds up.

A key packs (place, hours + 1, cause), and hours -1 means unknown. A place is a group, or a group
and a stage.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
#: Distinct keys in order, and the leads of each.
Packed = tuple[Ints, Ints]

NO_HOURS = -1
#: The furthest stage of a lead that never was in one, and the place of what is left out.
NOWHERE = -1
NOTHING: Packed = (np.zeros(0, np.int64), np.zeros(0, np.int64))
_HOUR = 3600  # in seconds
_MOST_IN_PLACE = 1 << 21
_PLACE = 32
_LOW = (1 << _PLACE) - 1


class Spans:
    """Durations of single leads, counted as they come: added up in place where that is small."""

    def __init__(self, odd: int) -> None:
        self._odd = odd  # causes are `odd`, or `odd` + 2
        self._span = 1
        self._sums = np.zeros(0, np.int64)
        self._others: list[Packed] = []

    def add(self, place: Ints, seconds: Ints, is_second: NDArray[np.bool_] | None) -> None:
        """Count leads at places, in whole hours; negative seconds are unknown."""
        if not len(place):
            return
        low = seconds // _HOUR
        low += 1
        low <<= 1
        if is_second is not None:
            low |= is_second
        span, places = max(int(low.max()) + 1, self._span), int(place.max()) + 1
        if span * places > _MOST_IN_PLACE:
            self._others.append(_counted(place, low, None))
            return
        if span > self._span:
            rows = -(-len(self._sums) // self._span)
            before = np.zeros(rows * self._span, np.int64)
            before[: len(self._sums)] = self._sums
            wider = np.zeros((rows, span), np.int64)
            wider[:, : self._span] = before.reshape(rows, self._span)
            self._sums, self._span = wider.reshape(-1), span
        found = np.bincount(place * span + low)
        self._sums, found = sorted((self._sums, found), key=len, reverse=True)
        self._sums[: len(found)] += found

    def counted(self) -> Packed:
        """All of it."""
        found = np.nonzero(self._sums)[0]
        place, low = np.divmod(found, self._span)
        here = ((place << _PLACE) | low, self._sums[found])
        keys, leads = merged([here, *self._others])
        low = keys & _LOW
        return (keys >> _PLACE << _PLACE) | (low >> 1 << 2) | ((low & 1) << 1) | self._odd, leads


def unpacked(keys: Ints) -> tuple[Ints, NDArray[np.float64], Ints]:
    """The place, hours (NaN: unknown) and cause of packed keys."""
    hours = ((keys & _LOW) >> 2).astype(np.float64) - 1
    hours[hours == NO_HOURS] = np.nan
    return keys >> _PLACE, hours, keys & 3


def merged(parts: Sequence[Packed]) -> Packed:
    """Several counts as one."""
    if len(parts) < 2:
        return parts[0] if parts else NOTHING
    keys, leads = (np.concatenate(part) for part in zip(*parts, strict=True))
    return _counted(keys >> _PLACE, keys & _LOW, leads)


def moved(counted: Packed, place_of: Ints) -> Packed:
    """The counts at other places, NOWHERE for those to leave out."""
    keys, leads = counted
    place = place_of[keys >> _PLACE]
    kept = place != NOWHERE
    return _counted(place[kept], (keys & _LOW)[kept], leads[kept])


def by_stage(counted: Packed, length: int) -> list[Packed]:
    """Counts whose place is group * length + stage, taken apart: one per stage, placed by group."""
    keys, leads = counted
    group, stage = np.divmod(keys >> _PLACE, length)
    order = np.argsort(stage, kind="stable")
    keys = ((group << _PLACE) | (keys & _LOW))[order]
    bounds = np.searchsorted(stage[order], np.arange(length + 1))
    leads = leads[order]
    return [(keys[a:b], leads[a:b]) for a, b in pairwise(bounds)]


def _counted(place: Ints, low: Ints, leads: Ints | None) -> Packed:
    """Distinct keys and their sums: by adding up where keys are dense, else by sorting."""
    if not len(low):
        return NOTHING
    places, span = int(place.max()) + 1, int(low.max()) + 1
    if places * span > 8 * len(low) + 65_536:
        distinct, where = np.unique((place << _PLACE) | low, return_inverse=True)
        return distinct, np.bincount(where, weights=leads).astype(np.int64)
    sums = np.bincount(place * span + low if places > 1 else low, weights=leads)
    found = np.nonzero(sums)[0]
    high, rest = np.divmod(found, span)
    return (high << _PLACE) | rest, sums[found].astype(np.int64)
