"""Objectives, who signed them, who works on their leads, and the plans saved for them."""

from __future__ import annotations

import hashlib
import json
from typing import Any, NoReturn

from django.db import models
from django.db.models import Q

from onefunnel.server.people.ids import uuid7
from onefunnel.server.plan.lists.models import WorkItem

#: Rows that live beside their deeds.
BESIDE_THEIR_DEEDS = (WorkItem,)


class Outcome(models.TextChoices):
    """What an objective asks for."""

    WON = "won", "won leads"
    REVENUE = "revenue", "revenue of won deals"
    MARGIN = "margin", "margin of won deals"
    SHARE = "share", "share of the accounts won"


MONEY = (Outcome.REVENUE, Outcome.MARGIN)


class RowsAreKept(Exception):
    """Something tried to change or remove a row that is history."""


class _Kept(models.Model):
    """A row that is written once."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **options: Any) -> None:
        if self.pk is not None:
            raise RowsAreKept("What was said is never changed: say something new.")
        super().save(*args, **options)

    def delete(self, *args: Any, **options: Any) -> NoReturn:
        raise RowsAreKept("What was said is never removed.")


class Objective(models.Model):
    """One objective. Its words are those of its latest wording; `revision` counts them, so that a
    change written over an older one is refused."""

    public_id = models.UUIDField(default=uuid7, unique=True, editable=False)
    revision = models.PositiveIntegerField(default=1)
    begun_at = models.DateTimeField()
    begun_by = models.ForeignKey("people.Person", models.PROTECT, related_name="+")
    set_aside_at = models.DateTimeField(null=True)
    set_aside_by = models.ForeignKey("people.Person", models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"objective {self.public_id}"


class Wording(_Kept):
    """What an objective said from a revision on. `until` is its last day."""

    objective = models.ForeignKey(Objective, models.PROTECT, related_name="wordings")
    revision = models.PositiveIntegerField()
    statement = models.TextField(blank=True)
    outcome = models.CharField(max_length=8, choices=Outcome)
    #: Leads, money in `currency`, or per cent of the accounts.
    amount = models.DecimalField(max_digits=18, decimal_places=4)
    currency = models.CharField(max_length=3, blank=True)
    segment = models.CharField(max_length=200, blank=True)  # of the agreement
    where = models.TextField(blank=True)  # a definition over lead columns
    until = models.DateField()
    written_at = models.DateTimeField()
    written_by = models.ForeignKey("people.Person", models.PROTECT, related_name="+")

    class Meta:
        ordering = ("revision",)
        constraints = (
            models.UniqueConstraint(
                fields=("objective", "revision"), name="one_wording_a_revision"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="objective_above_zero"),
            models.CheckConstraint(
                name="objective_of_money_says_which",
                condition=Q(outcome__in=MONEY) & ~Q(currency="")
                | ~Q(outcome__in=MONEY) & Q(currency=""),
            ),
        )

    def __str__(self) -> str:
        return f"{self.amount} {self.get_outcome_display()} by {self.until}"

    @property
    def digest(self) -> str:
        """What a signature binds to: these words, in this revision of this objective."""
        said = {
            "objective": str(self.objective.public_id), "revision": self.revision,
            "statement": self.statement, "outcome": self.outcome,
            "amount": f"{self.amount:.4f}", "currency": self.currency, "segment": self.segment,
            "where": self.where, "until": self.until.isoformat(),
        }  # fmt: skip
        text = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()


class ObjectiveSignature(_Kept):
    """A team's signature under one wording; it stands under no other."""

    objective = models.ForeignKey(Objective, models.PROTECT, related_name="signatures")
    digest = models.CharField(max_length=64)
    team = models.CharField(max_length=40)
    signed_at = models.DateTimeField()
    signed_by = models.ForeignKey("people.Person", models.PROTECT, related_name="+")

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(fields=("digest", "team"), name="objective_signed_once_a_team"),
            models.UniqueConstraint(
                fields=("digest", "signed_by"), name="objective_signed_once_a_person"
            ),
        )

    def __str__(self) -> str:
        return f"{self.team} under {self.digest[:12]}"


class SalesCapacity(_Kept):
    """Who works on an objective's leads from a stage on, as said last; rows are only added.

    `joining` more people begin on `joining_on` and take `ramp_months` until they do a full day's
    work. `people` 0 and nobody joining: nothing is said any more.
    """

    objective = models.ForeignKey(Objective, models.PROTECT, related_name="capacities")
    stage = models.CharField(max_length=300)
    people = models.DecimalField(max_digits=9, decimal_places=2)
    joining = models.DecimalField(max_digits=9, decimal_places=2, default=0)
    joining_on = models.DateField(null=True)
    ramp_months = models.PositiveSmallIntegerField(default=0)
    hours = models.DecimalField(max_digits=7, decimal_places=2)
    selling_share = models.DecimalField(max_digits=5, decimal_places=4)
    hours_a_lead = models.DecimalField(max_digits=9, decimal_places=4)
    said_at = models.DateTimeField()
    said_by = models.ForeignKey("people.Person", models.PROTECT, related_name="+")

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.CheckConstraint(
                name="capacity_is_possible",
                condition=Q(people__gte=0, joining__gte=0, hours__gt=0, hours_a_lead__gt=0)
                & Q(selling_share__gt=0, selling_share__lte=1),
            ),
        )

    def __str__(self) -> str:
        return f"{self.people} people from {self.stage}"


class SavedPlan(_Kept):
    """A plan as it was saved: the levers, what they came to, and the months; rows are only added.

    `levers` is the address's words; `months` a list of {since, until, leads, wins}, days in the
    workspace's zone, `until` not included.
    """

    public_id = models.UUIDField(default=uuid7, unique=True, editable=False)
    objective = models.ForeignKey(Objective, models.PROTECT, related_name="plans")
    number = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)  # of the wording it was made for
    agreement = models.CharField(max_length=64)  # digest of the agreement it was made under
    data_at = models.DateTimeField()
    levers = models.JSONField(default=dict)
    leads = models.PositiveIntegerField()
    chance = models.FloatField()
    months = models.JSONField(default=list)
    saved_at = models.DateTimeField()
    saved_by = models.ForeignKey("people.Person", models.PROTECT, related_name="+")

    class Meta:
        ordering = ("number",)
        constraints = (
            models.UniqueConstraint(fields=("objective", "number"), name="plans_are_numbered"),
        )

    def __str__(self) -> str:
        return f"plan {self.number}"
