"""Finding a sequence, a lead in one, or something to do; and the refusals that all deeds share."""

from __future__ import annotations

from typing import TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet

from onefunnel.server.run.nurture.models import Enrolment, Sequence, Todo

Found = TypeVar("Found", bound=Model)


class NoSuch(LookupError):
    """There is no sequence, no lead in it, or nothing to do of that id."""


class NurtureRefused(Exception):
    """The deed cannot be done as things stand. The text says why and what to do."""


class ChangedMeanwhile(NurtureRefused):
    """Somebody changed the sequence after it was read."""

    def __init__(self) -> None:
        super().__init__(
            "Somebody changed this sequence since you opened it. Nothing was written; look at it "
            "as it is now, then change it."
        )


def sequence_for(public_id: object) -> Sequence:
    """The sequence of that id. Raises NoSuch."""
    return _one(Sequence.objects.all(), public_id, "sequence")


def enrolment_for(public_id: object) -> Enrolment:
    """The lead's place in a sequence. Raises NoSuch."""
    rows = Enrolment.objects.select_related("sequence", "revision")
    return _one(rows, public_id, "lead in a sequence")


def todo_for(public_id: object) -> Todo:
    """The thing to do. Raises NoSuch."""
    rows = Todo.objects.select_related("assigned_to", "enrolment__sequence", "ended_by")
    return _one(rows, public_id, "thing to do")


def as_uuid(value: object) -> UUID | None:
    """An id as it was sent; None for what is none."""
    try:
        return value if isinstance(value, UUID) else UUID(str(value))
    except ValueError:
        return None


def _one(rows: QuerySet[Found], public_id: object, what: str) -> Found:
    key = as_uuid(public_id)
    found = rows.filter(public_id=key).first() if key else None
    if found is None:
        raise NoSuch(f"There is no such {what}.")
    return found
