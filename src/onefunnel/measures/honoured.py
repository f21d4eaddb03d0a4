"""Which parts of a question does a measure honour? The others are named, never dropped silently."""

from __future__ import annotations

from collections.abc import Mapping

from onefunnel.measures.scope import Scope

#: Parts of a question that a measure may honour; `as_of` is honoured by all of them.
BY, WHERE, PERIOD, READING, WINDOW = "by", "where", "period", "reading", "within_days"
PARTS = frozenset({BY, WHERE, PERIOD, READING, WINDOW})

#: What even a measure that knows the readings cannot honour in each of them.
_NOT_IN_READING: Mapping[str, frozenset[str]] = {
    "flow": frozenset({WINDOW}),
    "snapshot": frozenset({WINDOW, PERIOD}),
}


def not_honoured(measure: str, honours: frozenset[str], scope: Scope) -> tuple[str, ...]:
    """One plain note for each part of the question that was asked and that the figures ignore."""
    title = measure.replace("_", " ")
    if READING in honours:
        honours -= _NOT_IN_READING.get(scope.reading, frozenset())
        if scope.reading != "cohort":
            title = f"the {scope.reading} reading of {title}"
    words = {
        BY: f"Not split by {scope.by}: {title} cannot be split by it.",
        WHERE: f"Counted over all: a definition ({scope.where}) cannot be applied to {title}.",
        PERIOD: f"Not limited to a period: {title} has none.",
        READING: f"Not in the {scope.reading} reading: {title} has one reading only.",
        WINDOW: (
            f"Without the conversion window of {scope.within_days} days: it cannot be applied to "
            f"{title}."
        ),
    }
    asked = {
        BY: scope.by is not None,
        WHERE: bool(scope.where and scope.where.strip()),
        PERIOD: scope.since is not None or scope.until is not None,
        READING: scope.reading != "cohort",
        WINDOW: scope.within_days is not None,
    }
    return tuple(words[part] for part in words if asked[part] and part not in honours)
