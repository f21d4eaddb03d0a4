"""The rows about leads that are one person: what was merged, and what may be."""

from __future__ import annotations

from django.db import models

from onefunnel.server.people.ids import uuid7


class Merge(models.Model):
    """One lead read as another from `at` on, until it is undone. No fact is ever changed by it.

    Leads are named by the key the facts use. A lead is merged into at most one other at a time;
    where leads were merged in a chain, the last kept lead stands for all of them.
    """

    public_id = models.UUIDField(default=uuid7, unique=True, editable=False)
    kept_lead = models.TextField()
    merged_lead = models.TextField()
    why = models.TextField(blank=True)
    probability = models.FloatField(null=True)  # empty: decided by key or by a person
    by = models.ForeignKey("people.Person", models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey("people.Person", models.SET_NULL, null=True, related_name="+")

    class Meta:
        app_label = "warehouse"
        ordering = ("-at", "-pk")
        constraints = (
            models.UniqueConstraint(
                fields=("merged_lead",),
                name="lead_merged_once",
                condition=models.Q(undone_at__isnull=True),
            ),
            models.CheckConstraint(
                name="merge_of_two_leads", condition=~models.Q(kept_lead=models.F("merged_lead"))
            ),
        )

    def __str__(self) -> str:
        return f"merge {self.public_id}"


class Suggestion(models.Model):
    """Two leads that may be one person, and what somebody decided about them."""

    class Zone(models.TextChoices):
        AUTOMATIC = "automatic", "the same by key"
        REVIEW = "review", "for a person to decide"

    class Decision(models.TextChoices):
        OPEN = "", "open"
        MERGED = "merged", "merged"
        NOT_THE_SAME = "not the same", "not the same"

    public_id = models.UUIDField(default=uuid7, unique=True, editable=False)
    kept_lead = models.TextField()
    lead = models.TextField()
    zone = models.CharField(max_length=10, choices=Zone.choices)
    probability = models.FloatField(null=True)
    why = models.TextField()
    found_at = models.DateTimeField()
    decision = models.CharField(
        max_length=12, choices=Decision.choices, default=Decision.OPEN, blank=True
    )
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey("people.Person", models.SET_NULL, null=True, related_name="+")

    class Meta:
        app_label = "warehouse"
        ordering = ("zone", "-probability", "pk")
        constraints = (
            models.UniqueConstraint(fields=("kept_lead", "lead"), name="suggested_once"),
        )
        indexes = (models.Index("decision", "zone", name="suggestion_waiting"),)

    def __str__(self) -> str:
        return f"suggestion {self.public_id}"
