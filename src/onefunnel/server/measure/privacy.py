"""Nobody learns a person's name or address by asking for numbers about it."""

from __future__ import annotations

import re
from dataclasses import replace

from onefunnel.facts.personal import scrubbed_finding
from onefunnel.measures.result import Result
from onefunnel.server.measure.asking import Asked, BadQuestion
from onefunnel.server.people.hiding import Hiding

_TEXTS = re.compile(r"'(?:[^']|'')*'")
_WORDS = re.compile(r'"((?:[^"]|"")*)"|(\w+)')


def permitted(question: Asked, hiding: Hiding) -> Asked:
    """The question, where the person may ask it: splitting or selecting by personal data shows it.

    Raises BadQuestion naming the column.
    """
    if hiding.sees_all:
        return question
    scope = question.scope
    asked = {scope.by.lower(), scope.by.rpartition(".")[2].lower()} if scope.by else set()
    for quoted, word in _WORDS.findall(_TEXTS.sub(" ", scope.where or "")):
        asked.add((quoted.replace('""', '"') or word).lower())
    names = {column.partition(".")[2].lower() for column in hiding.columns} | hiding.columns
    if hidden := sorted(asked & names):
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
