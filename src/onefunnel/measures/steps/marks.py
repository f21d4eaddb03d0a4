"""How a lead stands and where it has been, as small numbers: what is counted on every page.

Stages are bits of whole numbers, WORD stages to a number, so that a funnel of any length is a few
columns: bit k % WORD of `went_{k // WORD}` is set where the lead entered stage k.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import ibis

from onefunnel.measures.steps.standing import OUTCOMES

if TYPE_CHECKING:
    import ibis.expr.types as ir

#: Stages in one whole number of 64 bits.
WORD = 62

#: went: entered; fell: gone back from; undated: entered, and never with a date.
KINDS = ("went", "fell", "undated")


def words(length: int) -> range:
    """The numbers of the words that hold that many stages."""
    return range((length - 1) // WORD + 1)


def words_of(**flags: Sequence[ir.BooleanValue]) -> dict[str, ir.Value]:
    """The bits of every kind, from one flag per stage, none of them NULL."""
    return {
        f"{kind}_{start // WORD}": _word(of_kind[start : start + WORD])
        for kind, of_kind in flags.items()
        for start in range(0, len(of_kind), WORD)
    }


def _word(flags: Sequence[ir.BooleanValue]) -> ir.Value:
    zero = ibis.literal(0, "int64")
    bits = [ibis.ifelse(flag, 1 << place, zero) for place, flag in enumerate(flags)]
    return sum(bits, start=zero).cast("int64")


def stands_of(outcome: ir.StringValue) -> ir.Value:
    """The outcome as its place in OUTCOMES."""
    return ibis.cases(*((outcome == name, i) for i, name in enumerate(OUTCOMES))).cast("int8")
