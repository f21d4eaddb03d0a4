"""Does a mapping that somebody gives fit these files? What it cannot do without must be there.

A name that is not there is refused where numbers would be wrong without it: files, keys, times,
stages, outcomes, money, and whatever a condition asks. Any other column (a source, a name, a free
attribute) may be missing from a later delivery: it stays empty, and a finding says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches

from onefunnel.connectors.apply.making import asked_columns
from onefunnel.connectors.apply.names import assign, find_column, matches, near_names
from onefunnel.connectors.apply.rows import columns_of
from onefunnel.connectors.mapping_parts import FileMap, Make, Mapping, MappingError, Source
from onefunnel.connectors.reading.tables import TextTable
from onefunnel.facts.tables import TABLES

_TYPES = ("time", "day", "money")
_TELLING = ("stage", "outcome", "kind")


def check_fit(mapping: Mapping, tables: Sequence[TextTable]) -> None:
    """Raise MappingError, with the line, where the mapping names what these files do not have.

    Mappings of connectors take files and columns where they are, so those are not asked.
    """
    if mapping.connector != "proposed":
        return
    for entry, mine in zip(mapping.files, assign(tables, mapping.files), strict=True):
        if not mine:
            if not entry.optional:
                _check_file(mapping, entry, tables)
            continue
        columns = [*columns_of(tables, mine), "_row"]
        for join in entry.joins:
            places = [at for at, table in enumerate(tables) if matches(table, join.files)]
            theirs = columns_of(tables, places)
            columns += [new for new, their in join.take if find_column(their, theirs)]
        for name in dict.fromkeys(_needed(entry)):
            if find_column(name, columns) is None:
                raise _no_column(mapping, entry, name, columns)


def _needed(entry: FileMap) -> Iterator[str]:
    """The columns without which the numbers of this entry would be wrong."""
    yield from sorted(asked_columns(entry))
    for make in entry.makes:
        for name, source in (*make.columns, *(c for step in make.steps for c in step.columns)):
            if _is_needed(make, name):
                yield from _named(source)


def _is_needed(make: Make, name: str) -> bool:
    table = TABLES[make.table]
    return name in table.key or name in _TELLING or table.column(name).type in _TYPES


def _named(source: Source) -> Iterator[str]:
    yield from source.columns
    yield from (case.column for case in source.cases if case.column)


def _check_file(mapping: Mapping, entry: FileMap, tables: Sequence[TextTable]) -> None:
    """Why no file is meant by this entry: there is none of that name, or it lacks a column."""
    called = [table for table in tables if matches(table, entry.files)]
    for table in called:
        for name in entry.needs:
            if find_column(name, table.columns) is None:
                raise _no_column(mapping, entry, name, table.columns)
    if called:  # another entry has taken the file: that is told, as it may be meant
        return
    have = [table.shown for table in tables]
    wanted = ", ".join(entry.files)
    near = get_close_matches(entry.files[0], have, 3, 0.5)
    there = _listed("did you mean", near) or _listed("there are", have) or "no file could be read"
    raise MappingError(
        name=mapping.name,
        line=_line(mapping, entry, entry.files[0]),
        what=f"there is no file {wanted} ({there})",
        fix="correct the name, add the file, or write `optional: true` below it",
    )


def _no_column(mapping: Mapping, entry: FileMap, name: str, columns: Sequence[str]) -> MappingError:
    have = [column for column in columns if column != "_row"]
    near = _listed("did you mean", near_names(name, have)) or _listed("it has", have)
    return MappingError(
        name=mapping.name,
        line=_line(mapping, entry, name),
        what=f"{', '.join(entry.files)} has no column {name} ({near})",
        fix="correct the name, or take out what is made of it",
    )


def _listed(words: str, names: Iterable[str]) -> str:
    some = list(names)
    if not some:
        return ""
    more = f" and {len(some) - 8} more" if len(some) > 8 else ""
    end = "?" if words.startswith("did") else ""
    return f"{words} {', '.join(some[:8])}{more}{end}"


def _line(mapping: Mapping, entry: FileMap, name: str) -> int | None:
    """The line of the document that has this name, at or below the one that names the file."""
    begins = 0
    for file in entry.files:
        begins = next((at for at, _ in _having(mapping, file, 0) if at), 0)
        if begins:
            break
    return next((at + 1 for at, _ in _having(mapping, name, begins)), None)


def _having(mapping: Mapping, name: str, begins: int) -> Iterator[tuple[int, str]]:
    whole = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")
    for at, line in enumerate(mapping.lines[begins:], begins):
        if whole.search(line.partition("  # sure ")[0]):
            yield at, line
