"""Every segment and persona has a predicate that can be run."""

from __future__ import annotations

from collections.abc import Iterator

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.rules.gap import Columns, Gap, Spot
from onefunnel.agreement.rules.stage_definition import predicate_gaps


def gaps(agreement: Agreement, columns: Columns) -> Iterator[Gap]:
    for kind, group in (("segment", agreement.segments), ("persona", agreement.personas)):
        for one in group:
            spot = Spot(f"{kind}s", one.name, "when")
            yield from predicate_gaps("audience", f"{kind} {one.name}", one.when, columns, spot)
