"""What the page of duplicates shows: pairs side by side, as the database has them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet

from onefunnel.facts.personal import MASK
from onefunnel.facts.tables import TABLES
from onefunnel.server.warehouse.duplicates.chains import group_of as group_of
from onefunnel.server.warehouse.duplicates.rows import Merge, Suggestion
from onefunnel.server.warehouse.fact_rows import FACT_MODELS

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MOST_ATTRIBUTES = 8
_LEADS = TABLES["leads"]


@dataclass(frozen=True)
class Waiting:
    """How many pairs wait in each list, and how many merges are in force."""

    doubtful: int
    sure: int
    merged: int
    looked_at: datetime | None


@dataclass(frozen=True)
class Line:
    """One thing known of either lead. `moment` values are times, the others text."""

    name: str
    kept: str | datetime
    other: str | datetime
    is_same: bool


@dataclass(frozen=True)
class Pair:
    """Two leads beside each other. `id` is the suggestion's or the merge's public id."""

    id: str
    kept_lead: str
    other_lead: str
    why: str
    probability: float | None
    lines: tuple[Line, ...]
    by: str = ""
    at: datetime | None = None


def standing_lead(lead_id: str) -> str:
    """The lead that stands for this one: itself unless it was merged."""
    seen: set[str] = set()
    while lead_id not in seen:
        seen.add(lead_id)
        merge = Merge.objects.filter(merged_lead=lead_id, undone_at=None).first()
        if merge is None:
            break
        lead_id = merge.kept_lead
    return lead_id


def waiting() -> Waiting:
    """The counts above the lists."""
    is_open, z = Q(decision=Suggestion.Decision.OPEN), Suggestion.Zone
    counts = Suggestion.objects.aggregate(
        doubtful=Count("pk", filter=is_open & Q(zone=z.REVIEW)),
        sure=Count("pk", filter=is_open & Q(zone=z.AUTOMATIC)),
    )
    latest = Suggestion.objects.order_by("-found_at").first()
    return Waiting(
        **counts,
        merged=Merge.objects.filter(undone_at=None).count(),
        looked_at=latest.found_at if latest else None,
    )


def suggestions(zone: str) -> QuerySet[Suggestion]:
    """The pairs that wait in one zone, most probable first."""
    rows = Suggestion.objects.filter(decision=Suggestion.Decision.OPEN, zone=zone)
    return rows.order_by("-probability", "pk")


def merges() -> QuerySet[Merge]:
    """The merges in force, latest first."""
    return Merge.objects.filter(undone_at=None).select_related("by")


def side_by_side(rows: Iterable[Suggestion | Merge], *, may_see_personal: bool) -> tuple[Pair, ...]:
    """The pairs with what is known of both leads."""
    listed = [
        (row, row.kept_lead, row.merged_lead if isinstance(row, Merge) else row.lead)
        for row in rows
    ]
    known = _known({lead for _, *both in listed for lead in both}, may_see_personal)
    return tuple(
        Pair(
            id=str(row.public_id),
            kept_lead=kept,
            other_lead=other,
            why=row.why if may_see_personal else "",
            probability=row.probability,
            lines=_lines(known.get(kept, {}), known.get(other, {})),
            by=str(row.by or "") if isinstance(row, Merge) else "",
            at=row.at if isinstance(row, Merge) else None,
        )
        for row, kept, other in listed
    )


def _known(lead_ids: set[str], may_see_personal: bool) -> dict[str, Mapping[str, str | datetime]]:
    living = FACT_MODELS["leads"].objects.filter(key__in=lead_ids, replaced_by=None)
    return {row.key: _values(row, may_see_personal) for row in living}


def _values(row: Any, may_see_personal: bool) -> Mapping[str, str | datetime]:
    values: dict[str, str | datetime] = {}
    for column in _LEADS.columns:
        value = getattr(row, column.name)
        if value in (None, "") or column.name == "lead_id":
            continue
        label = column.name.replace("_", " ").capitalize()
        if column.personal and not may_see_personal:
            values[label] = MASK
        elif column.type == "time":
            values[label] = _EPOCH + timedelta(microseconds=value)
        else:
            values[label] = str(value)
    more = json.loads(row.more) if row.more else {}
    for name, value in list(more.items())[:_MOST_ATTRIBUTES]:
        if value not in (None, ""):
            values[str(name)] = str(value) if may_see_personal else MASK
    return values


def _lines(
    kept: Mapping[str, str | datetime], other: Mapping[str, str | datetime]
) -> tuple[Line, ...]:
    names: Sequence[str] = list(dict.fromkeys([*kept, *other]))
    return tuple(
        Line(name, kept.get(name, ""), other.get(name, ""), kept.get(name) == other.get(name))
        for name in names
    )
