"""Leads as the database has them this moment: what was just done here is in it.

The columnar copy follows a second later; a page about one lead, and every deed, reads here. A lead
that others were merged into answers for all of them, as it does in the copy.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation

from django.db.models.functions import Lower

from onefunnel.facts.declaration import SQL_TYPES, Type
from onefunnel.facts.tables import TABLES
from onefunnel.facts.utc import in_utc
from onefunnel.server.warehouse.columns.changes import shapes
from onefunnel.server.warehouse.columns.merged import survivor
from onefunnel.server.warehouse.duplicates.chains import group_of
from onefunnel.server.warehouse.fact_rows import FACT_MODELS, stored_columns
from onefunnel.server.warehouse.inbox.database import kept_import, living_rows, rows_by
from onefunnel.server.warehouse.models import Import
from onefunnel.server.warehouse.read_once import once

Row = Mapping[str, object]
#: By table, the column that names the lead.
_ABOUT_LEADS = {
    "leads": "key", "moves": "lead_id", "touches": "lead_id", "handovers": "lead_id",
}  # fmt: skip
#: So many leads of one e-mail address are told: more share no mailbox of a person.
MOST_OF_ADDRESS = 500
#: Where the revision of a lead stands in its row: another one after every change of its details.
REVISION = "_revision"
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 (UTC without a zone, as in the facts)
_DECLARED: dict[str, Type] = {kind: name for name, kind in SQL_TYPES.items()}


def living_lead(lead_id: str) -> Row | None:
    """One lead with its declared columns and free attributes; None where there is none.

    Times are naive UTC, money is Decimal. `_revision` changes with every change of the row.
    """
    return living_leads([lead_id]).get(lead_id)


def living_leads(lead_ids: Sequence[str]) -> dict[str, Row]:
    """The leads of these ids that are there, as `living_lead` gives them."""
    kinds = dict(shapes(only="leads")["leads"])
    return {
        lead_id: rows[0] if len(rows) == 1 else _joined(lead_id, rows, kinds)
        for lead_id, rows in rows_of_leads(lead_ids).items()
    }


def rows_of_leads(lead_ids: Sequence[str]) -> dict[str, tuple[Row, ...]]:
    """The rows behind these leads, each as it is: its own first, then of those merged into it.

    A lead that is not there, or was merged into another, is left out. Whoever changes a lead
    writes these and never the joined row: a merge that is taken back would leave all in one.
    """
    groups = group_of(lead_ids)
    asked = sorted({one for group in groups.values() for one in group})
    kinds = dict(shapes(only="leads")["leads"])
    found = {str(row["lead_id"]): row for row in _rows("leads", "key", asked, kinds)}
    leads: dict[str, tuple[Row, ...]] = {}
    for lead_id, group in groups.items():
        rows = tuple(found[one] for one in group if one in found)
        if rows and group[0] == lead_id:
            leads[lead_id] = rows
    return leads


def leads_as_they_were(numbers: Iterable[int]) -> dict[int, Row]:
    """The rows of leads that were written under these numbers, by number, each as it was then;
    one that was erased is left out."""
    return _as_they_were("leads", numbers)


def deals_as_they_were(numbers: Iterable[int]) -> dict[int, Row]:
    """The rows of deals that were written under these numbers, as `leads_as_they_were`."""
    return _as_they_were("deals", numbers)


def _as_they_were(table: str, numbers: Iterable[int]) -> dict[int, Row]:
    kinds, stored = dict(shapes(only=table)[table]), stored_columns(table)
    found = FACT_MODELS[table].objects.filter(pk__in=list(numbers))
    return {
        number: _row(number, dict(zip(stored, cells, strict=True)), kinds)
        for number, *cells in found.values_list("pk", *stored)
    }


def leads_with_address(address: str) -> list[str]:
    """The ids of the latest rows of leads with this e-mail address, however it is capitalised; an
    id may be that of a lead that was merged into another."""
    asked = address.strip().lower()
    rows = FACT_MODELS["leads"].objects.annotate(address=Lower("email"))
    there = rows.filter(address=asked, replaced_by=None).order_by("-pk")
    found = there.values_list("key", flat=True)[:MOST_OF_ADDRESS]
    return once(("address", asked), lambda: list(found))


def simulated_leads(lead_ids: Sequence[str]) -> set[str]:
    """Those of the ids that came with the simulated company, and by no import of one's own.

    What people changed of such a lead here does not make it another.
    """
    rows = (
        FACT_MODELS["leads"]
        .objects.filter(key__in=lead_ids)
        .exclude(import__status=Import.Status.KEPT)
        .order_by()
    )
    found: dict[str, bool] = {}
    for key, is_simulated in rows.values_list("key", "import__source__is_simulated"):
        found[key] = found.get(key, True) and bool(is_simulated)
    return {key for key, is_simulated in found.items() if is_simulated}


def moves_of(lead_id: str) -> tuple[Row, ...]:
    """The moves of one lead, those of leads merged into it too, in the order they were made.

    Moves without a time come first, by `seq`; each has the columns of `moves`.
    """
    return moves_of_leads([lead_id]).get(lead_id, ())


def leads_moved_after(number: int, *, most: int) -> frozenset[str] | None:
    """The leads of the living moves written after that change; None for more moves than `most`."""
    moves = FACT_MODELS["moves"].objects.filter(pk__gt=number, replaced_by=None).order_by("pk")
    leads = list(moves.values_list("lead_id", flat=True)[: most + 1])
    return frozenset(leads) if len(leads) <= most else None


def moves_of_leads(lead_ids: Sequence[str]) -> dict[str, tuple[Row, ...]]:
    """The moves of these leads, as `moves_of` gives them; leads without one are left out."""
    return _histories("moves", lead_ids)


def touches_of_leads(lead_ids: Sequence[str]) -> dict[str, tuple[Row, ...]]:
    """The touches of these leads, those of leads merged into them too, the earliest first."""
    return _histories("touches", lead_ids)


def deals_of_leads(lead_ids: Sequence[str]) -> dict[str, tuple[Row, ...]]:
    """The deals of these leads, those of leads merged into them too, the latest written last;
    each with its declared columns and free attributes. Leads without one are left out."""
    groups = group_of(lead_ids)
    stands = {one: group[0] for group in groups.values() for one in group}
    kinds = dict(shapes(only="deals")["deals"])
    found: dict[str, list[Row]] = {}
    for row in _rows("deals", "lead_id", sorted(stands), kinds):
        found.setdefault(stands[str(row["lead_id"])], []).append(row)
    return {lead: tuple(sorted(rows, key=_number)) for lead, rows in found.items()}


def leads_changed_after(number: int, *, most: int) -> tuple[frozenset[str], int]:
    """Leads of which a row, move, touch or handover was written after that change, and how far it
    is looked: of many, the first `most` rows of each table.

    Asked again with that number it goes on; nothing new gives none and the same number. An id may
    be that of a lead that was merged into another.
    """
    found: list[tuple[int, str]] = []
    ends: list[int] = []
    for table, column in _ABOUT_LEADS.items():
        rows = FACT_MODELS[table].objects.filter(pk__gt=number, replaced_by=None).order_by("pk")
        part = list(rows.values_list("pk", column)[:most])
        found += part
        if len(part) == most:
            ends.append(part[-1][0])
    end = min(ends) if ends else max((pk for pk, _ in found), default=number)
    return frozenset(lead for pk, lead in found if pk <= end and lead), end


def _histories(table: str, lead_ids: Sequence[str]) -> dict[str, tuple[Row, ...]]:
    groups = group_of(lead_ids)
    stands = {one: group[0] for group in groups.values() for one in group}
    kinds = {column.name: SQL_TYPES[column.type] for column in TABLES[table].columns}
    found: dict[str, list[Row]] = {}
    for row in _rows(table, "lead_id", sorted(stands), kinds):
        lead = stands[str(row["lead_id"])]
        found.setdefault(lead, []).append({**row, "lead_id": lead})
    return {lead: tuple(sorted(rows, key=_place)) for lead, rows in found.items()}


def _number(row: Row) -> int:
    return int(str(row[REVISION]))


def _place(move: Row) -> tuple[bool, object, bool, object, object]:
    at, seq = move["at"], move.get("seq")
    return at is not None, at or _EPOCH, seq is not None, seq or 0, move[REVISION]


def _rows(
    table: str, column: str, values: Sequence[str], kinds: Mapping[str, str]
) -> Iterable[dict[str, object]]:
    """The living rows whose `column` is one of the values, typed."""
    stored = stored_columns(table)
    for number, *cells in rows_by(table, column, values, ("id", *stored)):
        yield _row(number, dict(zip(stored, cells, strict=True)), kinds)


def _row(number: object, kept: dict[str, object], kinds: Mapping[str, str]) -> dict[str, object]:
    """A row as it is kept, typed."""
    more = json.loads(str(kept.pop("more", None) or "{}"))
    row: dict[str, object] = {REVISION: number}
    for name, kind in kinds.items():
        if name in kept:
            row[name] = _typed(kept[name], _DECLARED[kind])
        else:
            row[name] = _read(more.get(name), kind)
    return row


def _typed(cell: object, kind: Type) -> object:
    """What is kept in a cell of a declared column, as its value."""
    if cell is None:
        return None
    match kind:
        case "money":
            return Decimal(int(str(cell))).scaleb(-4)
        case "time":
            return _EPOCH + timedelta(microseconds=int(str(cell)))
        case "day":
            return _EPOCH.date() + timedelta(days=int(str(cell)))
        case "flag":
            return bool(cell)
    return cell


def _read(text: str | None, kind: str) -> object:
    """A free attribute, kept as text, as its type; None where it is not of the type."""
    if text is None:
        return None
    try:
        match kind:
            case "BIGINT":
                return int(text)
            case "DOUBLE":
                return float(text)
            case "BOOLEAN":
                return {"true": True, "false": False}.get(text)
            case "DATE":
                return date.fromisoformat(text)
            case "TIMESTAMP":
                return in_utc(datetime.fromisoformat(text))
        return Decimal(text) if kind.startswith("DECIMAL") else text
    except (ValueError, InvalidOperation):
        return None


def _joined(lead_id: str, rows: Sequence[Row], kinds: Mapping[str, str]) -> Row:
    """One row of several that are one lead: the first is the lead's own, the others fill it."""
    others = sorted(rows[1:], key=lambda r: (r["created_at"] is None, r["created_at"] or _EPOCH))
    ordered = [rows[0], *others] if rows[0]["lead_id"] == lead_id else others
    joint: dict[str, object] = {REVISION: max(int(str(r[REVISION])) for r in rows)}
    for name, kind in kinds.items():
        values = [row[name] for row in ordered if row[name] is not None]
        joint[name] = survivor(name, kind, values)
    return {**joint, "lead_id": lead_id}


def is_made_here(table: str, key: str) -> bool:
    """Whether the living row of that key was made here and not brought by an import."""
    made = living_rows(table, [key], ())
    return any(imported == kept_import() for _, _, imported in made)


def said_of_all(lead_id: str, rows: Sequence[Row], said: Mapping[str, object]) -> list[Row]:
    """The rows behind a lead that have to be written so that the lead says this.

    Its own row says it. A row that was merged into it does where the lead would else go on saying
    what that row says: where something is taken away, or a refusal that counts from any row.
    """
    own = next((row for row in rows if row["lead_id"] == lead_id), {"lead_id": lead_id})
    written = [_without_number({**own, **said})]
    for row in rows:
        if row["lead_id"] == lead_id:
            continue
        mine = {
            name: value
            for name, value in said.items()
            if row.get(name) not in (None, value) and _answer(name, (value, row[name])) != value
        }
        if mine:
            written.append(_without_number({**row, **mine}))
    return written


def _answer(name: str, values: Sequence[object]) -> object:
    """What a lead says whose rows say these, in their order."""
    there = [value for value in values if value is not None]
    return survivor(name, "BOOLEAN" if isinstance(there[0], bool) else "", there)


def _without_number(row: Row) -> Row:
    return {name: value for name, value in row.items() if name != REVISION and value is not None}
