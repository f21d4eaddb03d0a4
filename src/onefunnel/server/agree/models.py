"""Versions of the agreement, who signed them, from when each is in use: never changed; and the
rounds of drafting they come from."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC
from typing import Any, NoReturn

from django.db import models

from onefunnel.server.agree.disputes.models import Dispute, DriftLook, Entry
from onefunnel.server.people.ids import uuid7

#: Rows that live beside their deeds.
BESIDE_THEIR_DEEDS = (Dispute, DriftLook, Entry)


class VersionsAreKept(Exception):
    """Something tried to change or remove a version. Bring in a new version instead."""


class _Kept(models.Model):
    """A row that is written once. `hash` seals it and, through `previous`, all rows before it."""

    public_id = models.UUIDField(default=uuid7, unique=True, editable=False)
    previous = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64, unique=True)

    class Meta:
        abstract = True

    def save(self, *args: Any, **options: Any) -> None:
        if self.pk is not None:
            raise VersionsAreKept("A version is never changed: bring in a new one.")
        super().save(*args, **options)

    def delete(self, *args: Any, **options: Any) -> NoReturn:
        raise VersionsAreKept("A version is never removed: bring in a new one.")

    def content(self) -> dict[str, Any]:
        """What the seal covers."""
        raise NotImplementedError

    def seal(self) -> str:
        """The hash this row must have."""
        text = json.dumps(
            {**self.content(), "id": str(self.public_id), "previous": self.previous},
            sort_keys=True, separators=(",", ":"), ensure_ascii=False,
        )  # fmt: skip
        return hashlib.sha256(text.encode()).hexdigest()


#: Where the agreement of the simulated company comes from.
SIMULATED = "simulated company"


class AgreementVersion(_Kept):
    """One text of the agreement. `digest` is of its meaning, `hash` of the row and its history."""

    number = models.PositiveIntegerField(unique=True)
    text = models.TextField()
    digest = models.CharField(max_length=64, db_index=True)
    title = models.CharField(max_length=300)
    origin = models.CharField(max_length=80, blank=True)  # "file", "template aida"
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(
        "people.Person", null=True, on_delete=models.PROTECT, related_name="+"
    )  # nobody: the program itself

    class Meta:
        ordering = ("-number",)

    def __str__(self) -> str:
        return f"version {self.number}"

    def content(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "text": self.text,
            "digest": self.digest,
            "title": self.title,
            "origin": self.origin,
            "at": self.created_at.astimezone(UTC).isoformat(timespec="microseconds"),
            "by": self.created_by_id,
        }


class Adoption(_Kept):
    """From when a version is in use. The last one whose time has come is the one that counts."""

    version = models.ForeignKey(AgreementVersion, on_delete=models.PROTECT, related_name="+")
    effective_from = models.DateTimeField(db_index=True)
    adopted_at = models.DateTimeField()
    adopted_by = models.ForeignKey(
        "people.Person", null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"{self.version} from {self.effective_from}"

    def content(self) -> dict[str, Any]:
        return {
            "version": self.version_id,
            "from": self.effective_from.astimezone(UTC).isoformat(timespec="microseconds"),
            "at": self.adopted_at.astimezone(UTC).isoformat(timespec="microseconds"),
            "by": self.adopted_by_id,
        }


class Signature(_Kept):
    """A team's signature under one version: it binds to the digest, so to no other text."""

    version = models.ForeignKey(AgreementVersion, on_delete=models.PROTECT, related_name="+")
    digest = models.CharField(max_length=64)
    team = models.CharField(max_length=40)
    signed_at = models.DateTimeField()
    signed_by = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(fields=("version", "team"), name="one_signature_a_team"),
            models.UniqueConstraint(fields=("version", "signed_by"), name="one_signature_a_person"),
        )

    def __str__(self) -> str:
        return f"{self.team} under {self.version}"

    def content(self) -> dict[str, Any]:
        return {
            "version": self.version_id,
            "digest": self.digest,
            "team": self.team,
            "at": self.signed_at.astimezone(UTC).isoformat(timespec="microseconds"),
            "by": self.signed_by_id,
        }


class Round(models.Model):
    """One time of drafting: two teams describe the funnel apart, compare, and settle one text."""

    public_id = models.UUIDField(default=uuid7, unique=True, editable=False)
    one = models.CharField(max_length=40)
    other = models.CharField(max_length=40)
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(
        "people.Person", null=True, on_delete=models.PROTECT, related_name="+"
    )
    closed_at = models.DateTimeField(null=True)
    #: Nobody while it goes on, and of rounds that ended before this was kept.
    closed_by = models.ForeignKey(
        "people.Person", null=True, on_delete=models.PROTECT, related_name="+"
    )
    #: True while it goes on, else NULL: so at most one goes on at a time.
    is_open = models.BooleanField(null=True, default=True, unique=True)
    #: What it ended in; none while it goes on, or when it was given up.
    version = models.ForeignKey(
        AgreementVersion, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"round of {self.one} and {self.other}"


class Draft(models.Model):
    """What one team believes the funnel is. `revision` counts its changes: a change that was
    written over an older one is refused."""

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="drafts")
    team = models.CharField(max_length=40)
    text = models.TextField()
    revision = models.PositiveIntegerField(default=0)
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(
        "people.Person", null=True, on_delete=models.PROTECT, related_name="+"
    )
    handed_in_at = models.DateTimeField(null=True)
    handed_in_by = models.ForeignKey(
        "people.Person", null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(fields=("round", "team"), name="one_draft_a_team_and_round"),
        )

    def __str__(self) -> str:
        return f"draft of {self.team}"


class Decision(models.Model):
    """How a discrepancy was settled, and why. Rows are only added: the last one counts."""

    ONE, OTHER, NEW = "one", "other", "new"
    CHOICES = ((ONE, "the first team's"), (OTHER, "the second team's"), (NEW, "new words"))

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="decisions")
    key = models.TextField()
    choice = models.CharField(max_length=8, choices=CHOICES)
    text = models.TextField(blank=True)
    why = models.TextField()
    decided_at = models.DateTimeField()
    decided_by = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"{self.key}: {self.choice}"
