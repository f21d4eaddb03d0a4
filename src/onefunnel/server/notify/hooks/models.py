"""Endpoints: where signed messages about what happens here are sent."""

from __future__ import annotations

from django.db import models

from onefunnel.server.people.ids import uuid7


class Endpoint(models.Model):
    """One address that is told of events. Secrets are sealed: the database alone gives none away.

    `failing_since` is the first failure after the last success.
    """

    public_id = models.UUIDField(default=uuid7, unique=True, editable=False)
    label = models.CharField(max_length=80)
    url = models.CharField(max_length=500)
    kinds = models.JSONField(default=list)  # of events; none: all
    secret = models.TextField()
    secret_before = models.TextField(blank=True)
    before_until = models.DateTimeField(null=True)  # until then the secret before signs too
    has_personal_data = models.BooleanField(default=False)
    is_on = models.BooleanField(default=True)
    why_off = models.TextField(blank=True)
    failing_since = models.DateTimeField(null=True)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="+")
    revision = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ("label", "pk")

    def __str__(self) -> str:
        return self.label
