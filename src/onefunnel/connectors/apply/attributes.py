"""The type of a free attribute, decided from all its values: number, time, yes/no or text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

from onefunnel.connectors.apply.counting import count_dates, count_numbers, kinds_sql
from onefunnel.connectors.apply.decisions import Written
from onefunnel.connectors.apply.expressions import typed_cell
from onefunnel.connectors.apply.rows import Rows
from onefunnel.connectors.mapping_parts import Columns, Source
from onefunnel.connectors.values.dates import decide_dates
from onefunnel.connectors.values.numbers import decide_numbers
from onefunnel.facts.declaration import Type

T = TypeVar("T")
#: Columns looked at in one query.
AT_ONCE = 32

_TEXT: tuple[Type, Written] = ("text", Written("", "", "", 0))
#: Names of things that are written with digits but counted by nobody.
_LABEL = re.compile(
    r"(^|[_\W])(id|ids|key|code|zip|plz|phone|fax|mobile|tel|nr|no|num|number|guid|uuid|sku|iban|"
    r"vat|postcode|postal)([_\W]|$)|(Id|ID|Code|Phone|Nr|Key)$",
)


def attribute_types(con: Any, rows: Rows, attributes: Columns) -> dict[str, tuple[Type, Written]]:
    """Type and writing of each attribute; what is not wholly of one type is text."""
    plain = [(name, source) for name, source in attributes if not source.values]
    if not plain:
        return {name: _TEXT for name, _ in attributes}
    found: dict[str, tuple[Type, Written]] = {name: _TEXT for name, _ in attributes}
    cells = {name: typed_cell(rows, source) for name, source in plain}
    sources = dict(plain)
    for name in filled(con, rows, cells):
        look = _look(con, rows, cells[name])
        if look.flags == look.values:
            found[name] = ("flag", Written("", "", "", look.values))
        elif (look.digits == look.values and not look.zeros) or look.dated == look.values:
            label = bool(look.zeros or _LABEL.search(name))
            found[name] = _numeric_or_dated(con, rows, sources[name], cells[name], is_label=label)
    return found


@dataclass(frozen=True)
class _Look:
    """How many values a column has, and how many of them look like what."""

    values: int
    digits: int
    flags: int
    zeros: int
    dated: int


def filled(con: Any, rows: Rows, cells: Mapping[str, str]) -> list[str]:
    """The columns that have a value at all; CRM tables have hundreds that do not."""
    filled = []
    for block in batched(cells.items(), 4 * AT_ONCE):
        counts = ", ".join(f"bool_or({cell} IS NOT NULL)" for _, cell in block)
        (*has,) = con.execute(f"SELECT {counts} FROM {rows.relation}").fetchone()
        filled += [name for (name, _), is_filled in zip(block, has, strict=True) if is_filled]
    return filled


def _look(con: Any, rows: Rows, cell: str) -> _Look:
    """What the cells of one column look like; each kind of cell is looked at once."""
    asked = (
        "c IS NOT NULL",
        "regexp_matches(c, '^\\(?[-+]?[^0-9A-Za-z]{0,2}\\d')",
        "lower(c) IN ('true', 'false', 'yes', 'no', 't', 'f')",
        "regexp_matches(c, '^0\\d|^[+][\\d ()/-]{9,}$')",  # no number: a label, or one to call
        "regexp_matches(c, '\\d[-/. :]\\d') OR regexp_matches(c, '[^\\s\\d.,/-]{3}.*\\d')",
    )
    counts = ", ".join(f"sum(n) FILTER (WHERE {condition})" for condition in asked)
    got = con.execute(f"SELECT {counts} FROM ({kinds_sql(rows.relation, cell)})").fetchone()
    return _Look(*(int(n or 0) for n in got))


def batched(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Lists of up to `size` items: one query over hundreds of columns plans for minutes."""
    rest = iter(items)
    while block := list(islice(rest, size)):
        yield block


def _numeric_or_dated(
    con: Any, rows: Rows, source: Source, cell: str, *, is_label: bool
) -> tuple[Type, Written]:
    d = count_dates(con, rows.relation, cell)
    n = count_numbers(con, rows.relation, cell)
    if d.dates == d.values:
        decided = decide_dates(d)
        if decided.problem:
            return _TEXT
        return "time", Written(source.date or decided.style, decided.why, "", d.values, d.form)
    if n.numbers == n.values and not is_label:
        sign = decide_numbers(n)
        if sign.problem:
            return _TEXT
        whole = n.plain == n.values and n.with_currency == 0
        type_: Type = "int" if whole else "number"
        return type_, Written(source.decimal or sign.decimal, sign.why, "", n.values, n.form)
    return _TEXT
