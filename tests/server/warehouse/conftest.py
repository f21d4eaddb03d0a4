"""A workspace of its own for every test, and deliveries written by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pytest
from django.conf import settings

from onefunnel.facts.declaration import Type
from onefunnel.facts.store import Facts
from onefunnel.facts.tables import TABLES
from onefunnel.server.warehouse import agreement_in_force
from onefunnel.server.warehouse.columns import reading
from onefunnel.server.warehouse.inbox.accounting import RefusedRow, SourceFile
from onefunnel.server.warehouse.inbox.delivery import Delivery
from onefunnel.server.warehouse.inbox.running import run_delivery
from onefunnel.server.warehouse.models import Import, Source

NOW = datetime(2026, 11, 21, 9, 40, tzinfo=UTC)
_ARROW: dict[Type, pa.DataType] = {
    "text": pa.string(),
    "int": pa.int64(),
    "number": pa.float64(),
    "money": pa.decimal128(18, 4),
    "time": pa.timestamp("us"),
    "day": pa.date32(),
    "flag": pa.bool_(),
}

Row = Mapping[str, Any]


@pytest.fixture(autouse=True)
def workspace(tmp_path: Path) -> Iterator[Path]:
    """An empty workspace folder, and nothing remembered of the one before."""
    before, provider = settings.WORKSPACE, list(agreement_in_force._providers)
    settings.WORKSPACE = tmp_path
    agreement_in_force._providers.clear()
    yield tmp_path
    settings.WORKSPACE = before
    agreement_in_force._providers[:] = provider
    reading._copies.pop(tmp_path / "columns", None)


def facts_of(**tables: Sequence[Row]) -> Facts:
    """Facts from rows written by hand; a key beyond the declared ones is a free attribute."""
    engine = ibis.duckdb.connect()
    made = {}
    for name, rows in tables.items():
        declared = {c.name: _ARROW[c.type] for c in TABLES[name].columns}
        names = list(dict.fromkeys([*declared, *(key for row in rows for key in row)]))
        columns = [
            pa.array([row.get(n) for row in rows], declared.get(n))
            if n in declared
            else _guessed([row.get(n) for row in rows])
            for n in names
        ]
        made[name] = engine.create_table(name, pa.table(columns, names=names))
    return Facts(tables=made)


def _guessed(values: list[Any]) -> pa.Array:
    array = pa.array(values)
    return array.cast(pa.string()) if pa.types.is_null(array.type) else array


def delivered(
    *, refused: Sequence[RefusedRow] = (), unused: Sequence[SourceFile] = (), **tables: Any
) -> Delivery:
    """A delivery of one file per table; `_row` is the row's place unless the row says it."""
    numbered = {
        name: [{"_file": index, "_row": place, **row} for place, row in enumerate(rows, 1)]
        for index, (name, rows) in enumerate(tables.items())
    }
    files = []
    for name, rows in tables.items():
        kept = {row["_row"] for row in numbered[name]}
        bad = {one.row for one in refused if one.file == f"{name}.csv"} - kept
        files.append(SourceFile(f"{name}.csv", len(rows) + len(bad), refused=len(bad)))
    return Delivery(
        facts=facts_of(**{n: r for n, r in numbered.items() if r}),
        files=(*files, *unused),
        refused=lambda: refused,
    )


@pytest.fixture
def bring(db: None) -> Callable[..., Import]:
    """Run one import: `bring("crm", leads=[...], moves=[...])` or `bring("crm", delivery)`."""

    def run(source: str, delivery: Delivery | None = None, **tables: Any) -> Import:
        owner, _ = Source.objects.get_or_create(name=source, defaults={"created_at": NOW})
        imported = Import.objects.create(source=owner, created_at=NOW)
        return run_delivery(imported, delivery or delivered(**tables), clock=lambda: NOW)

    return run
