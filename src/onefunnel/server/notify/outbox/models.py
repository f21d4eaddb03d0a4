"""What is to leave the workspace: one row a message, written with the deed that it speaks of."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from onefunnel.server.people.ids import uuid7


class Channel(models.TextChoices):
    """By which way a message goes out."""

    MAIL = "mail", "e-mail"
    LEAD = "lead", "e-mail to a lead"
    HOOK = "hook", "webhook"


class State(models.TextChoices):
    """Where a message stands."""

    WAITING = "waiting", "waiting"
    SENT = "sent", "sent"
    FAILED = "failed", "failed"
    DROPPED = "dropped", "not sent"  # a rule forbade it when it was to be sent


class Outgoing(models.Model):
    """One message. Its public id is the message's own: sent twice, it is known by it.

    `due_at` of a message that is being sent lies ahead: should its worker die, it is due again.
    """

    public_id = models.UUIDField(default=uuid7, unique=True, editable=False)
    channel = models.CharField(max_length=8, choices=Channel.choices)
    key = models.CharField(max_length=200)  # the same message is written once
    about = models.CharField(max_length=200)  # what it is, for the page; no personal data
    person = models.ForeignKey(
        "people.Person", null=True, on_delete=models.CASCADE, related_name="+"
    )
    endpoint = models.ForeignKey(  # unconstrained: it may be removed while a deed writes its row
        "notify.Endpoint", null=True, on_delete=models.CASCADE, related_name="+",
        db_constraint=False,
    )  # fmt: skip
    event = models.ForeignKey("record.Event", null=True, on_delete=models.PROTECT, related_name="+")
    content = models.JSONField(default=dict)  # of mails; emptied when the message has gone
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    made_at = models.DateTimeField()
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    ended_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)  # why it did not go, the last time

    class Meta:
        ordering = ("-pk",)
        constraints = (
            models.UniqueConstraint(fields=("channel", "key"), name="outgoing_written_once"),
            models.CheckConstraint(
                name="outgoing_state_known", condition=Q(state__in=State.values)
            ),
            models.CheckConstraint(
                name="outgoing_end_has_time",
                condition=Q(state=State.WAITING, ended_at__isnull=True)
                | (~Q(state=State.WAITING) & Q(ended_at__isnull=False)),
            ),
        )
        indexes = (
            models.Index(fields=("due_at",), name="outgoing_due", condition=Q(state=State.WAITING)),
            models.Index(fields=("state", "ended_at"), name="outgoing_ended"),
            models.Index(fields=("endpoint", "-id"), name="outgoing_of_endpoint"),
        )

    def __str__(self) -> str:
        return f"{self.about}: {self.get_state_display()}"

    @property
    def message_id(self) -> str:
        """What a receiver knows the message by, however often it comes."""
        return f"msg_{self.public_id.hex}"


class Attempt(models.Model):
    """One try to send a message: what was answered, and how long it took."""

    outgoing = models.ForeignKey(Outgoing, on_delete=models.CASCADE, related_name="tries")
    at = models.DateTimeField()
    status = models.PositiveSmallIntegerField(null=True)  # of HTTP; none: nobody answered
    took_ms = models.PositiveIntegerField(default=0)
    reason = models.TextField(blank=True)  # empty: it went out

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"{self.outgoing}: {self.status or self.reason}"
