"""The inbox inside the app, what of it is mailed; the room's other rows live beside their deeds."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from onefunnel.server.notify.hooks.models import Endpoint
from onefunnel.server.notify.outbox.models import Attempt, Outgoing
from onefunnel.server.notify.to_leads.models import Basis, Suppression
from onefunnel.server.people.ids import uuid7

#: Rows that live beside their deeds.
BESIDE_THEIR_DEEDS = (Attempt, Basis, Endpoint, Outgoing, Suppression)


class Notice(models.Model):
    """One message to one person. Told what to say; knows no verb."""

    public_id = models.UUIDField(default=uuid7, unique=True, editable=False)
    person = models.ForeignKey("people.Person", on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()
    topic = models.CharField(max_length=40, default="other")
    title = models.CharField(max_length=200)
    text = models.TextField(blank=True)
    url = models.CharField(max_length=300, blank=True)  # a path inside this site
    key = models.CharField(max_length=120)  # the same notice is sent once
    read_at = models.DateTimeField(null=True, blank=True)
    waits_for_digest = models.BooleanField(default=False)

    class Meta:
        ordering = ("-at", "-pk")
        constraints = (models.UniqueConstraint(fields=("person", "key"), name="notice_sent_once"),)
        indexes = (
            models.Index(fields=("person", "read_at"), name="notice_unread"),
            models.Index(
                fields=("person", "at"), name="notice_digest", condition=Q(waits_for_digest=True)
            ),
        )

    def __str__(self) -> str:
        return self.title


class Mailing(models.TextChoices):
    """Whether notices are mailed too."""

    AT_ONCE = "at-once", "At once"
    DIGEST = "digest", "Once a day, in the morning"
    NEVER = "never", "Never"


class MailChoice(models.Model):
    """How a person wants notices of one kind mailed. No row: as is usual for the kind."""

    person = models.ForeignKey("people.Person", on_delete=models.CASCADE, related_name="+")
    topic = models.CharField(max_length=40)
    mailing = models.CharField(max_length=8, choices=Mailing.choices)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("person", "topic"), name="mail_choice_once"),
            models.CheckConstraint(
                name="mail_choice_known", condition=Q(mailing__in=Mailing.values)
            ),
        )

    def __str__(self) -> str:
        return f"{self.person}, {self.topic}: {self.get_mailing_display()}"
