"""The one list of measures: pages, API, command line, notebook and reports all read it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.propose import propose
from onefunnel.facts.store import Facts
from onefunnel.measures import stages
from onefunnel.measures.figures import Figures
from onefunnel.measures.result import AgreementRef, Records, Result
from onefunnel.measures.scope import Scope
from onefunnel.measures.steps.cohort import as_of_data

Compute = Callable[[Facts, Agreement, Scope], Figures]
List = Callable[[Facts, Agreement, Scope, str, Mapping[str, str]], Records]


@dataclass(frozen=True)
class Measure:
    """One measure: what it answers, in what unit, per what, by which formula, from which facts.

    `term` is its word in the glossary; `needs` names the standard tables it cannot do without.
    `compute` gives the figures; `records` gives the list behind one of them.
    """

    name: str
    question: str
    unit: str
    grain: str
    formula: str
    term: str
    needs: tuple[str, ...]
    compute: Compute
    records: List


#: Every measure by name, in the order people meet them.
MEASURES: dict[str, Measure] = {
    measure.name: measure
    for measure in (
        Measure(
            name="stages",
            question="Where do leads go on, and where are they lost?",
            unit="leads, shares and days",
            grain="one row per stage of the success path, and per group where one is chosen",
            formula=(
                "step share = Aalen-Johansen share of the leads at the stage before that go on; "
                "open leads are censored, leaving competes"
            ),
            term="step conversion",
            needs=("moves",),
            compute=stages.compute,
            records=stages.records,
        ),
    )
}


class UnknownMeasure(LookupError):
    """There is no measure of that name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"there is no measure {name!r}; there are {', '.join(MEASURES)}")


def compute_measure(
    name: str, facts: Facts, agreement: Agreement | None = None, scope: Scope | None = None
) -> Result:
    """Compute one measure.

    Without an agreement one is proposed from the data, and the result says "not agreed". Without
    `as_of` the moment of looking is the data's own time.

    Raises:
        UnknownMeasure; MissingFacts where a table it needs is not there; PredicateError for a bad
        `where`; UnknownGroup and TooManyGroups for a `by` that cannot be used.
    """
    measure = _measure(name)
    _check_needs(measure, facts)
    used = agreement if agreement is not None else propose(facts)
    asked = as_of_data(facts, scope or Scope())
    figures = measure.compute(facts, used, asked)
    notes = figures.notes
    if not used.is_agreed:
        notes = (*notes, _NOT_AGREED if agreement is None else _NOT_SIGNED)
    return Result(
        measure=name,
        question=measure.question,
        as_of=asked.as_of,
        agreement=AgreementRef(used.version, used.digest, used.is_agreed),
        scope=asked,
        columns=figures.columns,
        rows=figures.rows,
        sentence=figures.sentence,
        totals=figures.totals,
        findings=(*facts.findings, *figures.findings),
        notes=notes,
    )


def records_of(
    name: str,
    facts: Facts,
    agreement: Agreement | None,
    scope: Scope | None,
    figure: str,
    row: Mapping[str, str],
) -> Records:
    """The list behind one figure: as many rows as the figure counts, or summing to it.

    `row` names the row by its keys, for example {"stage": "Won", "source": "Web"}; an empty row
    means the totals. Raises UnknownFigure where a figure has no list (a share, a median).
    """
    measure = _measure(name)
    _check_needs(measure, facts)
    used = agreement if agreement is not None else propose(facts)
    return measure.records(facts, used, as_of_data(facts, scope or Scope()), figure, row)


_NOT_AGREED = (
    "Not agreed: the stages are proposed from the data. Marketing and sales can agree them."
)
_NOT_SIGNED = "Not agreed: this agreement has not been signed by both teams."


def _measure(name: str) -> Measure:
    try:
        return MEASURES[name]
    except KeyError:
        raise UnknownMeasure(name) from None


def _check_needs(measure: Measure, facts: Facts) -> None:
    for table in measure.needs:
        facts[table]  # raises MissingFacts, which says what to import
