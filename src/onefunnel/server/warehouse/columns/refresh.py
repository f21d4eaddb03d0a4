"""Bring the columnar copy up to the database: in time proportional to what is new.

One refresh at a time (a lock on the folder's file). It reads what came after the watermark in one
snapshot of the database, writes it as further segments and drops, recomputes the journeys of the
leads concerned, and publishes the new version in one step. With `rebuild` it starts from nothing;
the result is the same, which tests hold it to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from onefunnel.agreement.document import Agreement
from onefunnel.facts.sql_text import identifier, literal
from onefunnel.facts.tables import TABLES
from onefunnel.facts.utc import in_utc
from onefunnel.server.warehouse.columns import changes, journeys, merged
from onefunnel.server.warehouse.columns.manifest import (
    About,
    Copied,
    Manifest,
    Segment,
    publish,
    read_manifest,
)
from onefunnel.server.warehouse.columns.place import folder
from onefunnel.server.warehouse.columns.reading import show
from onefunnel.server.warehouse.columns.segments import Shelf, view
from onefunnel.server.warehouse.inbox.database import kept_import, last_number
from onefunnel.server.warehouse.inbox.lock import held_file, lock_file

Progress = Callable[[str], None]


@dataclass(frozen=True)
class AtHand:
    """Rows of one table that an import has just written, so that they need not be read back.

    `staged` and `written` lie row for row; `ids` of `written` are 0 where nothing was written.
    They are all the living rows with change numbers `first` to `last`.
    """

    table: str
    staged: Path
    written: Path
    first: int
    last: int


def refresh(
    *,
    now: datetime,
    agreement: Agreement | None,
    about: About,
    at_hand: Iterable[AtHand] = (),
    rebuild: bool = False,
    place: Path | None = None,
    progress: Progress = lambda phase: None,
) -> Manifest:
    """Publish a version of the copy that holds everything committed so far.

    Args:
        now: Times after it are in the future and do not move the data's own time.
        agreement: Under which the journeys are made; None proposes one from the facts.
        rebuild: Forget the copy and make it again from the database.
        place: The folder of the copy, where it is not the workspace's own.
    """
    moment = in_utc(now)
    place = place or folder()
    with held_file(lock_file("columns"), wait=True):
        before = read_manifest(place)
        start = Manifest(version=before.version) if rebuild else before
        con = duckdb.connect()
        con.execute("SET TimeZone = 'UTC'")
        con.execute(f"SET temp_directory = {literal(place / 'spill')}")
        try:
            shelf = Shelf(place, con, start.version + 1, moment)
            made = _made(shelf, start, agreement, tuple(at_hand), progress)
            made = replace(
                made,
                findings=about.findings,
                notes=about.notes,
                origin=about.origin,
                personal=about.personal,
                renamed=about.renamed,
            )
            if made == start and not rebuild and start.version:
                return start
            return publish(place, made)
        finally:
            con.close()


def _made(
    shelf: Shelf,
    start: Manifest,
    agreement: Agreement | None,
    at_hand: Sequence[AtHand],
    progress: Progress,
) -> Manifest:
    con = shelf.con
    with changes.snapshot():
        last = last_number()
        shapes = changes.shapes()
        show(con, "before", shelf.folder, _with_ids(start))
        con.register("gone", changes.gone_rows(start.watermark, last))
        tables: dict[str, Copied] = {}
        for name in TABLES:
            progress(f"reading {name}")
            copied = start.tables.get(name, Copied(columns=shapes[name]))
            copied = replace(copied, columns=shapes[name])
            tables[name] = _with_changes(shelf, name, copied, start.watermark, last, at_hand)
        touched = journeys.touched_leads(shelf, start, tables)
        data_at = _data_at(shelf, tables)
        progress("following the journeys")
        manifest = replace(
            start,
            watermark=last,
            data_at=data_at,
            tables={name: copied for name, copied in tables.items() if copied.segments},
        )
        of_rows = None if touched.everything else touched.lead_ids
        manifest, concerned = merged.brought_up(shelf, start, manifest, of_rows)
        touched = replace(touched, lead_ids=tuple({*touched.lead_ids, *concerned}))
        manifest = journeys.brought_up(shelf, start, manifest, agreement, touched)
    progress("tidying up")
    manifest = replace(
        manifest,
        tables={name: shelf.tidy(name, copied) for name, copied in manifest.tables.items()},
        journeys=manifest.journeys and shelf.tidy("journeys", manifest.journeys),
    )
    kept = {name: copied for name, copied in manifest.tables.items() if copied.segments}
    return replace(manifest, tables=kept)


def _with_ids(manifest: Manifest) -> Manifest:
    """The same, for views that show `_id` too."""
    return replace(
        manifest,
        merged=None,  # as the database has them
        tables={
            name: replace(
                copied,
                columns=(("_id", "BIGINT"), *copied.columns),
                segments=tuple(
                    replace(s, columns=(("_id", "BIGINT"), *s.columns)) for s in copied.segments
                ),
            )
            for name, copied in manifest.tables.items()
        },
    )


def _with_changes(
    shelf: Shelf,
    table: str,
    copied: Copied,
    since: int,
    until: int,
    at_hand: Sequence[AtHand],
) -> Copied:
    """The table with one more segment for the new rows and one more drop for those gone."""
    con = shelf.con
    segments: list[Segment] = []
    hands = sorted((h for h in at_hand if h.table == table), key=lambda h: h.first)
    place = since
    for hand in hands:
        if hand.first <= place or hand.last > until:
            continue  # part of it is in the copy already: read the rest from the database
        if not _is_alone(con, hand):
            continue  # somebody wrote between its rows, or changed one
        segments += _segment_of(
            shelf, table, copied, changes.new_rows(table, place, hand.first - 1)
        )
        select = (
            f"SELECT w._new_id AS _id, s.* FROM read_parquet({literal(hand.staged)}) s "
            f"POSITIONAL JOIN read_parquet({literal(hand.written)}) w WHERE w._new_id > 0"
        )
        held = {r[0] for r in con.execute(f"DESCRIBE {select}").fetchall()}
        columns = tuple((name, kind) for name, kind in copied.columns if name in held)
        segment = shelf.write_segment(table, _cast(select, columns), columns)
        segments += [segment] if segment else []
        place = hand.last
    segments += _segment_of(shelf, table, copied, changes.new_rows(table, place, until))
    drops = list(copied.drops)
    if copied.segments:
        drop = shelf.write_drop(
            table,
            f'SELECT "row" AS _id FROM gone WHERE "table" = \'{table}\' AND "row" = "to" '
            f'UNION ALL SELECT b._id FROM before."{table}" b JOIN gone g ON g."table" = '
            f'\'{table}\' AND g."row" < g."to" AND b._id BETWEEN g."row" AND g."to"',
        )
        drops += [drop] if drop else []
    made = replace(copied, segments=(*copied.segments, *segments), drops=tuple(drops))
    return replace(made, segments=(), drops=()) if shelf.is_empty(made) else made


def _is_alone(con: duckdb.DuckDBPyConnection, hand: AtHand) -> bool:
    """Whether the living rows between the first and the last of the hand are those of the hand.

    Only what people enter here can come between the rows of an import.
    """
    if kept_import() is None:
        return True
    count = f"SELECT count(*) FROM read_parquet({literal(hand.written)}) WHERE _new_id > 0"
    held = con.execute(count).fetchone()
    return held == (changes.count_of_one_import(hand.table, hand.first, hand.last),)


def _cast(select: str, columns: Sequence[tuple[str, str]]) -> str:
    shown = ", ".join(
        f"TRY_CAST({identifier(name)} AS {kind}) AS {identifier(name)}" for name, kind in columns
    )
    return f"SELECT _id, {shown} FROM ({select})"


def _segment_of(
    shelf: Shelf, table: str, copied: Copied, rows: Iterable[pa.Table]
) -> list[Segment]:
    """The rows as one segment; none where there are no rows."""
    con = shelf.con
    is_first = True
    for part in rows:
        con.register("part", part)
        select = changes.typed(table, copied.columns, "part")
        con.execute(
            f"CREATE OR REPLACE TEMP TABLE fresh AS {select}"
            if is_first
            else f"INSERT INTO fresh {select}"
        )
        con.unregister("part")
        is_first = False
    if is_first:
        return []
    segment = shelf.write_segment(table, "SELECT * FROM fresh", copied.columns)
    con.execute("DROP TABLE fresh")
    return [segment] if segment else []


def _data_at(shelf: Shelf, tables: Mapping[str, Copied]) -> datetime | None:
    """The latest recorded time that is not in the future.

    Segments remember theirs; only a segment that lost rows or held future times is looked at
    again, and only while it could still be the latest.
    """
    found = [
        (segment, name, copied) for name, copied in tables.items() for segment in copied.segments
    ]
    found.sort(key=lambda item: _bound(item[0], shelf.now), reverse=True)
    best: datetime | None = None
    for segment, name, copied in found:
        bound = _bound(segment, shelf.now)
        if best is not None and bound <= best:
            break
        has_moved = segment.ahead is not None and segment.latest != segment.ahead
        if copied.drops_of(segment) or has_moved:
            exact = journeys.latest_time(shelf, name, replace(copied, segments=(segment,)))
        else:
            exact = segment.latest
        if exact is not None and (best is None or exact > best):
            best = exact
    return best


def _bound(segment: Segment, now: datetime) -> datetime:
    """No time of the segment that counts can be later than this."""
    if segment.ahead is None:
        return datetime.min  # noqa: DTZ901
    return min(segment.ahead, now)


def content(place: Path, manifest: Manifest, con: duckdb.DuckDBPyConnection) -> dict[str, list]:  # type: ignore[type-arg]
    """Every row of a version, sorted: what two versions are compared by."""
    parts = {**manifest.tables, **({"journeys": manifest.journeys} if manifest.journeys else {})}
    return {
        name: con.execute(f"SELECT * FROM ({view(place, part)}) ORDER BY ALL").fetchall()
        for name, part in parts.items()
    }
