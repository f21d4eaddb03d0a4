"""A column's source as DuckDB SQL: first its text, then its value as the declared type."""

from __future__ import annotations

from onefunnel.connectors.apply.rows import Rows
from onefunnel.connectors.mapping_parts import Source
from onefunnel.connectors.values.blanks import (
    Tidy,
    least_tidy,
    tidy_constant,
    trimmed,
    typed_text,
)
from onefunnel.connectors.values.currencies import currency_of_amount_sql, currency_sql
from onefunnel.connectors.values.dates import date_sql
from onefunnel.connectors.values.flags import flag_sql
from onefunnel.connectors.values.numbers import int_sql, number_sql
from onefunnel.facts.declaration import Type
from onefunnel.facts.sql_text import literal


def text_sql(rows: Rows, source: Source) -> str:
    """The text a source gives for each row, trimmed; NULL for none."""
    if source.glue is not None:
        parts = ", ".join(rows.plain(name) for name in source.columns)
        found = f"nullif(concat_ws({literal(source.glue)}, {parts}), '')"
    elif source.columns:
        found = ", ".join(rows.plain(name) for name in source.columns)
        found = f"coalesce({found})" if len(source.columns) > 1 else found
    else:
        found = "CAST(NULL AS VARCHAR)"
    if source.value is not None:
        found = f"coalesce({found}, {literal(source.value)})"
    if source.cases:
        whens = " ".join(
            f"WHEN {rows.where(case.when)} THEN "
            + (literal(case.value) if case.value is not None else rows.plain(case.column or ""))
            for case in source.cases
        )
        found = f"CASE {whens} ELSE {found} END"
    return f"nullif({found}, '')" if source.value == "" else found


def tidiness(rows: Rows, source: Source, *, is_translated: bool = False) -> Tidy:
    """How tidy the text of a source is (after its value map, with `is_translated`)."""
    names = [*source.columns, *(case.column for case in source.cases if case.column)]
    given = [source.value, *(case.value for case in source.cases)]
    if is_translated:
        given += [*(ours for _, ours in source.values), source.otherwise]
    constants = least_tidy(tidy_constant(text) for text in given if text)
    if not constants:
        return ""
    # what was read as plain text is trimmed; glued parts may make a blank word
    columns = least_tidy(rows.tidiness(name) for name in names)
    return "trimmed" if source.glue is not None or not columns else least_tidy([constants, columns])


def typed_cell(rows: Rows, source: Source) -> str:
    """The text of a source that should hold dates, numbers or flags; NULL where it is blank."""
    return typed_text(text_sql(rows, source), tidiness(rows, source))


def translated(text: str, source: Source) -> str:
    """The text after the source's value map."""
    if not source.values and source.otherwise is None:
        return text
    whens = " ".join(
        f"WHEN lower({literal(theirs.strip())}) THEN {literal(ours)}"
        for theirs, ours in source.values
    )
    rest = text if source.otherwise is None else literal(source.otherwise)
    if not whens:
        return f"CASE WHEN {text} IS NOT NULL THEN {rest} END"
    return f"CASE WHEN {text} IS NULL THEN NULL ELSE CASE lower({text}) {whens} ELSE {rest} END END"


def cell_sql(text: str, type_: Type, *, form: str = "", tidy: Tidy = "") -> str:
    """The text as `value_sql` takes it; `tidy` is how tidy it is known to be."""
    if type_ == "text":
        return text
    bare = text if tidy else trimmed(text)
    return bare if form else typed_text(text, tidy)


def value_sql(
    text: str,
    type_: Type,
    *,
    style: str,
    zone: str = "UTC",
    days: str = "UTC",
    times: str = "",
    form: str = "",
) -> str:
    """The text (as `cell_sql` gives it) as a value of the declared type; NULL where it cannot
    be read.

    `style` is the date style or the decimal sign, `form` the plain form that was counted.
    """
    if type_ == "time":
        return date_sql(text, style, zone, form, days)
    if type_ == "day":
        return f"CAST({date_sql(text, style, zone, form)} AS DATE)"
    if type_ == "money":
        return number_sql(text, style, times, form=form)
    if type_ == "number":
        return f"CAST({number_sql(text, style, times, digits=6, form=form)} AS DOUBLE)"
    if type_ == "int":
        return int_sql(text, style, times, form)
    if type_ == "flag":
        return flag_sql(text)
    return text


def currency_value_sql(text: str) -> str:
    """The ISO code of a currency column; what is none stays as it is, so that it can be seen."""
    return f"coalesce({currency_sql(text)}, {text})"


def currency_from_amount(text: str) -> str:
    """The ISO code written in an amount."""
    return currency_of_amount_sql(text)
