"""Why a lead is in its stage: the agreement's definition, clause by clause."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from onefunnel.agreement import qualify
from onefunnel.agreement.predicates.errors import PredicateError
from onefunnel.agreement.predicates.parse import parse
from onefunnel.agreement.predicates.table_columns import columns_of
from onefunnel.agreement.stage import Stage
from onefunnel.server.agree.basis import Basis

Row = Mapping[str, object]


@dataclass(frozen=True)
class Clause:
    """One clause in words, and whether it holds for the lead (None: not known)."""

    words: str
    holds: bool | None

    @property
    def answer(self) -> str:
        return "not known" if self.holds is None else "yes" if self.holds else "no"


@dataclass(frozen=True)
class Reason:
    """A stage, what it means, and how the lead stands against each clause of its definition."""

    stage: Stage
    sentence: str
    clauses: tuple[Clause, ...]


def why(basis: Basis, stage_name: str, lead: Row, move: Row | None) -> Reason | None:
    """The definition of a stage applied to the move that entered it, joined with the lead.

    None where the agreement has no such stage, or its definition cannot be read against the
    columns at hand.
    """
    stage = next((one for one in basis.agreement.stages if one.name == stage_name), None)
    if stage is None or not stage.when or "moves" not in basis.facts:
        return None
    tables = [basis.facts[name] for name in ("moves", "leads") if name in basis.facts]
    try:
        predicate = parse(stage.when, columns_of(*tables))
        record = {**lead, **(move or {})}
        clauses = predicate.explain({name: record.get(name) for name in predicate.columns})
    except (PredicateError, KeyError, ValueError):
        return None
    return Reason(
        stage=stage,
        sentence=predicate.sentence(),
        clauses=tuple(Clause(words, holds) for words, holds in clauses),
    )


def said_of(stage: Stage | None, clauses: Iterable[qualify.Clause]) -> Reason | None:
    """A definition that was put to a lead already, as pages show it."""
    lines = tuple(Clause(one.words, one.holds) for one in clauses)
    if stage is None or not lines:
        return None
    return Reason(stage, "; ".join(one.words for one in lines), lines)


def entered_by(basis: Basis, stage_name: str, lead: Row, moves: list[Row]) -> Row | None:
    """The latest move that satisfies the stage's definition; None where none does."""
    stage = next((one for one in basis.agreement.stages if one.name == stage_name), None)
    if stage is None or not stage.when:
        return None
    tables = [basis.facts[name] for name in ("moves", "leads") if name in basis.facts]
    try:
        predicate = parse(stage.when, columns_of(*tables))
        for move in reversed(moves):
            record = {**lead, **move}
            if predicate.matches({name: record.get(name) for name in predicate.columns}):
                return move
    except (PredicateError, KeyError, ValueError):
        return None
    return None


def next_stage(basis: Basis, stage_name: str) -> Stage | None:
    """The stage of the success path after this one."""
    path = basis.agreement.success_path
    for place, stage in enumerate(path[:-1]):
        if stage.name == stage_name:
            return path[place + 1]
    return None
