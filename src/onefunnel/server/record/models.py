"""The append-only log: what happened, when, by whom, to what. Ids only, no personal data."""

from __future__ import annotations

from typing import Any, NoReturn

from django.db import models

from onefunnel.server.people.ids import uuid7


class RecordIsAppendOnly(Exception):
    """Something tried to change or remove an event. Append a correcting event instead."""


class EventQuerySet(models.QuerySet["Event"]):
    """Events can be read. The database refuses changes too (migration 0002)."""

    def update(self, **fields: Any) -> NoReturn:
        raise RecordIsAppendOnly("Events are never changed: append a new one.")

    def delete(self) -> NoReturn:
        raise RecordIsAppendOnly("Events are never removed: append a new one.")


class Event(models.Model):
    """One thing that happened. `hash` seals the row and, through `previous`, all rows before it."""

    public_id = models.UUIDField(default=uuid7, unique=True, editable=False)
    at = models.DateTimeField(db_index=True)
    by = models.ForeignKey(
        "people.Person", null=True, on_delete=models.PROTECT, related_name="+"
    )  # nobody: the program itself
    kind = models.CharField(max_length=80, db_index=True)  # "run.lead-rejected": room, dot, past
    subject = models.CharField(max_length=120, blank=True, db_index=True)  # "lead:018f…"
    payload = models.JSONField(default=dict)  # ids, counts and codes; never names or addresses
    previous = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64, unique=True)

    objects = EventQuerySet.as_manager()

    class Meta:
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"

    def save(self, *args: Any, **options: Any) -> None:
        if self.pk is not None:
            raise RecordIsAppendOnly("Events are never changed: append a new one.")
        super().save(*args, **options)

    def delete(self, *args: Any, **options: Any) -> NoReturn:
        raise RecordIsAppendOnly("Events are never removed: append a new one.")

    @property
    def room(self) -> str:
        return self.kind.split(".", 1)[0]


class Head(models.Model):
    """The hash of the last event: one row, locked while the next event is appended."""

    hash = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = (
            models.CheckConstraint(name="record_head_only_one", condition=models.Q(pk=1)),
        )

    def __str__(self) -> str:
        return self.hash
