"""A finding: something about the data that a person should know before believing a number."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal

Weight = Literal["note", "warning", "error"]


@dataclass(frozen=True)
class Finding:
    """What was found, how often, one example, and what to do about it.

    `kind` is a stable key ("unknown-key", "future-date", ...); `count` is the number of rows (or
    values) concerned. `weight`: a note changes no number, a warning may, an error left rows out.
    """

    kind: str
    table: str
    column: str
    count: int
    what: str
    example: str
    fix: str
    weight: Weight = "warning"

    def as_dict(self) -> dict[str, object]:
        return asdict(self)
