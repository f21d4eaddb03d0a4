"""What was moved at once, and the forms of websites, as their pages show them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from onefunnel.server.people.hiding import Hiding
from onefunnel.server.people.models import Person
from onefunnel.server.run.handovers.lead_data import titles_of
from onefunnel.server.run.tracker.models import BulkMove, CaptureForm
from onefunnel.server.run.tracker.moving import may_undo


@dataclass(frozen=True)
class MovedLead:
    """A lead of a bulk move as its reader may see it; `key` is what its address holds."""

    key: str
    title: str
    left: str


@dataclass(frozen=True)
class Bulk:
    """Leads that were moved at once, and whether that was taken back."""

    bulk_id: str
    stage: str
    by: Person | None
    at: datetime
    undone_at: datetime | None
    leads: tuple[MovedLead, ...]
    may_undo: bool = False


def bulk_move(bulk_id: object, hiding: Hiding, *, reader: Person) -> Bulk | None:
    """One bulk move; None where there is none."""
    found = BulkMove.objects.select_related("by").filter(public_id=bulk_id).first()
    if found is None or not found.moves:
        return None
    titles = titles_of((one for one, *_ in found.moves), hiding)
    leads = tuple(
        MovedLead(hiding.address("leads", "lead_id", one), titles[one], left)
        for one, left, *_ in found.moves
    )
    return Bulk(
        bulk_id=str(found.public_id),
        stage=str(found.moves[0][2]),
        by=found.by,
        at=found.at,
        undone_at=found.undone_at,
        leads=leads,
        may_undo=found.undone_at is None and may_undo(found, reader),
    )


def capture_forms() -> list[CaptureForm]:
    """Every form of a website, by name."""
    return list(CaptureForm.objects.all())


def capture_form(slug: str) -> CaptureForm | None:
    """The form of that address; None where there is none."""
    return CaptureForm.objects.filter(slug=slug).first()
