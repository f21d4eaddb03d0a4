"""Changes that a person makes to a proposed mapping, one column at a time. Values in, values out.

Only whole columns are moved here: this column of the file becomes that standard column, a free
attribute, or nothing. Conditions, steps and lookups are for the YAML.
"""

from __future__ import annotations

from collections.abc import Mapping as Map
from collections.abc import Sequence
from dataclasses import dataclass, replace

from onefunnel.connectors.apply.names import find_column
from onefunnel.connectors.mapping import Columns, FileMap, Make, Mapping, Source, StageMap
from onefunnel.connectors.mapping_parts import DATE_STYLES, KINDS, Step
from onefunnel.facts.tables import TABLES

LEAVE_OUT = ""
ATTRIBUTE = "attribute"
BY_A_PERSON = "left out by a person"


class NoSuchChange(ValueError):
    """A change that the mapping does not allow. The text says why and what to do."""


@dataclass(frozen=True)
class Use:
    """One use of a file's column: `target` as the select says it, how sure, why, how written."""

    target: str
    words: str
    confidence: float | None
    reason: str
    date: str = ""
    is_direct: bool = True


def uses_of(entry: FileMap, column: str, columns: Sequence[str]) -> list[Use]:
    """Every use that the entry makes of a column of its file; direct ones first."""

    def named(names: Sequence[str]) -> bool:
        return any(find_column(name, columns) == column for name in names)

    found: list[Use] = []
    for make in entry.makes:
        for name, source in make.columns:
            if named(source.columns):
                found.append(_use(f"{make.table}.{name}", in_words(make.table, name), source))
        for name, source in make.attributes:
            if named(source.columns):
                found.append(
                    _use(
                        ATTRIBUTE,
                        f"{TABLES[make.table].title}: {name}, kept as an attribute",
                        source,
                    )
                )
        for step in make.steps:
            for name, source in step.columns:
                if named(source.columns):
                    stage = next((s.value for n, s in step.columns if n == "stage"), None)
                    words = in_words("moves", name) + (f" of stage {stage}" if stage else "")
                    found.append(replace(_use("", words, source), is_direct=False))
        parts = [s for _, s in (*make.columns, *make.attributes)]
        if any(case.column and named([case.column]) for s in parts for case in s.cases):
            found.append(
                Use("", f"{TABLES[make.table].title}: in some cases", None, "", is_direct=False)
            )
    for join in entry.joins:
        if named([ours for ours, _ in join.on]):
            found.append(Use("", f"looks up {', '.join(join.files)}", None, "", is_direct=False))
    if not found and any(m.keep_others for m in entry.makes) and not _left_out(entry, column):
        found.append(Use(ATTRIBUTE, "attribute", None, "kept as it is"))
    return sorted(found, key=lambda use: not use.is_direct)


def _use(target: str, words: str, source: Source) -> Use:
    return Use(target, words, source.confidence, source.reason, source.date)


def places_of(entry: FileMap, column: str, columns: Sequence[str]) -> list[str]:
    """The standard columns and attributes ("leads.mobile") that a column of the file gives."""
    found = [
        f"{make.table}.{name}"
        for make in entry.makes
        for name, source in (*make.columns, *make.attributes)
        if any(find_column(one, columns) == column for one in source.columns)
    ]
    if found or _left_out(entry, column):
        return found
    kept = [make.table for make in entry.makes if make.keep_others]
    return [f"{table}.{name}" for table in kept for name in (column, f"source_{column}")]


def said_personal(entry: FileMap, column: str, columns: Sequence[str]) -> str:
    """What the mapping itself says of a column: "yes" or "no" (personal or not), or nothing."""
    said = [
        source.personal
        for make in entry.makes
        for _, source in (*make.columns, *make.attributes)
        if any(find_column(one, columns) == column for one in source.columns)
    ]
    return "yes" if True in said else "no" if False in said else ""


def with_personal(
    mapping: Mapping, place: int, column: str, columns: Sequence[str], said: str
) -> Mapping:
    """The mapping that says of a column whether it is personal: "yes", "no", or "" (decide).

    Raises:
        NoSuchChange: nothing else may be said, or there is nothing to say it of.
    """
    if said not in _SAID:
        raise NoSuchChange(f"A column is personal, yes or no, not “{said}”.")
    entry = mapping.files[place]
    if said_personal(entry, column, columns) == said:
        return mapping

    def told(pairs: Columns) -> Columns:
        return tuple(
            (name, replace(source, personal=_SAID[said]))
            if any(find_column(one, columns) == column for one in source.columns)
            else (name, source)
            for name, source in pairs
        )

    if not any(use.is_direct for use in uses_of(entry, column, columns)):
        return mapping
    if not any(column in s.columns for m in entry.makes for _, s in (*m.columns, *m.attributes)):
        entry = _with_attribute(entry, column, Source(columns=(column,)))  # kept as it is so far
    makes = tuple(
        replace(make, columns=told(make.columns), attributes=told(make.attributes))
        for make in entry.makes
    )
    files = (*mapping.files[:place], replace(entry, makes=makes), *mapping.files[place + 1 :])
    return replace(mapping, files=files)


_SAID = {"yes": True, "no": False, "": None}


def _left_out(entry: FileMap, column: str) -> bool:
    return any(name == column for name, _ in entry.left_out)


def targets(entry: FileMap) -> dict[str, list[tuple[str, str]]]:
    """What a column of the file may become, by table: those the file makes already come first."""
    made = [make.table for make in entry.makes]
    names = [*dict.fromkeys(made), *(name for name in TABLES if name not in made)]
    return {
        TABLES[name].title + (" (made of this file)" if name in made else ""): [
            (f"{name}.{c.name}", f"{c.title.capitalize()}: {c.meaning}")
            for c in TABLES[name].columns
        ]
        for name in names
    }


def in_words(table: str, column: str) -> str:
    """A standard column as people say it: "Leads: created"."""
    declared = TABLES[table]
    known = next((c.title for c in declared.columns if c.name == column), column)
    return f"{declared.title}: {known}"


def with_file(mapping: Mapping, file: str) -> tuple[Mapping, int]:
    """The mapping with an entry for a file that it left out so far, and the entry's place."""
    left_out = tuple(pair for pair in mapping.left_out if pair[0] != file)
    files = (*mapping.files, FileMap(files=(file,)))
    return replace(mapping, files=files, left_out=left_out), len(files) - 1


def with_column(
    mapping: Mapping, place: int, column: str, target: str, *, date: str = ""
) -> Mapping:
    """The mapping with one column of its `place`-th file entry going to `target`.

    Raises:
        NoSuchChange: there is no such target, or nothing to hang an attribute on.
    """
    entry = _without(mapping.files[place], column, _SAME.get(target, ""))
    if date and date not in DATE_STYLES and "%" not in date:
        raise NoSuchChange(f"Dates cannot be written “{date}”. Choose one of the list.")
    source = Source(columns=(column,), date=date, reason="said by a person", confidence=1.0)
    if target == LEAVE_OUT:
        entry = replace(entry, left_out=(*entry.left_out, (column, BY_A_PERSON)))
    elif target == ATTRIBUTE:
        entry = _with_attribute(entry, column, source)
    else:
        entry = _with_standard(entry, target, source)
    files = (*mapping.files[:place], entry, *mapping.files[place + 1 :])
    return replace(mapping, files=files)


#: Both say how a lead stands: a column that is one of them may stay the other.
_SAME = {"moves.stage": "deals.outcome", "deals.outcome": "moves.stage"}


def _without(entry: FileMap, column: str, kept_use: str = "") -> FileMap:
    """The entry without uses of the column, direct or in the steps of moves, but `kept_use`."""

    def kept(pairs: Columns, table: str) -> Columns:
        found = []
        for name, source in pairs:
            if column in source.columns and f"{table}.{name}" != kept_use:
                rest = tuple(c for c in source.columns if c != column)
                if not rest and not source.cases and source.value is None:
                    continue
                source = replace(source, columns=rest)
            found.append((name, source))
        return tuple(found)

    def without_steps(make: Make) -> tuple[Step, ...]:
        if kept_use == "moves.stage":
            return make.steps
        return tuple(s for s in make.steps if not any(column in o.columns for _, o in s.columns))

    changed = (
        replace(
            make,
            columns=kept(make.columns, make.table),
            attributes=kept(make.attributes, make.table),
            steps=without_steps(make),
        )
        for make in entry.makes
    )
    # A table of which nothing is left is not wanted any more, so it lacks nothing either.
    makes = tuple(m for m in changed if m.columns or m.attributes or m.steps or m.keep_others)
    left_out = tuple(pair for pair in entry.left_out if pair[0] != column)
    return replace(entry, makes=makes, left_out=left_out)


def _with_attribute(entry: FileMap, column: str, source: Source) -> FileMap:
    open_makes = [i for i, make in enumerate(entry.makes) if TABLES[make.table].is_open]
    if not open_makes:
        raise NoSuchChange(
            "This file makes no leads, deals, accounts or machines that could carry an attribute. "
            "Map one of its columns to such a table first."
        )
    wanted = sorted(open_makes, key=lambda i: entry.makes[i].table != "leads")[0]
    make = entry.makes[wanted]
    name = column
    if name in TABLES[make.table].column_names or name.startswith("_"):
        name = f"source_{column}"  # what the source itself calls so
    changed = replace(make, attributes=(*make.attributes, (name, source)))
    return replace(entry, makes=(*entry.makes[:wanted], changed, *entry.makes[wanted + 1 :]))


def _with_standard(entry: FileMap, target: str, source: Source) -> FileMap:
    table, _, name = target.partition(".")
    if table not in TABLES or name not in TABLES[table].column_names:
        raise NoSuchChange(f"There is no standard column {target}. Choose one of the list.")
    makes = list(entry.makes)
    at = next((i for i, make in enumerate(makes) if make.table == table), None)
    if at is None:
        makes.append(Make(table, ((name, source),)))
    elif name == "stage" and makes[at].steps:
        # Steps make the moves here: the column is where the lead stands after all of them.
        makes[at] = replace(makes[at], steps=(*makes[at].steps, Step((("stage", source),))))
    else:
        others = tuple(pair for pair in makes[at].columns if pair[0] != name)
        makes[at] = replace(makes[at], columns=(*others, (name, source)))
    return _with_the_lead(replace(entry, makes=tuple(makes)))


def _with_the_lead(entry: FileMap) -> FileMap:
    """The entry in which one lead per row is said once: who moved is the lead of the row.

    One column can be chosen for one thing only, so nobody could say it of a second table.
    """
    sources = [make.column("lead_id") for make in entry.makes]
    said = next((one for one in sources if one is not None and one.columns), None)
    if said is None:
        return entry
    lead = Source(columns=said.columns, values=said.values, reason="the lead of the row")
    makes = tuple(
        replace(make, columns=(("lead_id", lead), *make.columns))
        if "lead_id" in make.lacks
        else make
        for make in entry.makes
    )
    return replace(entry, makes=makes)


def with_stages(mapping: Mapping, stages: Sequence[tuple[str, str]]) -> Mapping:
    """The mapping with these stages (name, kind), in this order, which somebody has looked at."""
    before = {one.stage: one for one in mapping.stages}
    made = []
    for name, kind in stages:
        if kind not in KINDS:
            raise NoSuchChange(f"A stage is {', '.join(KINDS[:-1])} or {KINDS[-1]}, not “{kind}”.")
        made.append(replace(before.get(name, StageMap(name)), kind=kind))
    kinds = {
        " ".join(one.stage.split()).casefold(): one.kind
        for one in made
        if one.stage not in before or before[one.stage].kind != one.kind
    }
    files = tuple(
        replace(entry, makes=tuple(_with_outcomes(make, kinds) for make in entry.makes))
        for entry in mapping.files
    )
    return replace(mapping, files=files, stages=tuple(made), order="checked")


def _with_outcomes(make: Make, kinds: Map[str, str]) -> Make:
    """Deals whose outcome is told by the stage follow what was said of the stage."""

    def told(source: Source) -> Source:
        values = []
        for value, outcome in source.values:
            kind = kinds.get(" ".join(value.split()).casefold())
            new = outcome if kind is None else _OUTCOMES.get(kind)
            if new is not None:
                values.append((value, new))
        return replace(source, values=tuple(values))

    if make.table != "deals":
        return make
    columns = tuple((n, told(s) if n == "outcome" else s) for n, s in make.columns)
    return replace(make, columns=columns)


#: What a deal is that stands in a stage of this kind; in any other it is open.
_OUTCOMES = {"won": "won", "lost": "lost", "disqualified": "lost"}


def how_sure(confidence: float | None) -> str:
    """A confidence in words."""
    if confidence is None:
        return ""
    if confidence >= 0.9:
        return "sure"
    if confidence >= 0.7:
        return "likely"
    return "a guess" if confidence >= 0.4 else "unsure"
