"""Open the columnar copy: the facts of one published version, for every thread of this process.

No Django here: the command line and a notebook open a workspace's copy the same way. One DuckDB
database in memory holds nothing but views over the files; every thread has its own cursor on it
and so its own Ibis engine. It can read the folder of the copy and nothing else.
"""

from __future__ import annotations

import threading
import time
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from onefunnel.facts.findings import Finding
from onefunnel.facts.sql_text import identifier, literal
from onefunnel.facts.store import Facts, Journeys
from onefunnel.server.warehouse.columns.manifest import GRACE, NAME, Manifest, read_manifest
from onefunnel.server.warehouse.columns.merged_view import merged_view

if TYPE_CHECKING:
    import ibis

#: Versions that stay open at least; an older one for as long as its files are there at least.
_KEPT = 4


class Copy:
    """The columnar copy in one folder, as this process reads it. Use it from any thread."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._con = duckdb.connect()
        self._con.execute("SET TimeZone = 'UTC'")
        self._con.execute(f"SET allowed_directories = [{literal(str(folder) + '/')}]")
        self._con.execute("SET enable_external_access = false")
        self._lock = threading.Lock()
        self._stamp: tuple[int, int] = (-1, -1)
        self._manifest = Manifest()
        self._schemas: dict[str, float] = {}  # the versions that are open, and since when
        self._local = threading.local()

    def manifest(self) -> Manifest:
        """The version published last; looked up again only when the file has changed."""
        try:
            status = (self.folder / NAME).stat()
            stamp = (status.st_mtime_ns, status.st_ino)
        except FileNotFoundError:
            stamp = (0, 0)
        if stamp != self._stamp:
            with self._lock:
                self._manifest = read_manifest(self.folder)
                self._stamp = stamp
        return self._manifest

    def facts(self) -> Facts:
        """The facts of the version published last. The same object until a new one is published."""
        return self.published()[1]

    def published(self) -> tuple[Manifest, Facts]:
        """The version published last and its facts, from one look at the folder.

        Whoever keeps answers by the version takes both from here: between two looks a new
        version may have been published.
        """
        manifest = self.manifest()
        known: tuple[int, Facts] | None = getattr(self._local, "facts", None)
        if known is None or known[0] != manifest.version:
            known = (manifest.version, self._open(manifest))
            self._local.facts = known
        return manifest, known[1]

    def _open(self, manifest: Manifest) -> Facts:
        import ibis

        schema = f"v{manifest.version}"
        with self._lock:
            if schema not in self._schemas:
                show(self._con, schema, self.folder, manifest)
                self._schemas[schema] = time.monotonic()
                self._close_old()
            cursor = self._con.cursor()
        return facts_of(ibis.duckdb.from_connection(cursor), schema, manifest)

    def _close_old(self) -> None:
        """Close versions that a newer one took the place of, when nobody reads them any more."""
        opened = list(self._schemas.items())
        for (old, _), (_, superseded) in list(pairwise(opened))[: -_KEPT + 1]:
            if time.monotonic() - superseded > GRACE.total_seconds():
                self._con.execute(f"DROP SCHEMA IF EXISTS {old} CASCADE")
                del self._schemas[old]


def show(con: duckdb.DuckDBPyConnection, schema: str, folder: Path, manifest: Manifest) -> None:
    """Make the views of one version in a schema of their own."""
    con.execute(f"CREATE SCHEMA IF NOT EXISTS {identifier(schema)}")
    named = {**manifest.tables, **({"journeys": manifest.journeys} if manifest.journeys else {})}
    for name, copied in named.items():
        target = f"{identifier(schema)}.{identifier(name)}"
        select = merged_view(folder, name, copied, manifest)
        con.execute(f"CREATE OR REPLACE VIEW {target} AS {select}")


def facts_of(engine: ibis.backends.duckdb.Backend, schema: str, manifest: Manifest) -> Facts:
    """The facts that `show` made views of."""
    tables = {name: engine.table(name, database=schema) for name in manifest.tables}
    made = manifest.journeys_made
    journeys = None
    if made is not None and manifest.journeys is not None:
        journeys = Journeys(engine.table("journeys", database=schema), made.digest, made.as_of)
    return Facts(
        tables=tables,
        findings=tuple(Finding(**finding) for finding in manifest.findings),  # type: ignore[arg-type]
        data_at=manifest.data_at,
        origin=manifest.origin,
        notes=manifest.notes,
        personal=manifest.personal,
        renamed=manifest.renamed,
        journeys=journeys,
    )


_copies: dict[Path, Copy] = {}
_copies_lock = threading.Lock()


def copy_in(folder: Path) -> Copy:
    """The copy in that folder, opened once per process."""
    with _copies_lock:
        if folder not in _copies:
            _copies[folder] = Copy(folder)
        return _copies[folder]
