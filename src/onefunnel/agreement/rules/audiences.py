"""Every segment and persona has a predicate that can be run."""

from __future__ import annotations

from collections.abc import Iterator

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.rules.gap import Columns, Gap
from onefunnel.agreement.rules.stage_definition import predicate_gaps


def gaps(agreement: Agreement, columns: Columns) -> Iterator[Gap]:
    for segment in agreement.segments:
        yield from predicate_gaps("audience", f"segment {segment.name}", segment.when, columns)
    for persona in agreement.personas:
        yield from predicate_gaps("audience", f"persona {persona.name}", persona.when, columns)
