"""A predicate: one definition, checked once, rendered three ways."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from onefunnel.agreement.predicates import tree
from onefunnel.agreement.predicates.closures import TruthOf, truth_of
from onefunnel.agreement.predicates.errors import PredicateError
from onefunnel.agreement.predicates.ibis_filter import filter_of
from onefunnel.agreement.predicates.sentence import Speaker

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["Predicate", "PredicateError"]


class Predicate:
    """A checked condition over the columns of one row; make one with `parse`.

    Truth has three values, as in SQL: a comparison with a value that is not known is unknown, and
    an unknown whole counts as not satisfied, in the filter and on one record alike.
    """

    def __init__(self, text: str, truth: tree.Truth, spoken: Mapping[str, str]) -> None:
        self.text = text
        self.tree = truth
        self.columns: frozenset[str] = frozenset(
            node.name for node in tree.walk(truth) if isinstance(node, tree.Column)
        )
        self._spoken = {name: spoken[name] for name in self.columns}
        self._speaker = Speaker(self._spoken)
        self._truth = truth_of(truth)

    def filter(self, table: ir.Table) -> ir.BooleanValue:
        """The condition as an Ibis boolean over `table`; a NULL truth counts as False.

        Raises:
            KeyError: the table lacks a column of the predicate, or has it with another type.
        """
        return filter_of(self.tree, table)

    def matches(self, record: Mapping[str, Any]) -> bool:
        """Whether one record satisfies it; an unknown truth counts as False.

        Raises:
            WrongValueError: the record holds a value that its column's type does not allow.
        """
        return self._truth(record) is True

    def sentence(self) -> str:
        """The condition in plain English."""
        return self._speaker.sentence(self.tree)

    def explain(self, record: Mapping[str, Any]) -> tuple[tuple[str, bool | None], ...]:
        """Each clause as a sentence with its truth for this record (None = unknown).

        Clauses are the conditions joined by AND and OR, in the order they are written.
        """
        return tuple((said, truth(record)) for said, truth in self._clauses)

    def conditions(
        self, record: Mapping[str, Any]
    ) -> tuple[tuple[str, bool | None, frozenset[str]], ...]:
        """What has to hold at once: each condition, its truth for this record, its columns.

        Conditions are the parts joined by AND at the top; alternatives are one condition.
        """
        return tuple((said, truth(record), columns) for said, truth, columns in self._conditions)

    def spoken(self, column: str) -> str:
        """How sentences call a column of this predicate."""
        return self._spoken[column]

    @cached_property
    def _conditions(self) -> tuple[tuple[str, TruthOf, frozenset[str]], ...]:
        parts = self.tree.parts if isinstance(self.tree, tree.And) else (self.tree,)
        return tuple(
            (
                self._speaker.sentence(part),
                truth_of(part),
                frozenset(node.name for node in tree.walk(part) if isinstance(node, tree.Column)),
            )
            for part in parts
        )

    @cached_property
    def _clauses(self) -> tuple[tuple[str, TruthOf], ...]:
        return tuple(
            (self._speaker.sentence(clause), truth_of(clause)) for clause in tree.clauses(self.tree)
        )

    def __eq__(self, other: object) -> bool:
        """Whether the other says the same, however it is spelled."""
        return isinstance(other, Predicate) and self.tree == other.tree

    def __hash__(self) -> int:
        return hash(self.tree)

    def __repr__(self) -> str:
        return f"Predicate({self.text!r})"
