"""One delivery: the facts that were read, and the account of the files they came from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from onefunnel.facts.findings import Finding
from onefunnel.facts.store import Facts
from onefunnel.facts.tables import TABLES
from onefunnel.server.warehouse.inbox.accounting import RefusedRow, SourceFile


@dataclass(frozen=True)
class Delivery:
    """Facts with lineage (`_file` is an index into `files`), and what became no fact and why.

    `refused` gives the lines of the download, one by one: there may be millions. `digest` is that
    of the files' bytes; empty where the facts come from no file.
    """

    facts: Facts
    files: tuple[SourceFile, ...] = ()
    refused: Callable[[], Iterable[RefusedRow]] = tuple
    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()
    mapping: str = ""
    digest: str = ""
    about: Mapping[str, object] = field(default_factory=dict)


def delivery_of_tables(facts: Facts) -> Delivery:
    """Facts that come from no file: every table counts as a file with one row per fact."""
    names = [name for name in TABLES if name in facts]
    tables = {}
    files = []
    for index, name in enumerate(names):
        table = facts[name]
        engine = table.get_backend()
        engine.create_view(f"given_{name}", table, overwrite=True)
        engine.con.execute(
            f"CREATE OR REPLACE TEMP TABLE numbered_{name} AS "
            f"SELECT *, {index} AS _file, row_number() OVER () AS _row FROM given_{name}"
        )
        tables[name] = engine.table(f"numbered_{name}", database=("temp", "main"))
        files.append(SourceFile(name, int(table.count().execute())))
    return Delivery(
        facts=Facts(
            tables=tables, data_at=facts.data_at, origin=facts.origin, personal=facts.personal
        ),
        files=tuple(files),
        findings=facts.findings,
        notes=facts.notes,
    )
