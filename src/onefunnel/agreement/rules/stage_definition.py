"""First tick: every stage has a predicate that can be run on the columns there are."""

from __future__ import annotations

from collections.abc import Iterator

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.predicates.errors import PredicateError
from onefunnel.agreement.predicates.parse import parse
from onefunnel.agreement.rules.gap import Columns, Gap, Spot


def gaps(agreement: Agreement, columns: Columns) -> Iterator[Gap]:
    for stage in agreement.stages:
        spot = Spot("stages", stage.name, "when")
        yield from predicate_gaps(
            "stage-definition", f"stage {stage.name}", stage.when, columns, spot
        )


def predicate_gaps(rule: str, where: str, text: str, columns: Columns, spot: Spot) -> Iterator[Gap]:
    """The gap of a predicate that is missing or cannot be run."""
    if not text.strip():
        yield Gap(rule, where, "no definition", "add a condition such as stage = 'SQL'", spot)
        return
    try:
        parse(text, columns)
    except PredicateError as error:
        place = "" if error.position is None else f" (character {error.position + 1})"
        what = f"the definition cannot be run: {error.what}{place}"
        yield Gap(rule, where, what, error.fix or "correct it", spot)
