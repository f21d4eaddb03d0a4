"""Where is the header row, what are the columns called, and what stands above them?"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_DATA = re.compile(
    r"""\A\s*(?:
        [-+(]?[$€£¥]?\s?[\d][\d.,'\s]*\s?[%€$£)]?       # a number, a percentage, money
      | \d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}.*               # a date
      | \d{1,2}:\d{2}(?::\d{2})?.*                      # a time
      | [^\s@]+@[^\s@]+\.[^\s@]+                        # an e-mail address
      | https?://\S+
      | [0-9a-fA-F]{8}-[0-9a-fA-F]{4}-\S+               # a key
      | true|false|null|none|\\N
    )\s*\Z""",
    re.VERBOSE | re.IGNORECASE,
)
_LOOKED_AT = 60
#: So many lines of a title are passed at most, between the first that could be a header and it.
_TITLES = 10
ROW = "_row"


@dataclass(frozen=True)
class Header:
    """The columns of a table.

    `place` is the index of the header among the rows looked at, -1 where the table has none and
    names were made; `first` the index of the first data row; `names` are unique without regard
    to case; `changed` tells of each name that had to be changed; `above` are the rows before.
    """

    names: tuple[str, ...]
    place: int
    first: int
    changed: tuple[str, ...] = ()
    above: tuple[str, ...] = ()


def find_header(rows: Sequence[Sequence[str]], width: int) -> Header:
    """The header among the first rows of a table whose commonest row has `width` cells.

    Rows above the header are those with fewer than half of the cells filled, and lines of a title
    that fill more where a fuller row of names stands below them (`_below_titles`). The first full
    row is a header unless it looks like the rows below it. Cells behind the last named column
    count as columns only where most rows fill them.
    """
    place = 0
    need = max(2, (width + 1) // 2) if width > 1 else 1
    for index, row in enumerate(rows[:_LOOKED_AT]):
        if _fill(row) >= need:
            place = _below_titles(rows, index, width)
            break
    header = [cell.strip() for cell in rows[place]] if rows else []
    below = _rows_below(rows, place, width)
    above = tuple(" ".join(c.strip() for c in row if c.strip()) for row in rows[:place])
    if not _is_header(header, below):
        names, changed = unique_names([""] * max(width, 1))
        return Header(names, -1, place, (), above)
    while header and not header[-1]:
        header.pop()
    extra = range(len(header), width)
    if extra and below and any(_filled(below, column) > 0.5 for column in extra):
        if len(header) == width - 1 and _counts_up(below):
            header.insert(0, "")
        header += [""] * (width - len(header))
    names, changed = unique_names(header)
    return Header(names, place, place + 1, changed, above)


def unique_names(header: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Column names that are not empty and differ (case aside), and a word on each one changed."""
    names: list[str] = []
    changed: list[str] = []
    taken: set[str] = {ROW}
    wanted = {" ".join(name.split())[:200].lower() for name in header}
    for place, raw in enumerate(header, start=1):
        # Control characters would break names in YAML, SQL and on the screen.
        clean = "".join(c for c in " ".join(raw.split()) if c.isprintable())[:200]
        name = clean or f"column_{place}"
        number = 1
        while name.lower() in taken or (number > 1 and name.lower() in wanted):
            number += 1
            name = f"{clean or f'column_{place}'}_{number}"
        taken.add(name.lower())
        names.append(name)
        if name != " ".join(raw.split()):
            changed.append(f"column {place} {clean!r} -> {name!r}" if clean else f"-> {name!r}")
    return tuple(names), tuple(changed)


def _below_titles(rows: Sequence[Sequence[str]], first: int, width: int) -> int:
    """The place of the header where the row at `first`, though half full, belongs to a title.

    That takes a row below with more cells filled than any row from `first` to it, none of which
    looks like data or like the ids below it and no two of which are alike, above columns of numbers
    or dates that speak for it at least as much as for the row at `first`. Else it is that row.
    """
    widest = _fill(rows[first])
    if widest >= width:
        return first
    told = _evidence(rows[first], _rows_below(rows, first, width))[0]
    for place in range(first + 1, min(first + 1 + _TITLES, len(rows))):
        cells = [cell.strip() for cell in rows[place] if cell.strip()]
        if len(cells) <= widest:
            continue
        widest = len(cells)
        if len({cell.casefold() for cell in cells}) < len(cells) or any(map(_DATA.match, cells)):
            continue
        below = _rows_below(rows, place, width)
        for_it, against = _evidence(rows[place], below)
        if for_it > against and for_it >= told and not _is_one_of(rows[place], below):
            return place
    return first


def _is_one_of(row: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Whether a cell with a digit is built like most of those below it, as `A1` is above `A2`."""
    for column, cell in enumerate(row):
        shape = _shape(cell)
        shapes = [_shape(other[column]) for other in below if column < len(other)]
        if "9" in shape and shapes.count(shape) > len(shapes) / 2:
            return True
    return False


def _shape(cell: str) -> str:
    return re.sub(r"[^\W\d_]+", "a", re.sub(r"\d+", "9", cell.strip()))


def _rows_below(rows: Sequence[Sequence[str]], place: int, width: int) -> Sequence[Sequence[str]]:
    return [row for row in rows[place + 1 : place + 1 + _LOOKED_AT] if len(row) >= width]


def _fill(row: Sequence[str]) -> int:
    return sum(bool(cell.strip()) for cell in row)


def _is_header(header: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    filled = [cell for cell in header if cell]
    if not filled:
        return False
    looks = [bool(_DATA.match(cell)) for cell in header]
    if not any(looks) and not below:
        return True
    for_it, against = _evidence(header, below)
    if for_it or against:
        return for_it >= against and (for_it > 0 or not any(looks))
    return not all(_DATA.match(cell) for cell in filled)


def _evidence(header: Sequence[str], below: Sequence[Sequence[str]]) -> tuple[int, int]:
    """How much the columns below speak for and against that these cells name them."""
    for_it = against = 0
    for column, cell in enumerate(cell.strip() for cell in header):
        looks_like_data = bool(_DATA.match(cell))
        values = [row[column].strip() for row in below if column < len(row) and row[column].strip()]
        if not cell or not values:
            continue
        data_below = sum(bool(_DATA.match(value)) for value in values) > 0.8 * len(values)
        if looks_like_data and data_below:
            against += 1
        elif data_below and not looks_like_data:
            for_it += 1
        if not looks_like_data and values.count(cell) * 20 >= len(values) and cell in values:
            against += 2
    return for_it, against


def _filled(rows: Sequence[Sequence[str]], column: int) -> float:
    return sum(column < len(row) and bool(row[column].strip()) for row in rows) / len(rows)


def _counts_up(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first cells are 1, 2, 3, ...: row names that have no header."""
    firsts = [row[0].strip() for row in rows]
    return all(cell.isascii() and cell.isdigit() for cell in firsts) and [
        int(cell) for cell in firsts
    ] == list(range(int(firsts[0]), int(firsts[0]) + len(firsts)))
