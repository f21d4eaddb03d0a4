"""The rows of the warehouse: where data comes from, the imports, and the facts themselves."""

from __future__ import annotations

from django.db import models

from onefunnel.server.people.ids import uuid7
from onefunnel.server.warehouse.duplicates.rows import Merge, Suggestion
from onefunnel.server.warehouse.fact_rows import FACT_MODELS

#: Rows that live beside their deeds.
BESIDE_THEIR_DEEDS = (Merge, Suggestion)

#: One class per standard table, made from its declaration; the deeds below write them in bulk.
globals().update({model.__name__: model for model in FACT_MODELS.values()})


class Source(models.Model):
    """A system data comes from, by the name people gave it; it remembers its last mapping.

    `prefix` stands before every identifier of a source whose numbers mean other things than the
    same numbers of an earlier source; it is decided once, at the first import (inbox.meeting).
    """

    name = models.CharField(max_length=120, unique=True)
    prefix = models.CharField(max_length=60, blank=True)
    mapping = models.TextField(blank=True)
    is_simulated = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class Import(models.Model):
    """One delivery of files, from upload to report. Its public id is in addresses."""

    class Status(models.TextChoices):
        DRAFT = "draft", "waiting for files"
        READING = "reading", "being read"
        PROPOSED = "proposed", "columns proposed"
        CHECKING = "checking", "trial run under way"
        CHECKED = "checked", "trial run done"
        QUEUED = "queued", "waiting to start"
        RUNNING = "running", "running"
        STOPPED = "stopped", "stopped"
        FAILED = "failed", "failed"
        DONE = "done", "done"
        UNDOING = "undoing", "being undone"
        UNDONE = "undone", "undone"
        KEPT = "kept", "kept here"  # what people enter here; it never ends (inbox.recording)

    public_id = models.UUIDField(default=uuid7, unique=True, editable=False)
    source = models.ForeignKey(Source, models.PROTECT, null=True, related_name="+")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.DRAFT)
    folder = models.TextField(blank=True)  # a folder on the server; empty: what was uploaded
    mapping = models.TextField(blank=True)
    by = models.ForeignKey("people.Person", models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)

    phase = models.CharField(max_length=40, blank=True)
    phase_at = models.DateTimeField(null=True)
    rows_done = models.BigIntegerField(default=0)
    rows_total = models.BigIntegerField(default=0)
    beat_at = models.DateTimeField(null=True)
    is_stop_asked = models.BooleanField(default=False)
    resumes = models.IntegerField(default=0)

    delivery_digest = models.CharField(max_length=64, blank=True)  # see inbox.resuming
    first_change = models.BigIntegerField(null=True)
    last_change = models.BigIntegerField(null=True)
    counts = models.JSONField(default=dict)  # source rows and facts; see inbox.accounting
    findings = models.JSONField(default=list)
    notes = models.JSONField(default=list)
    personal = models.JSONField(default=dict)  # column -> is it personal; see facts.personal
    trial = models.JSONField(default=dict)  # what the dry run and the proposal found
    error = models.TextField(blank=True)

    class Meta:
        ordering = ("-created_at", "-pk")
        constraints = (
            models.CheckConstraint(
                name="import_rows_not_negative",
                condition=models.Q(rows_done__gte=0, rows_total__gte=0),
            ),
            models.UniqueConstraint(
                fields=("status",),
                name="import_kept_here_once",
                condition=models.Q(status="kept"),
            ),
        )

    def __str__(self) -> str:
        return f"import {self.public_id}"


class ImportFile(models.Model):
    """One file of an import: as it came (name, bytes) and what its rows became."""

    imported = models.ForeignKey(Import, models.CASCADE, related_name="files")
    name = models.CharField(max_length=400)  # as shown; already without a path or controls
    stored_as = models.CharField(max_length=120, blank=True)
    size = models.BigIntegerField(default=0)
    digest = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ("pk",)


class Attribute(models.Model):
    """A free attribute that an import brought to an open table, and the type its values had."""

    imported = models.ForeignKey(Import, models.CASCADE, related_name="+")
    table = models.CharField(max_length=20)
    name = models.TextField()
    type = models.CharField(max_length=20)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("imported", "table", "name"), name="attribute_once_per_import"
            ),
        )


class Counter(models.Model):
    """The last change number given out. One row; taking numbers serialises the writers."""

    last = models.BigIntegerField(default=0)


class Gone(models.Model):
    """Rows that readers must drop: one that was replaced, or a range that an undo removed.

    `id` is a change number, `row` to `to` are the ids of `table` that are gone (one import's rows
    are numbered together, so an undo of millions is a few ranges).
    """

    id = models.BigIntegerField(primary_key=True)
    table = models.CharField(max_length=20)
    row = models.BigIntegerField()
    to = models.BigIntegerField()
    lead_id = models.TextField(null=True)
