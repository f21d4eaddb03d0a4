"""Nobody learns a person's name or address by asking for numbers about it."""

from __future__ import annotations

from dataclasses import replace

from onefunnel.agreement.predicates.tokens import names_in
from onefunnel.facts.personal import scrubbed_finding
from onefunnel.measures.result import Result
from onefunnel.server.measure.asking import Asked, BadQuestion
from onefunnel.server.people.hiding import Hiding


def permitted(question: Asked, hiding: Hiding) -> Asked:
    """The question, where the person may ask it: splitting or selecting by personal data shows it.

    Columns are found by the reader that runs the condition, whatever the quotes, and compared as
    it compares them: by name, whatever the case and the table.

    Raises BadQuestion naming the column; PredicateError where the condition cannot be read.
    """
    if hiding.sees_all:
        return question
    scope = question.scope
    asked = {scope.by, scope.by.rpartition(".")[2]} if scope.by else set()
    if scope.where and scope.where.strip():
        asked |= names_in(scope.where)
    names = {column.partition(".")[2].casefold() for column in hiding.columns}
    names |= {column.casefold() for column in hiding.columns}
    if hidden := sorted({name.casefold() for name in asked} & names):
        raise BadQuestion(
            f"{hidden[0]} holds personal data, which your role does not see. Split or select by "
            "another column, or ask an owner for the right."
        )
    return question


def as_seen(result: Result, hiding: Hiding) -> Result:
    """The result with its findings as the reader may see them: they quote what is in the data."""
    if hiding.sees_all:
        return result
    findings = tuple(scrubbed_finding(found, hiding.columns) for found in result.findings)
    return replace(result, findings=findings)
