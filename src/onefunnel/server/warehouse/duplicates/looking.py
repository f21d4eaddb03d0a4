"""Look through the leads for people who are there more than once, and keep what was found."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from onefunnel.facts.store import Facts
from onefunnel.learn.duplicates import find_duplicates
from onefunnel.learn.probable import SplinkMissingError, probable_duplicates
from onefunnel.server.people.models import Person
from onefunnel.server.people.rules import require
from onefunnel.server.record.commands import append
from onefunnel.server.warehouse import events
from onefunnel.server.warehouse.duplicates.rows import Suggestion

_D = Suggestion.Decision
_BATCH = 1_000


@dataclass(frozen=True)
class Looked:
    """How many pairs wait: sure ones, doubtful ones; `probable` is False without the extra."""

    sure: int
    doubtful: int
    probable: bool


def look_for_duplicates(facts: Facts, *, by: Person | None, at: datetime) -> Looked:
    """Find pairs of leads that are or may be one person and put them on the list.

    What was decided stays decided: pairs that were merged or kept apart are not suggested again.
    Pairs that wait are replaced by what is found now. Without the extra `duplicates` only keys
    are compared.
    """
    if by is not None:
        require(by, "merge duplicates")
    rows: list[dict[str, Any]] = []
    has_splink = True
    if "leads" in facts:
        sure = find_duplicates(facts["leads"])
        rows = sure.to_pylist()
        try:
            rows += probable_duplicates(facts["leads"], known=sure).to_pylist()
        except SplinkMissingError:
            has_splink = False
    with transaction.atomic():
        Suggestion.objects.filter(decision=_D.OPEN).delete()
        decided = {frozenset(pair) for pair in Suggestion.objects.values_list("kept_lead", "lead")}
        fresh = [
            Suggestion(
                kept_lead=row["kept_id"],
                lead=row["lead_id"],
                zone=row["zone"],
                probability=row["probability"],
                why=row["why"],
                found_at=at,
            )
            for row in rows
            if frozenset((row["kept_id"], row["lead_id"])) not in decided
        ]
        Suggestion.objects.bulk_create(fresh, batch_size=_BATCH)
        found = Looked(
            sure=sum(one.zone == Suggestion.Zone.AUTOMATIC for one in fresh),
            doubtful=sum(one.zone == Suggestion.Zone.REVIEW for one in fresh),
            probable=has_splink,
        )
        append(
            kind=events.DUPLICATES_LOOKED_FOR,
            at=at,
            by=by,
            payload={"sure": found.sure, "doubtful": found.doubtful},
        )
    return found
