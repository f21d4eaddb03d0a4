"""Whom nobody may write to, and on what basis others may be written to.

An address stands here only as a keyed digest: the list works without knowing anybody, and outlives
the erasure of a person.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from onefunnel.server.people.ids import uuid7


class Why(models.TextChoices):
    """Why an address is on the list."""

    UNSUBSCRIBED = "unsubscribed", "unsubscribed by the link of a mail"
    OBJECTED = "objected", "objected to marketing"
    BOUNCED = "bounced", "mail to it came back"
    BROUGHT_IN = "brought-in", "on a list that was brought in"


class Suppression(models.Model):
    """An address that nobody may write to. Never removed: an objection is absolute."""

    public_id = models.UUIDField(default=uuid7, unique=True, editable=False)
    digest = models.CharField(max_length=64, unique=True)
    key_mark = models.CharField(max_length=16, db_index=True)  # which key the digest was made with
    why = models.CharField(max_length=16, choices=Why.choices)
    at = models.DateTimeField()
    by = models.ForeignKey(
        "people.Person", null=True, on_delete=models.PROTECT, related_name="+"
    )  # nobody: the person whose address it is

    class Meta:
        ordering = ("-at", "-pk")
        constraints = (
            models.CheckConstraint(name="suppression_why_known", condition=Q(why__in=Why.values)),
        )

    def __str__(self) -> str:
        return f"{self.digest[:12]}: {self.get_why_display()}"


class Ground(models.TextChoices):
    """On what basis somebody may be written to for a purpose."""

    CONSENT = "consent", "consent"
    CONTRACT = "contract", "a contract"
    PROSPECT = "interest-prospect", "legitimate interest, prospect"
    CUSTOMER = "interest-customer", "legitimate interest, customer"
    NONE = "none", "none: withdrawn or never given"


class Basis(models.Model):
    """One thing that was said about the basis; the last one counts, all are kept."""

    digest = models.CharField(max_length=64)
    key_mark = models.CharField(max_length=16, db_index=True)
    purpose = models.CharField(max_length=40)
    ground = models.CharField(max_length=20, choices=Ground.choices)
    at = models.DateTimeField()
    by = models.ForeignKey(
        "people.Person", null=True, on_delete=models.PROTECT, related_name="+"
    )  # nobody: the program, from what somebody sent
    source = models.CharField(max_length=200)  # where it was said, no personal data
    wording = models.CharField(max_length=200, blank=True)  # version of what was agreed to

    class Meta:
        ordering = ("-at", "-pk")
        indexes = (models.Index(fields=("digest", "purpose"), name="basis_of_address"),)
        constraints = (
            models.CheckConstraint(
                name="basis_ground_known", condition=Q(ground__in=Ground.values)
            ),
        )

    def __str__(self) -> str:
        return f"{self.digest[:12]}, {self.purpose}: {self.get_ground_display()}"
