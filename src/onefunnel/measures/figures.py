"""What a measure's computation gives back, before the catalogue adds what every answer carries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from onefunnel.facts.findings import Finding


@dataclass(frozen=True)
class Figures:
    """Rows in the order of `columns`, one plain sentence, totals, findings and notes."""

    columns: tuple[str, ...]
    rows: tuple[Mapping[str, object], ...]
    sentence: str
    totals: Mapping[str, object] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()


class UnknownFigure(LookupError):
    """The measure has no list behind a figure of that name."""

    def __init__(self, measure: str, figure: str, known: tuple[str, ...]) -> None:
        super().__init__(
            f"{measure} has no list behind {figure!r}; there are lists behind {', '.join(known)}"
        )
