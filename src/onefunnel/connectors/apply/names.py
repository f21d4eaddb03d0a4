"""Which file and which column a name of the mapping means."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase

from onefunnel.connectors.mapping_parts import FileMap
from onefunnel.connectors.reading.tables import TextTable

_ENDINGS = re.compile(
    r"(\.(csv|tsv|tab|txt|psv|xlsx|xlsm|xls|ods|parquet|json|jsonl|ndjson|xes|gz|zip))+$"
)


def plain_name(name: str) -> str:
    """A name without case, spaces and punctuation: `Close Date` and `close_date` are one."""
    return re.sub(r"[\W_]+", "", name.casefold())


def matches(table: TextTable, patterns: Sequence[str]) -> bool:
    """Does one of the names or globs mean this file? Case and ending do not matter."""
    path = table.file.casefold()
    base = path.rsplit("/", 1)[-1]
    own = {path, base, _ENDINGS.sub("", path), _ENDINGS.sub("", base), table.name.casefold()}
    own.add(table.shown.casefold())
    for pattern in patterns:
        wanted = pattern.casefold()
        for form in {wanted, _ENDINGS.sub("", wanted)}:
            if form in own or any(fnmatchcase(name, form) for name in own):
                return True
    return False


def find_column(name: str, columns: Sequence[str]) -> str | None:
    """The column of that name: exactly, else without case, spaces and punctuation."""
    if name in columns:
        return name
    plain = plain_name(name)
    found = [column for column in columns if plain and plain_name(column) == plain]
    return found[0] if len(found) == 1 else None


def reason_for(name: str, left_out: Sequence[tuple[str, str]]) -> str | None:
    """Why a column or file is left out: by its own name first, else by the first glob that fits."""
    plain, bare = plain_name(name), _ENDINGS.sub("", name.casefold().rsplit("/", 1)[-1])
    for wanted, reason in left_out:
        if "*" not in wanted and plain_name(_ENDINGS.sub("", wanted)) in (plain, plain_name(bare)):
            return reason
    for wanted, reason in left_out:
        glob = wanted.casefold()
        if "*" in glob and (fnmatchcase(name.casefold(), glob) or fnmatchcase(bare, glob)):
            return reason
    return None


def near_names(name: str, columns: Sequence[str]) -> list[str]:
    """Up to three columns that the name may have meant."""
    plain = {plain_name(column): column for column in columns}
    return [plain[match] for match in get_close_matches(plain_name(name), list(plain), 3, 0.6)]


def assign(tables: Sequence[TextTable], entries: Sequence[FileMap]) -> list[list[int]]:
    """For each entry the places of its files; a file goes to the first entry that means it."""
    taken: set[int] = set()
    assigned = []
    for entry in entries:
        mine = [
            place
            for place, table in enumerate(tables)
            if place not in taken
            and matches(table, entry.files)
            and all(find_column(name, table.columns) for name in entry.needs)
        ]
        taken |= set(mine)
        assigned.append(mine)
    return assigned
