"""The agreement's stages as numbers: which state does a move put its lead into?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import ibis

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.predicates.parse import parse
from onefunnel.agreement.predicates.predicate import Predicate
from onefunnel.agreement.predicates.table_columns import columns_of
from onefunnel.agreement.stage import Stage

if TYPE_CHECKING:
    import ibis.expr.types as ir

#: How a lead can have ended, besides being open.
OUTCOMES = ("won", "lost", "disqualified", "recycled")


class NoSuccessPath(ValueError):
    """The agreement names no stage a lead could reach, or none that can be measured."""

    def __init__(self) -> None:
        super().__init__(
            "the agreement has no stage of kind open or won, so there is no funnel to measure; "
            "add the stages a lead goes through"
        )


#: Stages, detours included, that one funnel can have: more of them is a column of free text.
#: What one question asks of the engine grows with the square of it.
MOST_STAGES = 250


class TooManyStages(NoSuccessPath):
    """The agreement names more stages than a funnel can have."""

    def __init__(self, count: int) -> None:
        ValueError.__init__(
            self,
            f"the agreement has {count:,} stages, and a funnel of more than {MOST_STAGES} cannot "
            "be measured; join stages that mean the same, or leave out those nobody asks about",
        )


@dataclass(frozen=True)
class Path:
    """The states of a lead: 0 .. k-1 are the success stages in order, k and up the detours."""

    agreement: Agreement

    def __post_init__(self) -> None:
        if not self.agreement.success_path:
            raise NoSuccessPath
        if self.width > MOST_STAGES:
            raise TooManyStages(self.width)

    @cached_property
    def stages(self) -> tuple[str, ...]:
        """The names of the success stages, in order."""
        return tuple(stage.name for stage in self.agreement.success_path)

    @cached_property
    def detours(self) -> tuple[Stage, ...]:
        return self.agreement.detours

    @property
    def length(self) -> int:
        return len(self.stages)

    @property
    def width(self) -> int:
        """How many states there are, detours included."""
        return len(self.agreement.success_path) + len(self.agreement.detours)

    @cached_property
    def won(self) -> int:
        """The success stage at which a lead is won; the last one where none is of kind won."""
        kinds = [stage.kind for stage in self.agreement.success_path]
        return kinds.index("won") if "won" in kinds else len(kinds) - 1

    @cached_property
    def names(self) -> dict[int, str]:
        """The name of every state."""
        return dict(enumerate((*self.stages, *(stage.name for stage in self.detours))))

    @cached_property
    def ends(self) -> tuple[str, ...]:
        """The kinds of end this agreement knows besides won: lost, and others where defined."""
        kinds = {stage.kind for stage in self.detours}
        return tuple(kind for kind in OUTCOMES if kind in kinds or kind == "lost")

    @cached_property
    def outcomes(self) -> dict[int, str]:
        """What a lead in each state is: open, won, lost, disqualified or recycled."""
        success = {k: "won" if k >= self.won else "open" for k in range(self.length)}
        return success | {self.length + d: stage.kind for d, stage in enumerate(self.detours)}

    def is_at(self, stage: str) -> int:
        """The state of the stage of that name; KeyError where the agreement has none."""
        for state, name in self.names.items():
            if name == stage:
                return state
        raise KeyError(
            f"the agreement has no stage {stage!r}; it has {', '.join(self.names.values())}"
        )

    def with_state(self, moves: ir.Table, leads: ir.Table | None) -> ir.Table:
        """The moves with `state`: the stage each one enters, NULL where it enters none.

        A move enters one stage: the first detour whose `when` it meets, else the furthest success
        stage whose `when` it meets. A definition may use columns of moves and of leads; leads are
        joined only where one does. On a clash of names the move's column counts.
        """
        columns = columns_of(moves) if leads is None else columns_of(moves, leads)
        order = [self.length + d for d in range(len(self.detours))]
        order += list(range(self.length - 1, -1, -1))
        by_state = {k: stage.when for k, stage in enumerate(self.agreement.success_path)}
        by_state |= {self.length + d: stage.when for d, stage in enumerate(self.detours)}
        rules = {k: parse(by_state[k], columns) for k in order if by_state[k].strip()}
        joined = _with_lead_columns(moves, leads, rules)
        branches = [(rule.filter(joined), ibis.literal(k, "int16")) for k, rule in rules.items()]
        state = ibis.cases(*branches) if branches else ibis.null("int16")
        return joined.mutate(state=state)


def _with_lead_columns(
    moves: ir.Table, leads: ir.Table | None, rules: Mapping[int, Predicate]
) -> ir.Table:
    used = frozenset().union(*(rule.columns for rule in rules.values())) - set(moves.columns)
    if not used or leads is None:
        return moves
    wanted = leads.select("lead_id", *sorted(used)).rename(_lead="lead_id")
    return moves.left_join(wanted, moves.lead_id == wanted["_lead"]).drop("_lead")
