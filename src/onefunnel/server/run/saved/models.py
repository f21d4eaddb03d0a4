"""Views of the list and the board that people keep, and which one each person begins with."""

from __future__ import annotations

from django.db import models

from onefunnel.server.people.ids import uuid7


class SavedView(models.Model):
    """A page of leads under a name: `words` are those of its address (`run.asking`).

    It is its maker's alone, or everybody's: both teams then look at one pipeline.
    """

    class Page(models.TextChoices):
        LEADS = "leads", "List"
        BOARD = "board", "Board"

    public_id = models.UUIDField(default=uuid7, unique=True, editable=False)
    name = models.CharField(max_length=60)
    page = models.CharField(max_length=5, choices=Page)
    words = models.JSONField(default=dict)
    by = models.ForeignKey("people.Person", models.CASCADE, related_name="+")
    is_shared = models.BooleanField(default=False)
    made_at = models.DateTimeField()

    class Meta:
        app_label = "run"
        ordering = ("name", "pk")
        constraints = (
            models.UniqueConstraint(fields=("by", "name"), name="saved_view_once_per_person"),
        )

    def __str__(self) -> str:
        return self.name


class FirstView(models.Model):
    """The view that a person sees first under Run."""

    person = models.OneToOneField("people.Person", models.CASCADE, related_name="+")
    view = models.ForeignKey(SavedView, models.CASCADE, related_name="+")

    class Meta:
        app_label = "run"

    def __str__(self) -> str:
        return f"first view {self.pk}"
