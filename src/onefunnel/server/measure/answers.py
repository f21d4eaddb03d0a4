"""Answers of the catalogue over the current basis, each computed once."""

from __future__ import annotations

from onefunnel.charts.chart import Chart
from onefunnel.charts.chart_for import chart_for
from onefunnel.measures.catalogue import compute_measure
from onefunnel.measures.result import Result
from onefunnel.server.measure.asking import Asked
from onefunnel.server.measure.periods import Calendar
from onefunnel.server.run.basis import Basis
from onefunnel.server.run.kept import Kept

_answers = Kept(256)


def calendar_of(basis: Basis) -> Calendar:
    """Where days and quarters begin."""
    return Calendar(basis.zone, basis.fiscal_year_starts)


def answer(name: str, basis: Basis, question: Asked) -> Result:
    """A measure's result, computed once per data version, agreement and scope."""
    key = ("answer", name, basis.version, basis.agreement.digest, question.scope)
    return _answers.get(
        key, lambda: compute_measure(name, basis.facts, basis.agreement, question.scope)
    )


def drawing(result: Result, basis: Basis, question: Asked) -> Chart:
    """The chart of a result."""
    key = ("chart", result.measure, basis.version, basis.agreement.digest, question.scope)
    return _answers.get(key, lambda: chart_for(result, basis.agreement))
