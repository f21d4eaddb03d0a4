"""The inbox inside the app."""

from __future__ import annotations

from django.db import models

from onefunnel.server.people.ids import uuid7


class Notice(models.Model):
    """One message to one person. Told what to say; knows no verb."""

    public_id = models.UUIDField(default=uuid7, unique=True, editable=False)
    person = models.ForeignKey("people.Person", on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()
    title = models.CharField(max_length=200)
    text = models.TextField(blank=True)
    url = models.CharField(max_length=300, blank=True)  # a path inside this site
    key = models.CharField(max_length=120)  # the same notice is sent once
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-at", "-pk")
        constraints = (models.UniqueConstraint(fields=("person", "key"), name="notice_sent_once"),)
        indexes = (models.Index(fields=("person", "read_at"), name="notice_unread"),)

    def __str__(self) -> str:
        return self.title
