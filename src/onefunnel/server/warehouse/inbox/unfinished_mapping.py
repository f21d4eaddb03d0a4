"""A mapping in the middle of being said column by column: what it lacks, and the choices so far.

A choice in the wizard may leave a table without a column that it cannot do without. The mapping
is kept as it is until further choices complete it; it is only not read or written before that.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from onefunnel.connectors.mapping import Mapping, MappingError, read_mapping
from onefunnel.facts.tables import TABLES

#: What errors call the document.
NAME = "the mapping of this import"
#: How many choices can be taken back.
_KEPT = 10


def what_is_lacking(text: str) -> tuple[str, ...]:
    """What the tables of a mapping's text still need, as the wizard says it; () when complete."""
    try:
        return lacking(read_mapping(text, NAME, is_draft=True)) if text else ()
    except MappingError:
        return ()  # no matter of a column that is not chosen: reading the files tells it


def lacking(mapping: Mapping) -> tuple[str, ...]:
    """One sentence per table of a file that cannot do without a column not chosen so far."""
    several = len(mapping.files) > 1
    found = []
    for entry in mapping.files:
        for make in entry.makes:
            if not make.lacks:
                continue
            table = TABLES[make.table]
            titles = [table.column(name).title for name in make.lacks]
            found.append(
                f"{table.title} still {'need' if table.title.endswith('s') else 'needs'}"
                + (f" in {', '.join(entry.files)}" if several else "")
                + f": {' and '.join(map(_called, titles))}; choose "
                + " and ".join(f"“{table.title}: {title.capitalize()}”" for title in titles)
                + (" for its column." if len(titles) == 1 else " for their columns.")
            )
    return tuple(dict.fromkeys(found))


def _called(title: str) -> str:
    """`lead ID` is the lead's ID."""
    return f"the {title[:-3]}'s ID" if title.endswith(" ID") else f"the {title}"


def as_before(trial: dict[str, Any], mapping: str) -> Callable[[], None]:
    """Remember a trial run and its mapping as they are; the deed returned keeps them for undoing.

    Called when a choice was made; a choice that was refused leaves nothing to take back.
    """
    files = [{**file, "columns": [{**c} for c in file["columns"]]} for file in trial["files"]]

    def keep() -> None:
        before = []
        for was, now in zip(files, trial["files"], strict=True):
            columns = [
                [place, old]
                for place, (old, new) in enumerate(zip(was["columns"], now["columns"], strict=True))
                if old != new
            ]
            if columns or was["entry"] != now["entry"]:
                before.append({"place": was["place"], "entry": was["entry"], "columns": columns})
        one = {"files": before, "mapping": mapping, "changed": bool(trial.get("changed"))}
        trial["choices"] = [*trial.get("choices", ()), one][-_KEPT:]

    return keep


def take_back_choice(trial: dict[str, Any]) -> str | None:
    """Put the trial run back to before the last choice; the mapping of then, None without one."""
    choices = list(trial.get("choices", ()))
    if not choices:
        return None
    last = choices.pop()
    files = {file["place"]: file for file in trial["files"]}
    for one in last["files"]:
        file = files[one["place"]]
        file["entry"] = one["entry"]
        for place, column in one["columns"]:
            file["columns"][place] = column
    trial["choices"] = choices
    trial["changed"] = last["changed"]
    return str(last["mapping"])
