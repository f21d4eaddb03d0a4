"""Write, merge and read the files of one copied table. DuckDB only; no Django here."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import duckdb

from onefunnel.facts.sql_text import identifier, literal
from onefunnel.facts.tables import TABLES
from onefunnel.server.warehouse.columns.manifest import Copied, Drop, Segment

#: When what came after the base is more than this share of it, all is written anew.
COMPACT_SHARE = 0.10
#: When there are more small segments than this, they are merged into one.
MOST_SEGMENTS = 9
#: Rows are stored in the order in which they are asked for: a period prunes row groups.
ORDER = {
    "leads": '"created_at", "lead_id"',
    "moves": '"lead_id", "at", "seq"',
    "touches": '"lead_id", "at"',
    "journeys": '"created_at", "lead_id"',
    "merged": '"lead_id"',
    "merged_leads": '"lead_id"',
}
#: The times that say how fresh the data are, as connectors.folder.latest_time has them.
_RECORDED = {
    "moves": ("at",),
    "touches": ("at",),
    "deals": ("closed_at", "opened_at"),
    "leads": ("created_at",),
    "orders": ("at",),
    "spend": ("at",),
    "handovers": ("offered_at",),
}
_ROW_GROUP = 122_880
#: Journeys are read on every page: what is quickest to read, and no larger for numbers and times.
_ENCODED = {"journeys": "COMPRESSION lz4_raw, PARQUET_VERSION V2"}


def times_of(table: str) -> tuple[str, ...]:
    """The columns of a standard table that say how fresh the data are."""
    return _RECORDED.get(table, ())


@dataclass(frozen=True)
class Shelf:
    """Where segments are written: the folder, the connection, the version being made, the time."""

    folder: Path
    con: duckdb.DuckDBPyConnection
    serial: int
    now: datetime

    def path(self, file: str) -> Path:
        return self.folder / file

    def write_segment(
        self, table: str, select: str, columns: Sequence[tuple[str, str]]
    ) -> Segment | None:
        """Write the rows of a SELECT that gives `_id` and `columns`; None where there are none."""
        listed = ", ".join(identifier(name) for name, _ in columns)
        file = self._write(
            table, f'SELECT "_id", {listed} FROM ({select}) ORDER BY {self._order(table, columns)}'
        )
        source = f"read_parquet({literal(self.path(file))})"
        times = times_of(table)
        wanted = ", ".join(
            f"max({identifier(t)}) FILTER (WHERE {identifier(t)} <= $now), max({identifier(t)})"
            for t in times
        )
        rows, *found = self.con.execute(
            f"SELECT count(*){', ' + wanted if times else ''} FROM {source}",
            {"now": self.now} if times else {},
        ).fetchone()  # type: ignore[misc]
        if not rows:
            self.path(file).unlink()
            return None
        latest = [value for value in found[::2] if value is not None]
        ahead = [value for value in found[1::2] if value is not None]
        return Segment(
            file,
            rows,
            self.serial,
            tuple(columns),
            max(latest, default=None),
            max(ahead, default=None),
        )

    def write_drop(self, table: str, select: str) -> Drop | None:
        """Write the ids (`_id`) of a SELECT that readers must leave out; None where none."""
        file = self._write(f"{table}-gone", f'SELECT DISTINCT "_id" FROM ({select}) ORDER BY 1')
        rows = self.con.execute(
            f"SELECT count(*) FROM read_parquet({literal(self.path(file))})"
        ).fetchone()[0]  # type: ignore[index]
        if not rows:
            self.path(file).unlink()
            return None
        return Drop(file, rows, self.serial)

    def is_empty(self, copied: Copied) -> bool:
        """Whether the drops leave no row; asked of the files only where it can be so."""
        if sum(d.rows for d in copied.drops) < sum(s.rows for s in copied.segments):
            return False
        row = self.con.execute(f"SELECT 1 FROM ({view(self.folder, copied)}) LIMIT 1").fetchone()
        return row is None

    def tidy(self, table: str, copied: Copied) -> Copied:
        """Merge what is worth merging: all of it, or the small segments, or nothing."""
        if not copied.segments:
            return replace(copied, drops=())
        base, *after = copied.segments
        changed = sum(s.rows for s in after) + sum(d.rows for d in copied.drops)
        if changed > COMPACT_SHARE * base.rows and (after or copied.drops):
            return self._merged(table, copied, keep=0)
        if len(copied.segments) > MOST_SEGMENTS:
            return self._merged(table, copied, keep=1)
        return copied

    def _merged(self, table: str, copied: Copied, keep: int) -> Copied:
        some = replace(copied, segments=copied.segments[keep:])
        select = view(self.folder, some, with_id=True)
        segment = self.write_segment(table, select, copied.columns)
        # drops of this very version are in the merged file already
        kept = copied.segments[:keep]
        drops = copied.drops if kept else ()
        return replace(copied, segments=(*kept, *((segment,) if segment else ())), drops=drops)

    def _order(self, table: str, columns: Sequence[tuple[str, str]]) -> str:
        if table in ORDER:
            return ORDER[table]
        time = TABLES[table].time
        return f"{identifier(time)}, _id" if time else "_id"

    def _write(self, stem: str, select: str) -> str:
        file = f"{stem}-{self.serial:09d}-{secrets.token_hex(6)}.parquet"
        path = self.path(file)
        self.con.execute(
            f"COPY ({select}) TO {literal(path)} "
            f"(FORMAT parquet, {_ENCODED.get(stem, 'COMPRESSION zstd')}, "
            f"ROW_GROUP_SIZE {_ROW_GROUP})"
        )
        path.chmod(0o600)
        with path.open("rb") as written:
            os.fsync(written.fileno())
        return file


def view(folder: Path, copied: Copied, *, with_id: bool = False) -> str:
    """The SELECT that reads a copied table: its segments less its drops, columns as of now."""
    groups: dict[tuple[tuple[tuple[str, str], ...], tuple[str, ...]], list[str]] = {}
    for segment in copied.segments:
        drops = tuple(drop.file for drop in copied.drops_of(segment))
        groups.setdefault((segment.columns, drops), []).append(segment.file)
    parts = []
    for (held, drops), files in groups.items():
        shown = ", ".join((['"_id"'] if with_id else []) + _shown(copied.columns, dict(held)))
        part = f"SELECT {shown} FROM read_parquet({_listed(folder, files)}) AS s"
        if drops:
            part += (
                f" ANTI JOIN (SELECT _id FROM read_parquet({_listed(folder, drops)})) AS d "
                "ON s._id = d._id"
            )
        parts.append(part)
    if not parts:
        empty = ", ".join(
            (['CAST(NULL AS BIGINT) AS "_id"'] if with_id else [])
            + [f"CAST(NULL AS {kind}) AS {identifier(name)}" for name, kind in copied.columns]
        )
        return f"SELECT {empty} WHERE false"
    return " UNION ALL ".join(parts)


def _shown(columns: Sequence[tuple[str, str]], held: Mapping[str, str]) -> list[str]:
    """Each column as it is to be now: absent ones empty, ones of another type cast."""
    shown = []
    for name, kind in columns:
        value = f"s.{identifier(name)}"
        if held.get(name) != kind:
            value = f"TRY_CAST({value if name in held else 'NULL'} AS {kind}) AS {identifier(name)}"
        shown.append(value)
    return shown


def _listed(folder: Path, files: Sequence[str]) -> str:
    return "[" + ", ".join(literal(folder / file) for file in files) + "]"
