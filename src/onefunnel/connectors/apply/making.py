"""One make of one entry: text rows -> typed rows of a standard table, and what was refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from onefunnel.connectors.apply.attributes import attribute_types, filled
from onefunnel.connectors.apply.decisions import Decisions, Written
from onefunnel.connectors.apply.default_currency import default_currency
from onefunnel.connectors.apply.expressions import (
    cell_sql,
    currency_from_amount,
    currency_value_sql,
    text_sql,
    tidiness,
    translated,
    value_sql,
)
from onefunnel.connectors.apply.latest import sorting_text
from onefunnel.connectors.apply.names import find_column, reason_for
from onefunnel.connectors.apply.rows import Rows
from onefunnel.connectors.conditions import parse_condition
from onefunnel.connectors.mapping_parts import Columns, FileMap, Make, Mapping, Source
from onefunnel.connectors.values.blanks import Tidy, typed_text
from onefunnel.facts.declaration import SQL_TYPES, Type
from onefunnel.facts.sql_text import identifier, literal
from onefunnel.facts.tables import TABLES


@dataclass(frozen=True)
class Cell:
    """One column being made: its text, its value, and how its source is called."""

    name: str
    type: Type
    text: str
    value: str
    called: str
    written: Written
    is_attribute: bool = False
    tidy: Tidy = ""

    @property
    def clean(self) -> str:
        """The text ready to be read as the type."""
        return cell_sql(_HERE, self.type, form=self.written.form, tidy=self.tidy)


def open_refused(con: Any, schema: str) -> None:
    """The table that every refusal goes to."""
    con.execute(
        f"CREATE TABLE {schema}.refused (_file INTEGER, row BIGINT, \"table\" VARCHAR, "
        f"\"column\" VARCHAR, value VARCHAR, reason VARCHAR, fix VARCHAR, whole_row BOOLEAN)"
    )  # fmt: skip


def make_rows(
    con: Any,
    schema: str,
    number: int,
    rows: Rows,
    make: Make,
    mapping: Mapping,
    decisions: Decisions,
) -> str:
    """Create the staged relation of a make and give its name; refusals are kept beside it.

    Columns: those of the standard table, the attributes, `_file`, `_row`, `_make`, `_step`,
    `_latest` (orders rows with equal keys).
    """
    name = f"{schema}.made_{number}"
    attributes = _attributes(con, rows, make)
    if make.steps:
        parts = []
        for step_number, step in enumerate(make.steps):
            columns = tuple({**dict(make.columns), **dict(step.columns)}.items())
            part = f"{name}_step_{step_number}"
            where = " AND ".join(f"({rows.where(w)})" for w in (make.where, step.where) if w)
            _make_one(
                con, schema, part, rows, make, columns, (), where or "true", number, step_number,
                mapping, decisions,
            )  # fmt: skip
            parts.append(f"SELECT * FROM {part}")
        con.execute(f"CREATE VIEW {name} AS {' UNION ALL BY NAME '.join(parts)}")
        return name
    _make_one(
        con, schema, name, rows, make, make.columns, attributes, rows.where(make.where), number,
        0, mapping, decisions,
    )  # fmt: skip
    return name


def _attributes(con: Any, rows: Rows, make: Make) -> Columns:
    """The named attributes, and with `keep_others` every filled column that nothing names."""
    if not make.keep_others:
        return make.attributes
    entry = rows.entry
    named: set[str] = set()
    for other in entry.makes:
        named |= used_columns(other)
    named |= {ours for join in entry.joins for ours, _ in join.on}
    known = {find_column(name, rows.columns) for name in named}
    taken = {name for name, _ in make.attributes} | set(TABLES[make.table].column_names)
    unnamed = [
        column
        for column in rows.columns
        if column not in known
        and not column.startswith("_")
        and reason_for(column, entry.left_out) is None
    ]
    kept = filled(
        con, rows, {name: typed_text(identifier(name), rows.tidy.get(name, "")) for name in unnamed}
    )
    rows.empty |= set(unnamed) - set(kept)
    others = tuple(
        (column if column not in taken else f"source_{column}", Source(columns=(column,)))
        for column in kept
    )
    return (*make.attributes, *others)


def used_columns(make: Make) -> set[str]:
    """Every column of the file that a make names, in sources or conditions."""
    from_steps = (column for step in make.steps for column in step.columns)
    sources = [s for _, s in (*make.columns, *make.attributes, *from_steps)]
    names = {name for source in sources for name in source.columns}
    names |= {case.column for source in sources for case in source.cases if case.column}
    return names


def asked_columns(entry: FileMap) -> set[str]:
    """Every column that the conditions of an entry ask, and the one that says what is latest."""
    makes = entry.makes
    texts = [entry.where, *(make.where for make in makes)]
    texts += [step.where for make in makes for step in make.steps]
    sources = [s for make in makes for _, s in (*make.columns, *make.attributes)]
    sources += [s for make in makes for step in make.steps for _, s in step.columns]
    texts += [case.when for source in sources for case in source.cases]
    names = {name for text in texts if text for name in parse_condition(text).columns}
    return names | ({entry.latest_by} if entry.latest_by else set())


def _make_one(
    con: Any,
    schema: str,
    name: str,
    rows: Rows,
    make: Make,
    columns: Columns,
    attributes: Columns,
    where: str,
    number: int,
    step: int,
    mapping: Mapping,
    decisions: Decisions,
) -> None:
    cells = _cells(con, rows, make, columns, attributes, mapping, decisions)
    latest = _latest(con, rows)
    typed = [cell for cell in cells if cell.type != "text" and not cell.is_attribute]
    selected = [f"{cell.text} AS t{i}" for i, cell in enumerate(cells)]
    # Layer on layer, so that each is worked out once: texts, cleaned texts, values.
    clean = [f"{cell.clean.replace(_HERE, f't{i}')} AS c{i}" for i, cell in enumerate(cells)]
    values = [f"{cell.value.replace(_HERE, f'c{i}')} AS v{i}" for i, cell in enumerate(cells)]
    made = [f"v{i} AS {identifier(cell.name)}" for i, cell in enumerate(cells)]
    # The text of a cell is kept only where it gave no value: that is what refusals are about.
    raws = [
        f"CASE WHEN v{i} IS NULL THEN t{i} END AS {identifier('text of ' + cell.name)}"
        for i, cell in enumerate(cells)
        if cell in typed
    ]
    own = "_file, _row, _latest"
    texts = ", ".join(f"t{i}" for i, cell in enumerate(cells) if cell in typed)
    con.execute(
        f"CREATE TABLE {name} AS SELECT {', '.join([*made, *raws])}, _file, _row, "
        f"{number} AS _make, {step} AS _step, _latest FROM (SELECT {', '.join(values)}, "
        f"{texts}{', ' if texts else ''}{own} FROM (SELECT *, {', '.join(clean)} FROM "
        f"(SELECT {', '.join(selected)}, _file, _row, "
        f"{latest} AS _latest FROM {rows.relation} WHERE {where})))"
    )
    _refuse(con, schema, name, make, cells, typed, is_step=bool(make.steps))
    if raws:
        for cell in typed:
            con.execute(f"ALTER TABLE {name} DROP COLUMN {identifier('text of ' + cell.name)}")


#: Stands for "the text of this cell" inside a value expression.
_HERE = "\x00here\x00"


def _cells(
    con: Any,
    rows: Rows,
    make: Make,
    columns: Columns,
    attributes: Columns,
    mapping: Mapping,
    decisions: Decisions,
) -> list[Cell]:
    table = TABLES[make.table]
    given, cells = dict(columns), []
    money = mapping.currency
    if "amount" in given and "currency" in table.column_names:
        money = default_currency(con, rows, make.table, given, mapping, decisions)
    for column in table.columns:
        source = given.get(column.name)
        if source is None:
            empty = f"CAST(NULL AS {SQL_TYPES[column.type]})"
            if column.name == "currency" and "amount" in given:
                text = text_sql(rows, given["amount"])
                empty = _currency(currency_from_amount(_HERE), money)
                cells.append(Cell("currency", "text", text, empty, "", Written("", "", "", 0)))
                continue
            cells.append(Cell(column.name, "text", "NULL", empty, "", Written("", "", "", 0)))
            continue
        written = decisions.written(source, column.type, make.table, column.name)
        text = translated(text_sql(rows, source), source)
        tidy = tidiness(rows, source, is_translated=True)
        value = value_sql(
            _HERE,
            column.type,
            style=written.style,
            form=written.form,
            zone=source.zone or mapping.zone,
            days=mapping.days,
            times=source.times,
        )
        if column.name == "currency":
            value = _currency(currency_value_sql(_HERE), money)
        called = _called(source)
        cells.append(Cell(column.name, column.type, text, value, called, written, tidy=tidy))
    types = attribute_types(con, rows, attributes)
    for name, source in attributes:
        type_, written = types[name]
        value = value_sql(
            _HERE,
            type_,
            style=written.style,
            form=written.form,
            zone=source.zone or mapping.zone,
            days=mapping.days,
            times=source.times,
        )
        tidy = tidiness(rows, source, is_translated=True)
        text = translated(text_sql(rows, source), source)
        called = _called(source)
        cells.append(Cell(name, type_, text, value, called, written, is_attribute=True, tidy=tidy))
    return cells


def _currency(found: str, otherwise: str) -> str:
    return f"coalesce({found}, {literal(otherwise)})" if otherwise else found


def _called(source: Source) -> str:
    names = [*source.columns, *(case.column for case in source.cases if case.column)]
    return " / ".join(dict.fromkeys(names))


def _latest(con: Any, rows: Rows) -> str:
    """What orders rows with equal keys: the `latest by` column as text that sorts by time."""
    if not rows.entry.latest_by:
        return "CAST(NULL AS VARCHAR)"
    return sorting_text(con, rows, rows.entry.latest_by)


def _refuse(
    con: Any, schema: str, name: str, make: Make, cells: Sequence[Cell], typed: Sequence[Cell],
    *, is_step: bool,
) -> None:  # fmt: skip
    """Write down cells that could not be read and rows without what they need; drop the rows."""
    table = TABLES[make.table]
    required = [c for c in cells if c.name in table.required and not _is_made(make, c.name)]
    if is_step:  # a step whose stage is empty is a move that was not made, not a bad row
        required = [cell for cell in required if cell.name != "stage"]
        con.execute(f"DELETE FROM {name} WHERE stage IS NULL")
    for cell in typed:
        text = identifier("text of " + cell.name)
        reason, fix = _why(cell, text)
        needed = cell in required
        con.execute(
            f"INSERT INTO {schema}.refused SELECT _file, _row, {literal(make.table)}, "
            f"{literal(cell.called)}, left({text}, 200), "
            f"{reason}, {fix}, {needed} FROM {name} "
            f"WHERE {text} IS NOT NULL AND {_filled('text of ' + cell.name)}"
        )
    typed_required = {cell.name for cell in typed}
    for cell in required:
        if cell.name in typed_required:
            empty = f"NOT ({_filled('text of ' + cell.name)})"
        else:
            empty = "true"
        lacks = cell.called or cell.name
        one = table.grain.split(" ")[1].rstrip(":,")
        reason = f"the row has no {lacks}, which says which {one} it is"
        if cell.name not in (*table.key, "lead_id"):
            reason = f"the row has no {lacks}"
        fix = f"Fill in {cell.called}." if cell.called else f"Map {cell.name} to a column."
        con.execute(
            f"INSERT INTO {schema}.refused SELECT _file, _row, {literal(make.table)}, "
            f"{literal(cell.called)}, '', {literal(reason)}, {literal(fix)}, true FROM {name} "
            f"WHERE {identifier(cell.name)} IS NULL AND {empty}"
        )
    if required:
        gone = " OR ".join(f"{identifier(cell.name)} IS NULL" for cell in required)
        con.execute(f"DELETE FROM {name} WHERE {gone}")


def _is_made(make: Make, column: str) -> bool:
    """A touch without an id of its own gets one from its content."""
    return make.table == "touches" and column == "touch_id"


def _filled(column: str) -> str:
    return f"({typed_text(identifier(column))}) IS NOT NULL"


#: Dates of which day and month could be taken for one another: 31/02/2025.
_PARTS = r"^\s*\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}"


def _why(cell: Cell, text: str) -> tuple[str, str]:
    """SQL of the reason and of the fix for a cell that cannot be read; `text` is the cell."""
    style = cell.written.style
    if cell.type in ("time", "day"):
        if style not in ("day-first", "month-first"):
            return literal("this is not a date"), literal("Correct the cell.")
        other = "month-first" if style == "day-first" else "day-first"
        is_parts = f"regexp_matches({text}, '{_PARTS}')"
        read = literal(f"there is no such date, read {style}")
        change = literal(
            "Correct the cell; if its column is "
            f"{other}, set `date: {other}` for it in the mapping."
        )
        return (
            f"CASE WHEN {is_parts} THEN {read} ELSE {literal('this is not a date')} END",
            f"CASE WHEN {is_parts} THEN {change} ELSE {literal('Correct the cell.')} END",
        )
    if cell.type == "flag":
        return literal("this is neither yes nor no"), literal("Write yes or no.")
    sign = "comma" if style == "," else "point"
    kind = "whole number" if cell.type == "int" else "number"
    return (
        literal(f"this is no {kind} with a decimal {sign}, or too large"),
        literal("Correct the cell, or set `decimal:` for its column in the mapping."),
    )
