"""The list behind a number: the records counted, page by page."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import ibis

from onefunnel.facts.personal import MASK, scrubbed
from onefunnel.facts.sql_text import identifier
from onefunnel.measures.catalogue import records_of
from onefunnel.measures.result import Records
from onefunnel.server.agree.basis import Basis
from onefunnel.server.measure.asking import Asked
from onefunnel.server.measure.naming_nobody import check_names_nobody
from onefunnel.server.people.hiding import Hiding
from onefunnel.server.people.sealed import seal
from onefunnel.server.warehouse.kept import Kept

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

_kept = Kept(512)
PAGE = 50

#: What is said of each lead beside its key, in this order, where the facts have it.
LEAD_COLUMNS = ("name", "company", "source", "segment", "country", "owner", "created_at")
#: What is shown of a record that has a lead, of all the columns its measure worked with.
RECORD_COLUMNS = frozenset(
    {"lead_id", "deal_id", "order_id", "amount", "margin", "currency", "days", "at", "stage"}
    | {"current_stage", "outcome", "created_at"}
    | {"begun_at", "business_hours", "offered_at", "due_at", "answered_at", "reason", "clause"}
    | {"attempts", "ended_at", "aside_at", "woken_at", "contact_at", "campaign"}
)
HEADS = {
    "lead_id": "Lead",
    "created_at": "Entered",
    "deal_id": "Deal",
    "order_id": "Order",
    "account_id": "Account",
    "at": "When",
    "current_stage": "Stage now",
    "begun_at": "Begun",
    "offered_at": "Offered",
    "due_at": "Due",
    "answered_at": "Answered",
    "ended_at": "Decided",
    "aside_at": "Put aside",
    "woken_at": "Woke",
    "contact_at": "Last sales contact",
}


class NoSuchFigure(LookupError):
    """The address names a number that the measure does not give."""


@dataclass(frozen=True)
class Column:
    """One column of the list; `sort` is what the address says to sort by it."""

    name: str
    head: str
    is_personal: bool


@dataclass(frozen=True)
class Listing:
    """One page of the records, and what all of them come to.

    `total` is the sum of `sum_column` over all records, or their count: it has to equal the
    number the list was opened from. Personal columns hold a mask unless the reader may see them;
    a masked key stands beside it, sealed, as `_lead_id` or `_account_id`.
    """

    columns: tuple[Column, ...]
    rows: tuple[Mapping[str, object], ...]
    count: int
    total: int | Decimal
    sum_column: str | None
    page: int
    pages: int
    sort: str


def listing(
    basis: Basis,
    question: Asked,
    *,
    measure: str,
    figure: str,
    row: Mapping[str, str],
    page: int = 1,
    sort: str = "",
    hiding: Hiding,
) -> Listing:
    """A page of the list behind a figure; `sort` is a column, with a minus for descending."""
    asked = _asked(basis, question, measure, figure, row)
    count, total = _kept.get(("totals", asked.key), lambda: _totals(basis, asked))
    pages = max(1, -(-count // PAGE))
    page = min(max(1, page), pages)
    order, sort = _order(asked.columns, sort, hiding.sees_all)
    rows = _run(basis, f"{asked.sql} {order} LIMIT {PAGE} OFFSET {(page - 1) * PAGE}")
    columns, sum_column = asked.columns, asked.sum_column
    return Listing(
        columns=columns,
        rows=tuple(_masked(one, columns, hiding.sees_all) for one in rows.to_pylist()),
        count=count,
        total=total,
        sum_column=sum_column,
        page=page,
        pages=pages,
        sort=sort,
    )


def all_rows(
    basis: Basis,
    question: Asked,
    *,
    measure: str,
    figure: str,
    row: Mapping[str, str],
    hiding: Hiding,
) -> tuple[tuple[str, ...], Iterator[Mapping[str, object]]]:
    """The columns and every row of the list, for export; fetched in batches."""
    asked = _asked(basis, question, measure, figure, row)
    order, _ = _order(asked.columns, "", hiding.sees_all)
    batches = _con(basis).execute(f"{asked.sql} {order}").to_arrow_reader(10_000)
    rows = (
        _masked(one, asked.columns, hiding.sees_all)
        for batch in batches
        for one in batch.to_pylist()
    )
    return tuple(column.name for column in asked.columns), rows


@dataclass(frozen=True)
class _Asked:
    """The list as SQL, worked out once for each version of the data, agreement and question."""

    key: Hashable
    sql: str
    columns: tuple[Column, ...]
    sum_column: str | None


def _asked(
    basis: Basis, question: Asked, measure: str, figure: str, row: Mapping[str, str]
) -> _Asked:
    place = (measure, figure, tuple(sorted(row.items())), question.scope)
    key = (basis.version, basis.agreement.digest, place)

    def made() -> _Asked:
        check_names_nobody(measure, question.scope, basis.facts)
        records = _records(basis, question, measure, figure, row)
        table, columns = _described(basis, records)
        sql = f"SELECT * FROM ({ibis.to_sql(table, dialect='duckdb')})"
        return _Asked(key, sql, columns, records.sum_column)

    return _kept.get(("sql", key), made)


def _records(
    basis: Basis, question: Asked, measure: str, figure: str, row: Mapping[str, str]
) -> Records:
    try:
        return records_of(measure, basis.facts, basis.agreement, question.scope, figure, row)
    except (KeyError, LookupError) as error:
        raise NoSuchFigure(str(error)) from error


def _totals(basis: Basis, asked: _Asked) -> tuple[int, int | Decimal]:
    summed = f"sum({identifier(asked.sum_column)})" if asked.sum_column else "NULL"
    sql = f"SELECT count(*) AS count, {summed} AS total FROM ({asked.sql})"
    found = _run(basis, sql).to_pylist()[0]
    if asked.sum_column is None:
        return found["count"], found["count"]
    return found["count"], found["total"] if found["total"] is not None else Decimal(0)


def _con(basis: Basis) -> Any:
    return next(iter(basis.facts.tables.values())).get_backend().con


def _run(basis: Basis, sql: str) -> pa.Table:
    return _con(basis).execute(sql).to_arrow_table()


def _described(basis: Basis, records: Records) -> tuple[ir.Table, tuple[Column, ...]]:
    """The records with what is known of their leads, and the columns to show."""
    table = records.table
    names = [name for name in table.columns if not name.startswith("_")]
    if "lead_id" not in names:
        return table.select(*names), _columns(names, basis)
    names = [name for name in names if name in RECORD_COLUMNS or name == records.sum_column]
    table = table.select(*names)
    more = []
    if "leads" in basis.facts:
        leads = basis.facts["leads"]
        more = [name for name in LEAD_COLUMNS if name in leads.columns and name not in names]
        table = table.left_join(leads.select("lead_id", *more), "lead_id").select(*names, *more)
    first = ["lead_id", *(name for name in ("name", "company") if name in more)]
    names = [*first, *(n for n in names if n not in first), *(n for n in more if n not in first)]
    return table.select(*names), _columns(names, basis)


def _columns(names: Sequence[str], basis: Basis) -> tuple[Column, ...]:
    personal = {one.partition(".")[2] for one in basis.personal}
    return tuple(
        Column(name, HEADS.get(name, name.replace("_", " ").capitalize()), name in personal)
        for name in names
    )


def _order(columns: tuple[Column, ...], sort: str, may_see_personal: bool) -> tuple[str, str]:
    """Sorted by a column that may be seen; then by every column, so that pages never overlap."""
    open_to_sort = [c.name for c in columns if may_see_personal or not c.is_personal]
    name = sort.removeprefix("-")
    if name not in open_to_sort:
        first = open_to_sort[0] if open_to_sort else columns[-1].name
        sort = "-created_at" if "created_at" in open_to_sort else first
        name = sort.removeprefix("-")
    way = "DESC" if sort.startswith("-") else "ASC"
    rest = [identifier(column.name) for column in columns if column.name != name]
    return f"ORDER BY {', '.join([f'{identifier(name)} {way} NULLS LAST', *rest])}", sort


def _masked(
    row: Mapping[str, object], columns: tuple[Column, ...], may_see_personal: bool
) -> Mapping[str, object]:
    if may_see_personal:
        return row
    shown: dict[str, object] = {}
    hidden = {column.name for column in columns if column.is_personal}
    for name, value in row.items():
        shown[name] = value
        if name in hidden and value is not None:
            shown[name] = MASK
        elif isinstance(value, str):
            shown[name] = scrubbed(value)
        if shown[name] != value and name in ("lead_id", "account_id"):
            shown[f"_{name}"] = seal(str(value))
    return shown
