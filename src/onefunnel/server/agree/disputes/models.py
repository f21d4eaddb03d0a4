"""Disputes: a claim about the agreement, its evidence, what was said, how it was decided."""

from __future__ import annotations

from typing import Any, NoReturn

from django.db import models
from django.db.models import Q

from onefunnel.server.people.ids import uuid7


class About(models.TextChoices):
    """What a dispute is about."""

    STAGE = "stage", "stage"
    HANDOVER = "hand-over", "hand-over"
    PROMISE = "promise", "promise"
    TERM = "term", "word"
    NUMBER = "number", "number"


class State(models.TextChoices):
    """Where a dispute stands."""

    OPEN = "open", "open"
    DECIDED = "decided", "decided"
    WITHDRAWN = "withdrawn", "withdrawn"
    GONE = "gone", "gone by itself"


class Choice(models.TextChoices):
    """What the heads of both teams decide."""

    CHANGE = "change", "The agreement is to be changed"
    FOLLOW = "follow", "The agreement stands; what is done is to follow it"
    LEAVE = "leave", "Nothing is to change"


class Dispute(models.Model):
    """One claim. Its words never change; it is closed once, and how is said in an entry."""

    public_id = models.UUIDField(default=uuid7, unique=True, editable=False)
    kind = models.CharField(max_length=10, choices=About.choices)
    about = models.TextField()
    claim = models.TextField()
    evidence = models.TextField(blank=True)  # a definition, or the address of a list here
    #: What the program found, so that it says the same thing once; empty: a person's.
    key = models.TextField(blank=True)
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(
        "people.Person", null=True, on_delete=models.PROTECT, related_name="+"
    )  # nobody: the program, which watches the data
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    decision = models.CharField(max_length=8, choices=Choice.choices, blank=True)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(
        "people.Person", null=True, on_delete=models.PROTECT, related_name="+"
    )  # nobody: the program, when it is gone from the data

    class Meta:
        ordering = ("-pk",)
        constraints = (
            models.UniqueConstraint(
                fields=("key",), condition=Q(state="open") & ~Q(key=""), name="one_open_difference"
            ),
            models.CheckConstraint(
                name="closed_once_and_said",
                condition=Q(state="open", closed_at=None, decision="")
                | (~Q(state="open") & Q(closed_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="decided_says_how",
                condition=Q(state="decided", decision__in=Choice.values)
                | (~Q(state="decided") & Q(decision="")),
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.about}"

    @property
    def is_open(self) -> bool:
        return self.state == State.OPEN

    @property
    def is_list(self) -> bool:
        """Whether the evidence is the address of a list."""
        return self.evidence.startswith("/")


class EntriesAreKept(Exception):
    """Something tried to change or remove what was said."""


class Entry(models.Model):
    """What somebody said in a dispute; with `choice`, a head's decision. Rows are only added."""

    dispute = models.ForeignKey(Dispute, on_delete=models.PROTECT, related_name="entries")
    at = models.DateTimeField()
    by = models.ForeignKey("people.Person", null=True, on_delete=models.PROTECT, related_name="+")
    team = models.CharField(max_length=40, blank=True)  # whose head decided
    choice = models.CharField(max_length=8, choices=Choice.choices, blank=True)
    text = models.TextField()

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"{self.by or 'the program'}: {self.text[:40]}"

    def save(self, *args: Any, **options: Any) -> None:
        if self.pk is not None:
            raise EntriesAreKept("What was said is never changed: say something new.")
        super().save(*args, **options)

    def delete(self, *args: Any, **options: Any) -> NoReturn:
        raise EntriesAreKept("What was said is never removed.")


class DriftLook(models.Model):
    """One look at what the data say against one agreement; one a day, however many workers."""

    day = models.DateField()
    digest = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("day", "digest"), name="one_look_a_day_and_text"),
        )

    def __str__(self) -> str:
        return f"{self.day}: {self.digest[:12]}"
