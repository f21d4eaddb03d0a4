"""How is a delimited file written: delimiter, quote and escape, decided from its whole head."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from math import log2

from onefunnel.connectors.reading.records import BLANK, Dialect, Record, records

_DELIMITERS = ",;\t|^~\x1f\x01"
_LOOKED_AT = 2_000
_SEPARATOR_LINE = re.compile(r'\A"?sep=(.)"?\r?\n', re.IGNORECASE)
_NUMBER = re.compile(r"[-+]?[\d.,]*\d[\d.,]*%?\Z")


@dataclass(frozen=True)
class Shape:
    """A dialect and how even the records are under it.

    `width` is the commonest number of cells, `share` the part of the records that have it;
    `stray` the part that has quotes in quotes that are not doubled; `skip` the number of
    characters of a leading `sep=;` line.
    """

    dialect: Dialect
    width: int
    share: float
    stray: float = 0.0
    skip: int = 0


def detect(text: str, *, is_whole: bool, spaces_delimit: bool) -> Shape:
    """The dialect under which the records of this head are widest and most even.

    `spaces_delimit` allows runs of blanks as the delimiter where no other fits (text files of
    columns). A file of one column has width 1 and the comma.
    """
    stated = _SEPARATOR_LINE.match(text)
    if stated:
        rest = text[stated.end() :]
        shape = _shape(rest, Dialect(stated.group(1)), is_whole=is_whole)
        return replace(_quoting(rest, shape, is_whole=is_whole), skip=stated.end())
    shapes = [
        _quoting(text, _shape(text, Dialect(delimiter), is_whole=is_whole), is_whole=is_whole)
        for delimiter in _DELIMITERS
        if delimiter in text
    ]
    shapes = [shape for shape in shapes if shape.width > 1]
    best = max(shapes, key=_worth, default=None)
    if best is not None and (best.share >= 0.5 or not spaces_delimit):
        return best
    if spaces_delimit:
        spaced = _shape(text, Dialect(" ", quote=""), is_whole=is_whole)
        if spaced.width > 1 and spaced.share >= 0.9 and _has_numbers(text, spaced, is_whole):
            return spaced
    if best is not None:
        return best
    return _shape(text, Dialect(), is_whole=is_whole)


def _worth(shape: Shape) -> float:
    return shape.share * (1 + 0.15 * log2(shape.width))


def _head(text: str, dialect: Dialect, *, is_whole: bool) -> list[Record]:
    found = []
    for record in records(text, dialect, final=is_whole, longest=len(text)):
        if record.problem or any(cell.strip(BLANK) for cell in record.cells):
            found.append(record)
            if len(found) >= _LOOKED_AT:
                break
    return found


def _shape(text: str, dialect: Dialect, *, is_whole: bool) -> Shape:
    head = _head(text, dialect, is_whole=is_whole)
    counts = Counter(0 if record.problem else len(record.cells) for record in head)
    stray = sum(record.stray_quotes for record in head) / (len(head) or 1)
    wide = {width: n for width, n in counts.items() if width > 1}
    if not wide:
        return Shape(dialect, 1, counts[1] / (len(head) or 1), stray)
    width = max(wide, key=lambda w: (wide[w], w))
    return Shape(dialect, width, wide[width] / len(head), stray)


def _quoting(text: str, shape: Shape, *, is_whole: bool) -> Shape:
    """The same delimiter with another way to quote, where the records are more even that way."""
    dialect, delimiter = shape.dialect, shape.dialect.delimiter
    others: list[Dialect] = []
    if '"' in text:
        if text.count(f'{delimiter} "') > text.count(f'{delimiter}"'):
            spaced = replace(dialect, skip_space=True)
            shape = max(shape, _shape(text, spaced, is_whole=is_whole), key=_evenness)
        if '\\"' in text:
            others.append(replace(shape.dialect, escape="\\"))
        if shape.share < 0.9 and not _quotes_cells(text, delimiter):
            others.append(replace(dialect, quote=""))
    else:
        lines = text.count("\n") + 1
        if text.count(f"{delimiter}'") + text.count("\n'") > lines and (
            text.count(f"'{delimiter}") + text.count("'\n") + text.count("'\r") > lines
        ):
            others.append(replace(dialect, quote="'"))
    for other in others:
        found = _shape(text, other, is_whole=is_whole)
        even = _evenness(found) - _evenness(shape)
        is_cleaner = other.escape and even >= 0 and (even > 0 or found.stray < shape.stray)
        if even > 0.02 or is_cleaner or (other.quote == "'" and even >= 0):
            shape = found
    return shape


def _quotes_cells(text: str, delimiter: str) -> bool:
    """Whether some cell stands wholly in quotes: then quotes are not ordinary characters."""
    edge = re.escape(delimiter)
    return re.search(rf'(?:^|{edge})"[^"\r\n]*"(?:{edge}|$)', text, re.MULTILINE) is not None


def _evenness(shape: Shape) -> float:
    return shape.share if shape.width > 1 else 0.0


def _has_numbers(text: str, shape: Shape, is_whole: bool) -> bool:
    """Whether a column of blank-separated text holds numbers all the way down: no prose does."""
    rows = [
        record.cells
        for record in _head(text, shape.dialect, is_whole=is_whole)
        if len(record.cells) == shape.width
    ][1:]
    return any(
        sum(bool(_NUMBER.match(row[place])) for row in rows) >= 0.9 * len(rows)
        for place in range(shape.width)
        if rows
    )
