"""One thing to read, and where what is read goes: passed to each format's reader."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from onefunnel.connectors.reading.tables import LeftOut, Limits, TextTable
from onefunnel.facts.findings import Finding, Weight


@dataclass(frozen=True)
class Source:
    """Bytes that can be opened more than once.

    `file` is the name people see, `stem` the name of its table; `size` is the number of bytes
    unpacked where known, else 0; `path` is there where the bytes are a file of their own.
    """

    file: str
    stem: str
    suffix: str
    open: Callable[[], BinaryIO]
    size: int = 0
    path: Path | None = None


@dataclass
class Desk:
    """Where one child works: limits, scratch folder, the tables made and the files left out.

    `is_fast` False makes every delimited file go the careful way (tests compare the two).
    """

    scratch: Path
    limits: Limits
    tell: Callable[[int], None] = lambda _: None
    tables: list[TextTable] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    is_fast: bool = True
    prefix: str = "t"
    _made: int = 0
    _open: BinaryIO | None = None

    def open(self, path: Path) -> BinaryIO:
        """Opens a file of the folder; `advanced` tells how far it was read."""
        self._open = path.open("rb")
        return self._open

    def advanced(self) -> None:
        """Says how many bytes of the file were read so far."""
        if self._open is not None and not self._open.closed:
            self.tell(self._open.tell())

    def new_parquet(self) -> Path:
        """A path of its own for the next table."""
        self._made += 1
        return self.scratch / f"{self.prefix}{self._made:05d}.parquet"


def finding(
    kind: str,
    table: str,
    count: int,
    what: str,
    *,
    column: str = "",
    example: str = "",
    fix: str = "",
    weight: Weight = "note",
) -> Finding:
    """A finding of the reader; a note unless said otherwise."""
    return Finding(kind, table, column, count, what, example, fix, weight)
