"""How much of a block of delimited text is beyond doubt, checked with vectors.

Text is beyond doubt where every quote is either the first of a cell, the last of a cell, or one
of a doubled pair inside a quoted cell. There every reader agrees with the careful one
(`records`), so a fast one may be used. The rest is left to the careful one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from onefunnel.connectors.reading.records import Dialect

_LF, _CR = 10, 13


@dataclass(frozen=True)
class Prefix:
    """The part of a block, from its start, that is whole records beyond doubt.

    `end` is its length in bytes; `quotes` where its quotes are; `is_doubtful` where the record
    after it is not well formed (else it is only not complete).
    """

    end: int
    quotes: npt.NDArray[np.int64]
    is_doubtful: bool

    def cut_near(self, data: bytes, middle: int) -> int:
        """The first end of a record at or behind `middle`; 0 where there is none before `end`."""
        at = middle
        while True:
            at = data.find(b"\n", at, self.end) + 1
            if at == 0 or at >= self.end:
                return 0
            if int(np.searchsorted(self.quotes, at)) % 2 == 0:
                return at

    def part(self, start: int, end: int) -> Prefix:
        """The same facts of a part that starts and ends at ends of records."""
        low, high = np.searchsorted(self.quotes, (start, end))
        return Prefix(end - start, self.quotes[low:high] - start, is_doubtful=False)


def well_formed(data: bytes, dialect: Dialect, *, is_end: bool) -> Prefix:
    """The prefix of `data` that is whole records beyond doubt; all of it where `is_end` and clean.

    A record counts as whole where a line feed follows it: files that end their lines with a
    carriage return alone are left to the careful reader.
    """
    none = np.empty(0, dtype=np.int64)
    if not dialect.quote or dialect.quote.encode() not in data:
        end = len(data) if is_end else data.rfind(b"\n") + 1
        return Prefix(end, none, is_doubtful=False)
    codes = np.frombuffer(data, dtype=np.uint8)
    quote = ord(dialect.quote)
    at = np.flatnonzero(codes == quote)
    delimiter = ord(dialect.delimiter)
    opening, closing = at[0::2], at[1::2]
    before = codes[np.maximum(opening - 1, 0)]
    opens = (before == delimiter) | (before == _LF) | (before == _CR) | (opening == 0)
    # Doubled: the quote right behind a closing one opens the cell's text again.
    opens[1:] |= opening[1:] == closing[: len(opening) - 1] + 1
    last = len(codes) - 1
    after = codes[np.minimum(closing + 1, last)]
    closes = (after == delimiter) | (after == _LF) | (after == _CR) | (after == quote)
    if is_end:
        closes |= closing == last
    wrong = len(data)
    if not opens.all():
        wrong = int(opening[np.argmin(opens)])
    if not closes.all():
        wrong = min(wrong, int(closing[np.argmin(closes)]))
    if wrong < len(data):
        at = at[at < wrong]
    elif is_end and len(at) % 2 == 0:
        return Prefix(len(data), at, is_doubtful=False)
    end = _last_end(data, at, wrong)
    inside = at[: int(np.searchsorted(at, end))]
    return Prefix(end, inside, is_doubtful=wrong < len(data) or is_end)


def _last_end(data: bytes, quotes: npt.NDArray[np.int64], before: int) -> int:
    """Behind the last line feed outside quotes before that place; 0 where there is none."""
    while True:
        end = data.rfind(b"\n", 0, before) + 1
        if end == 0:
            return 0
        inside = int(np.searchsorted(quotes, end))
        if inside % 2 == 0:
            return end
        before = int(quotes[inside - 1])
