"""Answers of the catalogue over the current basis, each computed once."""

from __future__ import annotations

from dataclasses import replace

from onefunnel.charts import speed
from onefunnel.charts.chart import Chart
from onefunnel.charts.chart_for import CHARTS, chart_for
from onefunnel.measures.catalogue import compute_measure
from onefunnel.measures.result import Result
from onefunnel.server.agree.basis import Basis
from onefunnel.server.measure.asking import Asked
from onefunnel.server.measure.naming_nobody import check_names_nobody
from onefunnel.server.measure.periods import Calendar
from onefunnel.server.warehouse.kept import Kept

_answers = Kept(256)


def calendar_of(basis: Basis) -> Calendar:
    """Where days and quarters begin."""
    return Calendar(basis.zone, basis.fiscal_year_starts)


def answer(name: str, basis: Basis, question: Asked) -> Result:
    """A measure's result, computed once per data version, agreement and scope."""
    key = ("answer", name, basis.version, *_under(basis), question.scope)

    def made() -> Result:
        check_names_nobody(name, question.scope, basis.facts)
        return compute_measure(name, basis.facts, basis.agreement, question.scope)

    return _answers.get(key, made)


def _under(basis: Basis) -> tuple[str, bool]:
    """What is agreed, and whether it is signed: a signature changes no word, but what is told."""
    return basis.agreement.digest, basis.agreement.is_agreed


def drawing(result: Result, basis: Basis, question: Asked) -> Chart | None:
    """The chart of a result, if it has one. Speed shows the period before too, if one is asked."""
    if result.measure not in CHARTS:
        return None
    key = ("chart", result.measure, basis.version, *_under(basis), question.scope)
    return _answers.get(key, lambda: _drawn(result, basis, question))


def _drawn(result: Result, basis: Basis, question: Asked) -> Chart:
    scope = question.scope
    if result.measure != "velocity" or scope.since is None or scope.until is None:
        return chart_for(result, basis.agreement)
    earlier = replace(scope, since=scope.since - (scope.until - scope.since), until=scope.since)
    before = answer("velocity", basis, replace(question, scope=earlier))
    return speed.chart(result, basis.agreement, before)
