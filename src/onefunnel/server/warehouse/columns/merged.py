"""Merged leads in the columnar copy: the rows stay as they are, the views show them as one.

Two small files belong to a version that has merges: `merged` (each merged lead and the lead that
stands for it) and `merged_leads` (the rows of `leads` of those that stand for others, what they
lack filled from the ones merged into them). Every table with a `lead_id` is read through them.
A merge or an undo touches only the leads it concerns.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import pyarrow as pa

from onefunnel.facts.sql_text import identifier
from onefunnel.server.warehouse.columns import changes
from onefunnel.server.warehouse.columns.manifest import Copied, Manifest
from onefunnel.server.warehouse.columns.segments import Shelf, view
from onefunnel.server.warehouse.duplicates.chains import merged_leads

_PAIRS = (("lead_id", "VARCHAR"), ("kept_id", "VARCHAR"))
#: Of two answers about consent the stricter one stays.
_REFUSALS = re.compile(r"opt_?\s?out|unsubscri|do_?\s?not|blocked|blacklist|bounced", re.IGNORECASE)
_CONSENTS = re.compile(r"consent|opt_?\s?in|subscri|may_?\s?contact|allow", re.IGNORECASE)


def brought_up(
    shelf: Shelf, start: Manifest, manifest: Manifest, touched: Iterable[str] | None
) -> tuple[Manifest, frozenset[str]]:
    """The manifest with its merges as they are now, and the leads whose journeys they change.

    `touched` are the leads with new or gone rows; None means that any may have changed.
    """
    now = merged_leads()
    was = {} if start.merged is None else _pairs_in(shelf, start.merged)
    moved = {lead for lead in now.keys() | was.keys() if now.get(lead) != was.get(lead)}
    concerned = now.keys() | now.values()
    rows_touched = frozenset(concerned) if touched is None else frozenset(touched)
    changed = _whole_groups(rows_touched | moved, now, was) if now or was else frozenset[str]()
    if not now:
        return replace(manifest, merged=None, merged_leads=None), changed
    shape = manifest.tables["leads"].columns if "leads" in manifest.tables else ()
    kept = start.merged_leads.columns if start.merged_leads else ()
    if now == was and not rows_touched & concerned and kept == shape:
        return replace(manifest, merged=start.merged, merged_leads=start.merged_leads), changed
    shelf.con.register(
        "standing",
        pa.table({"lead_id": pa.array(now.keys(), pa.string()),
                  "kept_id": pa.array(now.values(), pa.string())}),
    )  # fmt: skip
    pairs = shelf.write_segment("merged", "SELECT 0 AS _id, * FROM standing", _PAIRS)
    joint = _joint_leads(shelf, shape, sorted(concerned)) if shape else None
    return (
        replace(manifest, merged=Copied(_PAIRS, (pairs,) if pairs else ()), merged_leads=joint),
        changed,
    )


def as_one(shelf: Shelf, manifest: Manifest, leads: str, moves: str) -> None:
    """In two temporary tables of raw rows, put merged leads together."""
    if manifest.merged is None:
        return
    con, pairs = shelf.con, view(shelf.folder, manifest.merged)
    if moves:
        con.execute(
            f"UPDATE {moves} SET lead_id = m.kept_id FROM ({pairs}) AS m "
            f"WHERE {moves}.lead_id = m.lead_id"
        )
    if leads and manifest.merged_leads:
        concerned = f"SELECT lead_id FROM ({pairs}) UNION SELECT kept_id FROM ({pairs})"
        joint = view(shelf.folder, manifest.merged_leads)
        con.execute(
            f"CREATE OR REPLACE TEMP TABLE joint AS SELECT * FROM ({joint}) WHERE lead_id IN "
            f"(SELECT coalesce(m.kept_id, t.lead_id) FROM {leads} AS t "
            f"LEFT JOIN ({pairs}) AS m ON t.lead_id = m.lead_id)"
        )
        con.execute(f"DELETE FROM {leads} WHERE lead_id IN ({concerned})")
        con.execute(f"INSERT INTO {leads} BY NAME SELECT * FROM joint")


def _pairs_in(shelf: Shelf, merged: Copied) -> dict[str, str]:
    return dict(shelf.con.execute(f"SELECT lead_id, kept_id FROM ({view(shelf.folder, merged)})")
                .fetchall())  # fmt: skip


def _whole_groups(
    leads: frozenset[str] | set[str], now: Mapping[str, str], was: Mapping[str, str]
) -> frozenset[str]:
    """The leads and all that are, or were, one with them."""
    ends = {one.get(lead, lead) for lead in leads for one in (now, was)}
    others = {lead for one in (now, was) for lead, end in one.items() if end in ends}
    return frozenset(leads | ends | others)


def _joint_leads(
    shelf: Shelf, shape: tuple[tuple[str, str], ...], lead_ids: list[str]
) -> Copied | None:
    """One row per standing lead: its own values, what it lacks from the merged, oldest first."""
    con = shelf.con
    con.execute(f"CREATE OR REPLACE TEMP TABLE together ({_declared(shape)})")
    listed = ", ".join(identifier(name) for name, _ in shape)
    for part in changes.rows_of_leads("leads", lead_ids):
        con.register("part", part)
        con.execute(
            f"INSERT INTO together SELECT _id, {listed} "
            f"FROM ({changes.typed('leads', shape, 'part')})"
        )
        con.unregister("part")
    shown = ", ".join(
        f"{_surviving(name, kind)} AS {identifier(name)}"
        for name, kind in shape
        if name != "lead_id"
    )
    select = (
        "SELECT min(_id) AS _id, standing_id AS lead_id"
        f"{', ' + shown if shown else ''} FROM (SELECT t.*, "
        "coalesce(s.kept_id, t.lead_id) AS standing_id, s.kept_id IS NOT NULL AS is_merged "
        "FROM together AS t LEFT JOIN standing AS s ON t.lead_id = s.lead_id) GROUP BY standing_id"
    )
    segment = shelf.write_segment("merged_leads", select, shape)
    return Copied(shape, (segment,)) if segment else None


def _declared(shape: tuple[tuple[str, str], ...]) -> str:
    return ", ".join(f"{identifier(name)} {kind}" for name, kind in (("_id", "BIGINT"), *shape))


def survivor(name: str, kind: str, values: Sequence[object]) -> object:
    """What `_surviving` gives, of values that are there and in its order; None of none."""
    if not values:
        return None
    if name == "created_at":
        return min(values)  # type: ignore[type-var]
    if kind == "BOOLEAN" and _REFUSALS.search(name):
        return any(values)
    if kind == "BOOLEAN" and _CONSENTS.search(name):
        return all(values)
    return values[0]


def _surviving(name: str, kind: str) -> str:
    value = identifier(name)
    if name == "created_at":
        return f"min({value})"
    if kind == "BOOLEAN" and _REFUSALS.search(name):
        return f"bool_or({value})"
    if kind == "BOOLEAN" and _CONSENTS.search(name):
        return f"bool_and({value})"
    order = 'ORDER BY is_merged, "created_at" NULLS LAST, _id'
    return f"first({value} {order}) FILTER (WHERE {value} IS NOT NULL)"
