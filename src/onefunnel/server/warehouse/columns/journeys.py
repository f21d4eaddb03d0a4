"""Keep the journeys of the copy true: only the leads concerned are followed again.

Journeys have no change number of their own: a row is known by a 64-bit hash of its lead, which is
what drops of journeys hold (two of ten million leads share one with probability 3 in a million).
A new agreement, another stage list, or a lead time that passed from the future into the past
changes leads that have no new row; the first two follow every lead again, the last those leads.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

import pyarrow as pa

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.propose import propose
from onefunnel.agreement.yaml_text import read_yaml, write_yaml
from onefunnel.facts.sql_text import identifier, literal
from onefunnel.facts.store import Facts
from onefunnel.measures.steps.journeys import journeys, made_by
from onefunnel.measures.steps.path import NoSuccessPath
from onefunnel.server.warehouse.columns import changes
from onefunnel.server.warehouse.columns.manifest import Copied, JourneysMade, Manifest, Segment
from onefunnel.server.warehouse.columns.merged import as_one
from onefunnel.server.warehouse.columns.reading import facts_of, show
from onefunnel.server.warehouse.columns.segments import Shelf, times_of, view

HASH = "CAST(CAST(md5_number_lower(lead_id) AS HUGEINT) - 9223372036854775808 AS BIGINT)"
#: More leads than this share of all are followed faster all at once.
_MANY_SHARE = 0.2


@dataclass(frozen=True)
class Touched:
    """The leads whose rows changed, or `everything` where each may have."""

    lead_ids: tuple[str, ...] = ()
    everything: bool = False
    has_new_stage: bool = False


def touched_leads(shelf: Shelf, start: Manifest, tables: dict[str, Copied]) -> Touched:
    """The leads with a new or gone row among `leads` and `moves` since `start`."""
    con = shelf.con
    fresh = {
        name: replace(copied, segments=_fresh(copied, shelf.serial), drops=())
        for name, copied in tables.items()
    }
    if start.journeys is None or fresh["stages"].segments:
        return Touched(everything=True, has_new_stage=True)
    dropped = [d for d in tables["stages"].drops if d.serial == shelf.serial]
    if dropped:
        return Touched(everything=True, has_new_stage=True)
    total = sum(segment.rows for segment in start.journeys.segments)
    parts = [
        f"SELECT lead_id FROM ({view(shelf.folder, fresh[name])})"
        for name in ("leads", "moves")
        if fresh[name].segments
    ]
    # a gone row names its lead; an undone run of rows (which may be one long) names none
    parts.append(
        "SELECT lead_id FROM gone WHERE \"table\" IN ('leads', 'moves') AND lead_id IS NOT NULL"
    )
    parts += [
        f'SELECT b.lead_id FROM before."{name}" b JOIN gone g ON g."table" = \'{name}\' '
        'AND g.lead_id IS NULL AND b._id BETWEEN g."row" AND g."to"'
        for name in ("leads", "moves")
        if name in start.tables
    ]
    found = con.execute(
        f"SELECT DISTINCT lead_id FROM ({' UNION ALL '.join(parts)}) WHERE lead_id IS NOT NULL"
    ).fetchall()
    if len(found) > _MANY_SHARE * total:
        return Touched(everything=True, has_new_stage=True)
    return Touched(
        tuple(row[0] for row in found), has_new_stage=_has_new_stage(shelf, start, fresh)
    )


def _fresh(copied: Copied, serial: int) -> tuple[Segment, ...]:
    return tuple(segment for segment in copied.segments if segment.serial == serial)


def _has_new_stage(shelf: Shelf, start: Manifest, fresh: dict[str, Copied]) -> bool:
    """Whether a move names a stage that the proposed agreement does not know."""
    if not start.proposed or not fresh["moves"].segments:
        return False
    proposed = read_yaml(start.proposed, "proposed agreement")
    known = " ".join(stage.when for stage in proposed.stages)
    stages = shelf.con.execute(
        f"SELECT DISTINCT stage FROM ({view(shelf.folder, fresh['moves'])}) WHERE stage IS NOT NULL"
    ).fetchall()
    return any(literal(stage) not in known for (stage,) in stages)


def brought_up(
    shelf: Shelf,
    start: Manifest,
    manifest: Manifest,
    agreement: Agreement | None,
    touched: Touched,
) -> Manifest:
    """The manifest with its journeys brought up to its rows."""
    if "moves" not in manifest.tables:
        return replace(manifest, journeys=None, journeys_made=None, proposed="")
    facts = _facts(shelf, manifest)
    proposed = ""
    if agreement is None:
        agreement, proposed = _proposal(facts, start, touched)
    made = JourneysMade(made_by(agreement), manifest.data_at, agreement.title)
    manifest = replace(manifest, proposed=proposed, journeys_made=made)
    try:
        found = _journeys(shelf, start, manifest, facts, agreement, made, touched)
    except NoSuccessPath:  # the rows are here all the same; the pages say what the agreement lacks
        return replace(manifest, journeys=None, journeys_made=None)
    return replace(manifest, journeys=found)


def _journeys(
    shelf: Shelf,
    start: Manifest,
    manifest: Manifest,
    facts: Facts,
    agreement: Agreement,
    made: JourneysMade,
    touched: Touched,
) -> Copied | None:
    """All of them anew where the agreement changed, else those of the leads that were touched."""
    was = start.journeys_made
    if touched.everything or was is None or was.digest != made.digest or start.journeys is None:
        return _all(shelf, facts, agreement, made.as_of)
    lead_ids = {*touched.lead_ids, *_come_of_age(shelf, start, manifest)}
    if not lead_ids:
        return start.journeys
    return _some(shelf, start.journeys, manifest, facts, agreement, made.as_of, sorted(lead_ids))


def _facts(shelf: Shelf, manifest: Manifest) -> Facts:
    import ibis

    show(shelf.con, "now", shelf.folder, replace(manifest, journeys=None))
    engine = ibis.duckdb.from_connection(shelf.con)
    return facts_of(engine, "now", replace(manifest, journeys=None, journeys_made=None))


def _proposal(facts: Facts, start: Manifest, touched: Touched) -> tuple[Agreement, str]:
    """The proposal of before while it still names every stage, else a new one."""
    if start.proposed and not touched.has_new_stage:
        return read_yaml(start.proposed, "proposed agreement"), start.proposed
    agreement = propose(facts)
    return agreement, write_yaml(agreement)


def _come_of_age(shelf: Shelf, start: Manifest, manifest: Manifest) -> Iterable[str]:
    """Leads with a time that was in the future at the last refresh and counts now."""
    was = start.journeys_made.as_of if start.journeys_made else None
    now = manifest.data_at
    if now is None or was == now:
        return []
    low, high = (was or datetime.min), now  # noqa: DTZ901
    found: set[str] = set()
    for name, column in (("moves", "at"), ("leads", "created_at")):
        copied = start.tables.get(name)
        if copied is None:
            continue
        ahead = [s for s in copied.segments if s.ahead is not None and s.ahead > min(low, high)]
        if not ahead:
            continue
        select = view(shelf.folder, replace(copied, segments=tuple(ahead)))
        rows = shelf.con.execute(
            f"SELECT DISTINCT lead_id FROM ({select}) "
            f"WHERE {identifier(column)} > $low AND {identifier(column)} <= $high",
            {"low": min(low, high), "high": max(low, high)},
        ).fetchall()
        found |= {row[0] for row in rows if row[0] is not None}
    return found


def _all(shelf: Shelf, facts: Facts, agreement: Agreement, as_of: datetime | None) -> Copied:
    """Every lead followed anew."""
    select, columns = _select(shelf, facts, agreement, as_of)
    segment = shelf.write_segment("journeys", select, columns)
    return Copied(columns, (segment,) if segment else ())


def _some(
    shelf: Shelf,
    before: Copied,
    manifest: Manifest,
    facts: Facts,
    agreement: Agreement,
    as_of: datetime | None,
    lead_ids: list[str],
) -> Copied:
    """The journeys with those of some leads followed anew, from their whole histories."""
    con = shelf.con
    engine = facts[next(iter(facts.tables))].get_backend()
    con.register("touched", pa.table({"lead_id": pa.array(lead_ids, pa.string())}))
    tables = dict(facts.tables)
    for name in ("leads", "moves"):
        if name not in tables:
            continue
        shape = [(c, str(k)) for c, k in _columns_of(shelf, f"now.{identifier(name)}")]
        con.execute(f'CREATE OR REPLACE TEMP TABLE "some_{name}" AS FROM now."{name}" LIMIT 0')
        for part in changes.rows_of_leads(name, lead_ids):
            con.register("part", part)
            listed = ", ".join(identifier(c) for c, _ in shape)
            con.execute(
                f'INSERT INTO "some_{name}" SELECT {listed} '
                f"FROM ({changes.typed(name, shape, 'part')})"
            )
            con.unregister("part")
        tables[name] = engine.table(f"some_{name}", database=("temp", "main"))
    as_one(
        shelf,
        manifest,
        *(f'"some_{name}"' if name in tables else "" for name in ("leads", "moves")),
    )
    select, columns = _select(shelf, replace(facts, tables=tables), agreement, as_of)
    segment = shelf.write_segment("journeys", select, columns)
    drop = shelf.write_drop("journeys", f"SELECT {HASH} AS _id FROM touched")
    return Copied(
        columns,
        (*before.segments, *((segment,) if segment else ())),
        (*before.drops, *((drop,) if drop else ())),
    )


def _select(
    shelf: Shelf, facts: Facts, agreement: Agreement, as_of: datetime | None
) -> tuple[str, tuple[tuple[str, str], ...]]:
    import ibis

    text = str(ibis.to_sql(journeys(facts, agreement, as_of), dialect="duckdb"))
    columns = tuple(_columns_of(shelf, f"({text})"))
    return f"SELECT {HASH} AS _id, * FROM ({text})", columns


def _columns_of(shelf: Shelf, source: str) -> list[tuple[str, str]]:
    rows = shelf.con.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
    return [(str(row[0]), str(row[1])) for row in rows]


def latest_time(shelf: Shelf, table: str, copied: Copied) -> datetime | None:
    """The latest recorded time of these segments that is not in the future."""
    times = times_of(table)
    if not times:
        return None
    wanted = ", ".join(
        f"max({identifier(t)}) FILTER (WHERE {identifier(t)} <= $now)" for t in times
    )
    row = shelf.con.execute(
        f"SELECT {wanted} FROM ({view(shelf.folder, copied)})", {"now": shelf.now}
    ).fetchone()
    return max((value for value in row or () if value is not None), default=None)
