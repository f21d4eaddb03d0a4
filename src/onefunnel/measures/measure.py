"""What one measure of the catalogue is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from onefunnel.agreement.document import Agreement
from onefunnel.facts.store import Facts
from onefunnel.measures.figures import Figures
from onefunnel.measures.result import Records
from onefunnel.measures.scope import Scope

Compute = Callable[[Facts, Agreement, Scope], Figures]
List = Callable[[Facts, Agreement, Scope, str, Mapping[str, str]], Records]


@dataclass(frozen=True)
class Measure:
    """One measure: what it answers, in what unit, per what, by which formula, from which facts.

    `term` is its word in the glossary; `needs` names the standard tables it cannot do without;
    `honours` names the parts of a scope that its figures follow (see `honoured`).
    `splits`: the only columns it can be split by, where those are few. `compute` gives the figures;
    `records` gives the list behind one of them.
    """

    name: str
    question: str
    unit: str
    grain: str
    formula: str
    term: str
    needs: tuple[str, ...]
    honours: frozenset[str]
    compute: Compute
    records: List
    splits: frozenset[str] = frozenset()
