"""What experiments showed: holdouts and tests by region, entered by people."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from onefunnel.server.people.ids import uuid7


class LiftTest(models.Model):
    """One experiment: what was held back, when, and how much more was won where it was not.

    `lift` 0.15 is 15 % more, between `low` and `high` (95 %). It is never changed: a wrong one is
    taken back and entered anew.
    """

    class Kind(models.TextChoices):
        HOLDOUT = "holdout", "Held back from some people or accounts"
        REGIONS = "regions", "Held back in some regions"

    class Split(models.TextChoices):
        CHANNEL = "channel", "Channel"
        CAMPAIGN = "campaign", "Campaign"
        TACTIC = "tactic", "Tactic"

    public_id = models.UUIDField(default=uuid7, unique=True, editable=False)
    kind = models.CharField(max_length=8, choices=Kind)
    split = models.CharField(max_length=8, choices=Split)
    name = models.CharField(max_length=200)
    since = models.DateField()
    until = models.DateField()
    lift = models.DecimalField(max_digits=9, decimal_places=4)
    low = models.DecimalField(max_digits=9, decimal_places=4)
    high = models.DecimalField(max_digits=9, decimal_places=4)
    entered_by = models.ForeignKey("people.Person", models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()
    taken_back_by = models.ForeignKey("people.Person", models.PROTECT, null=True, related_name="+")
    taken_back_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "measure"
        ordering = ("-until", "name", "pk")
        constraints = (
            models.CheckConstraint(condition=Q(since__lte=F("until")), name="lift_test_period"),
            models.CheckConstraint(
                condition=Q(low__gt=-1, low__lte=F("lift"), lift__lte=F("high")),
                name="lift_test_interval",
            ),
        )

    def __str__(self) -> str:
        return f"{self.name}, {self.since} to {self.until}"
