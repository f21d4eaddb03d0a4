"""Text to records, carefully: the one reading of delimited text that every faster way must equal.

A record ends at a line end (LF, CRLF or CR) outside quotes. A cell that begins with a quote ends
at the next quote that is followed by a delimiter, a line end or the end of the text and is not
one of a doubled pair. A quote inside such a cell that is not doubled is kept as written (and
counted), unless it follows a delimiter or a line end: then the opening quote was never closed,
and only the line it stands in is refused, so that one stray quote never swallows other rows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

_LINE_END = re.compile(r"\r\n?|\n")
BLANK = " \t\v\f\x1a"


@dataclass(frozen=True)
class Dialect:
    """How a delimited file is written.

    `delimiter` is one character, or " " for any run of spaces and tabs; `quote` "" where quotes
    are ordinary characters; `escape` "" or the character that takes a quote's meaning away;
    `skip_space` where a blank follows the delimiter before a quoted cell.
    """

    delimiter: str = ","
    quote: str = '"'
    escape: str = ""
    skip_space: bool = False


@dataclass(slots=True)
class Record:
    """One record: its cells, or why it has none; `end` is where the next one starts."""

    cells: list[str]
    start: int
    end: int
    lines: int
    problem: str = ""
    stray_quotes: bool = False


@lru_cache(maxsize=64)
def _patterns(dialect: Dialect) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Patterns of what ends a quoted cell (or shows that it never ends), and of a bare cell's end.

    The first finds, whichever comes first, a quote that may close (group `close`), or an odd run
    of quotes right behind a delimiter or line end that does not close: another cell opening.
    """
    delimiter, quote = re.escape(dialect.delimiter), re.escape(dialect.quote)
    space = "[ ]*" if dialect.skip_space else ""
    after = rf"{space}(?:{delimiter}|[\r\n]|\Z)"
    opens = rf"(?:{delimiter}|[\r\n])[ ]*(?:{quote}{quote})*{quote}(?!{quote}|{after})"
    return (
        re.compile(rf"{opens}|(?P<close>{quote})(?={after})"),
        re.compile(rf"[{delimiter}\r\n]"),
    )


def records(text: str, dialect: Dialect, *, final: bool, longest: int) -> Iterator[Record]:
    """Each record of `text`, in order.

    Where `final` is False the text goes on elsewhere: a record that may not be complete is not
    given. `longest` is the number of characters a quoted cell may have before its opening quote
    counts as never closed.
    """
    position, size = 0, len(text)
    reader = _Quoted(text, dialect, final=final, longest=longest) if dialect.quote else None
    spaced = dialect.delimiter == " "
    while position < size:
        found = _LINE_END.search(text, position)
        if found is None or (not final and found.end() == size and text[-1] == "\r"):
            if not final:
                return
            line_end = record_end = size
            if found is not None:
                line_end, record_end = found.start(), found.end()
        else:
            line_end, record_end = found.start(), found.end()
        if reader is not None and text.find(dialect.quote, position, line_end) >= 0:
            record = reader.record(position, line_end, record_end)
            if record is None:
                return
        else:
            line = text[position:line_end]
            cells = line.split() if spaced else line.split(dialect.delimiter)
            record = Record(cells or [""], position, record_end, 1)
        yield record
        position = record.end


class _Quoted:
    """Reads records that hold quotes out of one text."""

    def __init__(self, text: str, dialect: Dialect, *, final: bool, longest: int) -> None:
        self.text, self.dialect, self.final, self.longest = text, dialect, final, longest
        self.ends, self.bare = _patterns(dialect)
        self.none_before = 0  # no quote before this place closes anything

    def record(self, start: int, line_end: int, record_end: int) -> Record | None:
        """The record that starts at `start`; None where the text ends before it does."""
        text, dialect = self.text, self.dialect
        cells: list[str] = []
        stray, position, size = False, start, len(text)
        while True:
            opening = position
            if dialect.skip_space:
                while opening < size and text[opening] in " \t":
                    opening += 1
            if opening < size and text[opening] == dialect.quote:
                closing = self._closing(opening + 1)
                if closing is None:
                    return None
                if closing < 0:
                    return self._refused(start, line_end, record_end)
                inner = text[opening + 1 : closing]
                doubled = dialect.quote * 2
                if dialect.escape:
                    inner = inner.replace(dialect.escape + dialect.quote, doubled)
                if dialect.quote in inner:
                    stray = stray or dialect.quote in inner.replace(doubled, "")
                    inner = inner.replace(doubled, dialect.quote)
                cells.append(inner)
                position = closing + 1
                if dialect.skip_space:
                    while position < size and text[position] in " \t":
                        position += 1
            else:
                found = self.bare.search(text, position)
                if found is None and not self.final:
                    return None
                end = found.start() if found else size
                cells.append(text[position:end])
                position = end
            if position >= size:
                return self._whole(cells, start, size, stray) if self.final else None
            if text[position] != dialect.delimiter:
                break
            position += 1
        end = position + 1
        if text[position] == "\r":
            if end >= size and not self.final:
                return None
            if end < size and text[end] == "\n":
                end += 1
        return self._whole(cells, start, end, stray)

    def _closing(self, start: int) -> int | None:
        """Where the quoted cell whose text begins at `start` ends; -1 never, None not yet known."""
        text, quote, escape = self.text, self.dialect.quote, self.dialect.escape
        position = max(start, self.none_before)
        while True:
            found = self.ends.search(text, position)
            if found is None:
                self.none_before = max(position, len(text))
                return None if not self.final and len(text) - start <= self.longest else -1
            at = found.start("close")
            if at < 0 or at - start > self.longest:
                return -1
            run = at
            while run > start and text[run - 1] == quote:
                run -= 1
            escapes = 0
            while escape and run - escapes - 1 >= start and text[run - escapes - 1] == escape:
                escapes += 1
            if (at - run - escapes % 2) % 2 == 0:
                return None if not self.final and at + 1 == len(text) else at
            position = at + 1

    def _whole(self, cells: list[str], start: int, end: int, stray: bool) -> Record:
        text = self.text
        lines = text.count("\n", start, end)
        if "\r" in text[start:end]:
            lines = len(_LINE_END.findall(text, start, end))
        return Record(cells, start, end, max(lines, 1), stray_quotes=stray)

    def _refused(self, start: int, line_end: int, record_end: int) -> Record:
        return Record(
            [self.text[start:line_end]],
            start,
            record_end,
            1,
            problem="a cell opens with a quote that is never properly closed",
        )
