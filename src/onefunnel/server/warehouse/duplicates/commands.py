"""Merge leads that are one person, take a merge back, decide that two are not the same.

A merge is one row. The facts stay as they were imported, so taking it back restores everything;
the columnar copy that the measures read shows the merged leads as one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q

from onefunnel.server.people.models import Person
from onefunnel.server.people.rules import require
from onefunnel.server.record.commands import append
from onefunnel.server.warehouse import events
from onefunnel.server.warehouse.duplicates.chains import merged_leads
from onefunnel.server.warehouse.duplicates.queries import standing_lead
from onefunnel.server.warehouse.duplicates.rows import Merge, Suggestion
from onefunnel.server.warehouse.fact_rows import FACT_MODELS

DEED = "merge duplicates"
_D, _Z = Suggestion.Decision, Suggestion.Zone
_BATCH = 500

#: Called after the commit of each change, to bring the columnar copy up (see tasks.py).
_after: list[Callable[[], None]] = []


class LeadNotThere(LookupError):
    """No lead has this key (any more)."""


class AlreadyMerged(Exception):
    """The lead is merged into another already, or the two stand for one person already."""


class NotMerged(Exception):
    """The merge was taken back before."""


def call_after_change(deed: Callable[[], None]) -> None:
    """Have `deed` called after the commit of each merge and undo; the last one given counts."""
    _after[:] = [deed]


def merge_leads(
    *,
    kept_lead_id: str,
    merged_lead_id: str,
    by: Person | None,
    at: datetime,
    why: str = "",
    probability: float | None = None,
) -> Merge:
    """Read one lead as part of another from now on; nothing is deleted.

    Raises:
        PermissionDenied: `by` may not merge.
        LeadNotThere: one of the two has no facts.
        AlreadyMerged: see there.
    """
    _permit(by)
    with transaction.atomic():
        _must_exist(kept_lead_id, merged_lead_id)
        kept = standing_lead(kept_lead_id)
        if kept == standing_lead(merged_lead_id):
            raise AlreadyMerged(f"{kept_lead_id} and {merged_lead_id} are one lead already.")
        try:
            with transaction.atomic():
                merge = Merge.objects.create(
                    kept_lead=kept,
                    merged_lead=merged_lead_id,
                    why=why,
                    probability=probability,
                    by=by,
                    at=at,
                )
        except IntegrityError:
            raise AlreadyMerged(f"{merged_lead_id} is merged into another lead already.") from None
        _decide(
            Suggestion.objects.filter(_pair(kept_lead_id, merged_lead_id)), _D.MERGED, by=by, at=at
        )
        append(kind=events.LEADS_MERGED, at=at, by=by, subject=f"merge:{merge.public_id}")
        _changed()
    return merge


def undo_merge(*, merge_id: object, by: Person | None, at: datetime) -> Merge:
    """Take a merge back: both leads are as they were before it.

    Raises:
        PermissionDenied: `by` may not merge.
        Merge.DoesNotExist: there is no such merge.
        NotMerged: it was taken back before.
    """
    _permit(by)
    with transaction.atomic():
        merge = Merge.objects.get(public_id=merge_id)
        changed = Merge.objects.filter(pk=merge.pk, undone_at=None).update(
            undone_at=at, undone_by=by
        )
        if not changed:
            raise NotMerged("This merge was taken back before.")
        _decide(
            Suggestion.objects.filter(_pair(merge.kept_lead, merge.merged_lead)),
            _D.OPEN,
            by=None,
            at=None,
        )
        append(kind=events.MERGE_UNDONE, at=at, by=by, subject=f"merge:{merge.public_id}")
        _changed()
    merge.refresh_from_db()
    return merge


def not_the_same(*, suggestion_id: object, by: Person | None, at: datetime) -> Suggestion:
    """Keep two leads apart; they are not suggested again.

    Raises:
        PermissionDenied: `by` may not merge.
        Suggestion.DoesNotExist: there is no such suggestion.
        AlreadyMerged: they were merged; take the merge back first.
    """
    _permit(by)
    with transaction.atomic():
        suggestion = Suggestion.objects.get(public_id=suggestion_id)
        if not _decide(
            Suggestion.objects.filter(pk=suggestion.pk).exclude(decision=_D.MERGED),
            _D.NOT_THE_SAME,
            by=by,
            at=at,
        ):
            raise AlreadyMerged("These two leads are merged; take the merge back first.")
        append(kind=events.KEPT_APART, at=at, by=by, subject=f"suggestion:{suggestion.public_id}")
    suggestion.refresh_from_db()
    return suggestion


def merge_sure_ones(*, by: Person | None, at: datetime) -> int:
    """Merge every waiting pair that is the same by key; returns how many were merged.

    A pair whose leads are gone, or stand for one person already, is passed over.
    """
    _permit(by)
    with transaction.atomic():
        waiting = list(Suggestion.objects.filter(decision=_D.OPEN, zone=_Z.AUTOMATIC))
        there = _existing({one.kept_lead for one in waiting} | {one.lead for one in waiting})
        standing = merged_leads()
        made, done = [], []
        for one in waiting:
            kept = standing.get(one.kept_lead, one.kept_lead)
            if {one.kept_lead, one.lead} <= there and one.lead not in standing and kept != one.lead:
                standing[one.lead] = kept
                made.append(Merge(kept_lead=kept, merged_lead=one.lead, why=one.why, by=by, at=at))
                done.append(one.pk)
        Merge.objects.bulk_create(made, batch_size=_BATCH)
        for some in _batches(done):
            _decide(Suggestion.objects.filter(pk__in=some), _D.MERGED, by=by, at=at)
        if made:
            append(
                kind=events.LEADS_MERGED,
                at=at,
                by=by,
                subject="merges:by-key",
                payload={"count": len(made)},
            )
            _changed()
    return len(made)


def _permit(by: Person | None) -> None:
    if by is not None:
        require(by, DEED)


def _must_exist(*lead_ids: str) -> None:
    there = _existing(set(lead_ids))
    for lead_id in lead_ids:
        if lead_id not in there:
            raise LeadNotThere(f"There is no lead {lead_id}.")


def _existing(lead_ids: set[str]) -> set[str]:
    found: set[str] = set()
    for some in _batches(sorted(lead_ids)):
        for name, column in (("leads", "key"), ("moves", "lead_id")):
            rows = FACT_MODELS[name].objects.filter(**{f"{column}__in": some, "replaced_by": None})
            found.update(rows.values_list(column, flat=True))
    return found


def _batches(items: list[Any]) -> Iterator[list[Any]]:
    for start in range(0, len(items), _BATCH):
        yield items[start : start + _BATCH]


def _pair(one: str, other: str) -> Q:
    return Q(kept_lead=one, lead=other) | Q(kept_lead=other, lead=one)


def _decide(rows, decision: str, *, by: Person | None, at: datetime | None) -> int:  # type: ignore[no-untyped-def]
    return int(rows.update(decision=decision, decided_by=by, decided_at=at))


def _changed() -> None:
    for deed in _after:
        transaction.on_commit(deed)
