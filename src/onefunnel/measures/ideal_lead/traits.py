"""The plain traits that a lead can have: is, is at least, is yes, is not known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from math import floor, log10
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from onefunnel.facts.sql_text import identifier, literal
from onefunnel.measures.ideal_lead.sample import Bools, Sample

#: A trait that fewer leads have, or lack, says too little: a share of them, and a number.
_RAREST, _FEWEST = 0.01, 20
_MOST_VALUES = 40
_CUTS = np.arange(0.05, 0.96, 0.05)
_NAMED = (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 7.5, 8.0, 10.0)
#: Definitions hold numbers up to this.
_LARGEST = 1e15


@dataclass(frozen=True)
class Trait:
    """One thing that is so of a lead, or not: its column, the test, and against what."""

    column: str
    test: Literal["is", "at least", "yes", "unknown"]
    value: str | int | Decimal | None = None

    @property
    def condition(self) -> str:
        """The trait as a definition has it."""
        name = self.column if self.column.isidentifier() and self.column.islower() else (
            identifier(self.column)
        )  # fmt: skip
        match self.test:
            case "is":
                return f"{name} = {literal(self.value)}"
            case "at least":
                return f"{name} >= {self.value}"
            case "yes":
                return f"{name} = TRUE"
            case "unknown":
                return f"{name} IS NULL"

    def holds(self, sample: Sample) -> Bools:
        """Of which leads it is so."""
        column = sample.columns[self.column]
        match self.test:
            case "unknown":
                return ~column.known
            case "is":
                return np.asarray(column.known & (column.values == self.value), dtype=bool)
            case "at least":
                least = float(str(self.value))
                return np.asarray(column.known & (column.values >= least), dtype=bool)
            case "yes":
                return np.asarray(column.known & column.values.astype(bool), dtype=bool)


def candidates(sample: Sample, columns: Iterable[str]) -> list[Trait]:
    """The traits of these columns that enough leads have and enough lack."""
    fewest = max(_RAREST * len(sample), _FEWEST)
    found: list[Trait] = []
    for name in columns:
        seen: list[Bools] = []
        for trait in _of(sample, name):
            holds = trait.holds(sample)
            many = int(holds.sum())
            is_new = not any((holds == other).all() for other in seen)
            if fewest <= many <= len(sample) - fewest and is_new:
                seen.append(holds)
                found.append(trait)
    return found


def matrix(sample: Sample, traits: Iterable[Trait]) -> NDArray[np.float32]:
    """A row per lead, a column per trait: 1 where it is so."""
    masks = [trait.holds(sample) for trait in traits]
    if not masks:
        return np.zeros((len(sample), 0), dtype=np.float32)
    return np.column_stack(masks).astype(np.float32)


def _of(sample: Sample, name: str) -> list[Trait]:
    column = sample.columns[name]
    unknown = Trait(name, "unknown")
    if column.type == "flag":
        return [Trait(name, "yes"), unknown]
    if column.type == "text":
        values, counts = np.unique(column.values[column.known].astype(str), return_counts=True)
        most = np.argsort(-counts, kind="stable")[:_MOST_VALUES]
        return [*(Trait(name, "is", str(values[at])) for at in most), unknown]
    if column.type in ("int", "number", "money") and column.known.any():
        values = column.values[column.known]
        cuts = {_plain(float(at), column.type == "int") for at in np.quantile(values, _CUTS)}
        least = float(values.min())
        above = sorted(cut for cut in cuts if float(cut) > least)
        return [*(Trait(name, "at least", cut) for cut in above), unknown]
    return [unknown]


def _plain(value: float, is_whole: bool) -> int | Decimal:
    """The nearest number that people would name: 150, 200, 250, not 187."""
    if value == 0 or not abs(value) < _LARGEST:
        return 0
    size = 10.0 ** floor(log10(abs(value)))
    nearest = min((one * size for one in _NAMED), key=lambda one: abs(one - abs(value)))
    named = nearest if value > 0 else -nearest
    if is_whole or size >= 10:
        return round(named)
    return Decimal(f"{named:.6f}").normalize() + Decimal(0)
