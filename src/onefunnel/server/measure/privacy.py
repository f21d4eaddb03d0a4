"""Nobody learns a person's name or address by asking for numbers about it."""

from __future__ import annotations

import re

from onefunnel.facts.tables import TABLES
from onefunnel.server.measure.asking import Asked, BadQuestion
from onefunnel.server.people.models import Person
from onefunnel.server.people.rules import may

#: Declared columns that hold data about a person.
PERSONAL = frozenset(
    column.name for table in TABLES.values() for column in table.columns if column.personal
)
_TEXTS = re.compile(r"'(?:[^']|'')*'")
_WORDS = re.compile(r"[A-Za-z_]\w*")


def permitted(question: Asked, person: Person) -> Asked:
    """The question, where the person may ask it: splitting or selecting by personal data shows it.

    Raises BadQuestion naming the column.
    """
    scope = question.scope
    asked = {scope.by.rpartition(".")[2].lower()} if scope.by else set()
    asked |= {word.lower() for word in _WORDS.findall(_TEXTS.sub(" ", scope.where or ""))}
    hidden = sorted(asked & PERSONAL)
    if hidden and not may(person, "see personal data"):
        raise BadQuestion(
            f"{hidden[0]} holds personal data, which your role does not see. Split or select by "
            "another column, or ask an owner for the right."
        )
    return question
