"""From the text of a definition to a predicate."""

from __future__ import annotations

from collections.abc import Mapping

from onefunnel.agreement.predicates.predicate import Predicate
from onefunnel.agreement.predicates.reading import read
from onefunnel.agreement.predicates.sentence import phrases
from onefunnel.facts.declaration import Type


def parse(text: str, columns: Mapping[str, Type]) -> Predicate:
    """Read SQL boolean text against columns of known types.

    Allowed: comparisons, AND, OR, NOT, IN (list), BETWEEN, IS NULL, IS TRUE, LIKE, ILIKE, + - *
    and the functions in `functions.FUNCTIONS`. Texts stand in single quotes, times as
    '2024-05-31' or '2024-05-31 09:30' (UTC). Column names may be written in any case.

        >>> parse("country IN ('UK', 'Ireland')", {"country": "text"}).sentence()
        'the country is one of UK, Ireland'

    Raises:
        PredicateError: where it is, what is wrong and what to write instead.
    """
    return Predicate(text, read(text, columns), phrases(columns))
