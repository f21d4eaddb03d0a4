"""Every stage's name has a meaning: no label without a definition.

It is asked for once: at the stage, or as a word of the glossary.
"""

from __future__ import annotations

from collections.abc import Iterator

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.rules.gap import Columns, Gap, Spot


def gaps(agreement: Agreement, columns: Columns) -> Iterator[Gap]:
    known = {term.name.strip().casefold() for term in agreement.glossary if term.meaning.strip()}
    for stage in agreement.stages:
        if not stage.is_meant and stage.name.strip().casefold() not in known:
            yield Gap(
                "stage-term",
                f"stage {stage.name}",
                "it does not say what it means",
                "say what it means, in words that somebody new understands",
                Spot("stages", stage.name, "meaning"),
            )
