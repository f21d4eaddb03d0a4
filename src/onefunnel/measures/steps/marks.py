"""How a lead stands and where it has been, as small numbers: what is counted on every page.

Stages are bits of whole numbers, WORD stages to a number, so that a funnel of any length is a few
columns. In `marks_{k // WORD}`, bit k % WORD is set where the lead entered stage k; WORD further
on, where it fell back from it; and WORD further on, where it entered it and never with a date.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import ibis

from onefunnel.measures.steps.standing import OUTCOMES

if TYPE_CHECKING:
    import ibis.expr.types as ir

#: Stages in one whole number of 64 bits.
WORD = 20
#: Where the bits of a kind begin.
WENT, FELL, UNDATED = 0, WORD, 2 * WORD


def marks(length: int) -> list[str]:
    """The columns that hold the bits of that many stages."""
    return [f"marks_{word}" for word in range((length - 1) // WORD + 1)]


def marks_of(
    *,
    went: Sequence[ir.BooleanValue],
    fell: Sequence[ir.BooleanValue],
    undated: Sequence[ir.BooleanValue],
) -> dict[str, ir.Value]:
    """The bits, from three flags per stage, none of them NULL."""
    kinds = ((WENT, went), (FELL, fell), (UNDATED, undated))
    zero = ibis.literal(0, "int64")
    return {
        name: sum(
            (
                ibis.ifelse(flag, 1 << (begin + place), zero)
                for begin, flags in kinds
                for place, flag in enumerate(flags[word * WORD : (word + 1) * WORD])
            ),
            start=zero,
        ).cast("int64")
        for word, name in enumerate(marks(len(went)))
    }


def stands_of(outcome: ir.StringValue) -> ir.Value:
    """The outcome as its place in OUTCOMES."""
    return ibis.cases(*((outcome == name, i) for i, name in enumerate(OUTCOMES))).cast("int8")
