"""Every stage's name is a term of the glossary with a meaning: no label without a definition."""

from __future__ import annotations

from collections.abc import Iterator

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.rules.gap import Columns, Gap


def gaps(agreement: Agreement, columns: Columns) -> Iterator[Gap]:
    known = {term.name.strip().casefold() for term in agreement.glossary if term.meaning.strip()}
    for stage in agreement.stages:
        if stage.name.strip().casefold() not in known:
            yield Gap(
                "stage-term",
                f"stage {stage.name}",
                "the glossary does not say what it means",
                f"add to glossary: name: {stage.name}, meaning: ..., owner: ...",
            )
