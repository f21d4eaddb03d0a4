"""The list behind a number: the records counted, page by page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from onefunnel.facts.tables import TABLES
from onefunnel.measures.catalogue import records_of
from onefunnel.measures.result import Records
from onefunnel.server.measure.asking import Asked
from onefunnel.server.run.basis import Basis
from onefunnel.server.run.kept import Kept

if TYPE_CHECKING:
    import ibis.expr.types as ir

_kept = Kept(512)
PAGE = 50
MASK = "•••"

#: What is said of each lead beside its key, in this order, where the facts have it.
LEAD_COLUMNS = ("name", "company", "source", "segment", "country", "owner", "created_at")
#: What is shown of a record that has a lead, of all the columns its measure worked with.
RECORD_COLUMNS = frozenset(
    {"lead_id", "deal_id", "order_id", "amount", "margin", "currency", "days", "at", "stage"}
    | {"current_stage", "outcome", "created_at"}
)
PERSONAL = frozenset(column.name for column in TABLES["leads"].columns if column.personal)
HEADS = {
    "lead_id": "Lead",
    "created_at": "Entered",
    "deal_id": "Deal",
    "order_id": "Order",
    "account_id": "Account",
    "at": "When",
    "current_stage": "Stage now",
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
    number the list was opened from. Personal columns hold a mask unless the reader may see them.
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
    may_see_personal: bool = False,
) -> Listing:
    """A page of the list behind a figure; `sort` is a column, with a minus for descending."""
    records = _records(basis, question, measure, figure, row)
    place = (measure, figure, tuple(sorted(row.items())), question.scope)
    count, total = _kept.get(
        (basis.version, basis.agreement.digest, place), lambda: _totals(records)
    )
    table, columns = _described(basis, records)
    pages = max(1, -(-count // PAGE))
    page = min(max(1, page), pages)
    ordered, sort = _ordered(table, columns, sort, may_see_personal)
    asked = ordered.limit(PAGE, offset=(page - 1) * PAGE)
    rows = asked.to_pyarrow().to_pylist() if count else []
    return Listing(
        columns=columns,
        rows=tuple(_masked(one, columns, may_see_personal) for one in rows),
        count=count,
        total=total,
        sum_column=records.sum_column,
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
    may_see_personal: bool = False,
) -> tuple[tuple[str, ...], Iterator[Mapping[str, object]]]:
    """The columns and every row of the list, for export; fetched in batches."""
    records = _records(basis, question, measure, figure, row)
    table, columns = _described(basis, records)
    ordered, _ = _ordered(table, columns, "", may_see_personal)
    batches = ordered.to_pyarrow_batches(chunk_size=10_000)
    rows = (
        _masked(one, columns, may_see_personal) for batch in batches for one in batch.to_pylist()
    )
    return tuple(column.name for column in columns), rows


def _records(
    basis: Basis, question: Asked, measure: str, figure: str, row: Mapping[str, str]
) -> Records:
    try:
        return records_of(measure, basis.facts, basis.agreement, question.scope, figure, row)
    except (KeyError, LookupError) as error:
        raise NoSuchFigure(str(error)) from error


def _totals(records: Records) -> tuple[int, int | Decimal]:
    table = records.table
    measured = {"count": table.count()}
    if records.sum_column:
        measured["total"] = table[records.sum_column].sum()
    found = table.aggregate(**measured).to_pyarrow().to_pylist()[0]
    count = int(found["count"])
    if records.sum_column is None:
        return count, count
    return count, found["total"] if found["total"] is not None else Decimal(0)


def _described(basis: Basis, records: Records) -> tuple[ir.Table, tuple[Column, ...]]:
    """The records with what is known of their leads, and the columns to show."""
    table = records.table
    names = [name for name in table.columns if not name.startswith("_")]
    if "lead_id" not in names:
        return table.select(*names), _columns(names)
    names = [name for name in names if name in RECORD_COLUMNS or name == records.sum_column]
    table = table.select(*names)
    more = []
    if "leads" in basis.facts:
        leads = basis.facts["leads"]
        more = [name for name in LEAD_COLUMNS if name in leads.columns and name not in names]
        table = table.left_join(leads.select("lead_id", *more), "lead_id").select(*names, *more)
    first = ["lead_id", *(name for name in ("name", "company") if name in more)]
    names = [*first, *(n for n in names if n not in first), *(n for n in more if n not in first)]
    return table.select(*names), _columns(names)


def _columns(names: Sequence[str]) -> tuple[Column, ...]:
    return tuple(
        Column(name, HEADS.get(name, name.replace("_", " ").capitalize()), name in PERSONAL)
        for name in names
    )


def _ordered(
    table: ir.Table, columns: tuple[Column, ...], sort: str, may_see_personal: bool
) -> tuple[ir.Table, str]:
    """Sorted by a column that may be seen; then by every column, so that pages never overlap."""
    import ibis

    open_to_sort = [c.name for c in columns if may_see_personal or not c.is_personal]
    name = sort.removeprefix("-")
    if name not in open_to_sort:
        sort = "-created_at" if "created_at" in open_to_sort else open_to_sort[0]
        name = sort.removeprefix("-")
    key = ibis.desc(name, nulls_first=False) if sort.startswith("-") else ibis.asc(name)
    rest = [column.name for column in columns if column.name != name]
    return table.order_by([key, *rest]), sort


def _masked(
    row: Mapping[str, object], columns: tuple[Column, ...], may_see_personal: bool
) -> Mapping[str, object]:
    if may_see_personal:
        return row
    hidden = {column.name for column in columns if column.is_personal}
    return {name: MASK if name in hidden and value else value for name, value in row.items()}
