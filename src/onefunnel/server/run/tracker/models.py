"""The rows beside the facts: what came in under which key, forms of websites and what each of
their fields was answered, bulk moves."""

from __future__ import annotations

from django.db import models

from onefunnel.server.people.ids import uuid7


class Arrival(models.Model):
    """One request that brought or changed leads, by the key its sender gave it.

    The same key with the same content gets the same answer again, whatever was lost on the way;
    with other content it is refused. `digest` is of the content, so nothing personal is in here.
    """

    caller = models.CharField(max_length=80)
    key = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    answer = models.JSONField(default=dict)
    at = models.DateTimeField()

    class Meta:
        app_label = "run"
        constraints = (
            models.UniqueConstraint(fields=("key", "caller"), name="arrival_once_per_caller"),
        )

    def __str__(self) -> str:
        return f"arrival {self.pk}"


class CaptureForm(models.Model):
    """A form on a website: what it asks, and which sites may send it.

    `fields` is a list of {name, label, kind, required}; `origins` a list such as
    "https://www.example.com". Answers come to /run/forms/<slug>/.
    """

    public_id = models.UUIDField(default=uuid7, unique=True, editable=False)
    name = models.CharField(max_length=80)
    slug = models.SlugField(max_length=60, unique=True)
    fields = models.JSONField(default=list)
    origins = models.JSONField(default=list)
    source = models.CharField(max_length=120, blank=True)  # what the lead's source then says
    thanks_url = models.URLField(max_length=400, blank=True)
    is_open = models.BooleanField(default=True)
    by = models.ForeignKey("people.Person", models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        app_label = "run"
        ordering = ("name", "pk")

    def __str__(self) -> str:
        return self.name


class FormAnswer(models.Model):
    """One answer by a form that became a lead: which fields were asked, and which were filled in.

    Names of fields only, never what was said in them. `is_watched`: it came from a page with our
    script, which also tells of visitors who began and left.
    """

    form = models.ForeignKey(CaptureForm, models.CASCADE, related_name="+")
    lead_id = models.TextField()
    at = models.DateTimeField()
    asked = models.JSONField(default=list)
    filled = models.JSONField(default=list)
    is_watched = models.BooleanField(default=False)

    class Meta:
        app_label = "run"
        indexes = (models.Index(fields=("lead_id",), name="form_answer_lead"),)

    def __str__(self) -> str:
        return f"an answer by {self.form_id}"


class FormCount(models.Model):
    """How often, on one day, a field of a form was refused, or was the last one touched by a
    visitor who began and left. Counts alone: nothing tells who it was."""

    form = models.ForeignKey(CaptureForm, models.CASCADE, related_name="+")
    field = models.CharField(max_length=60)
    day = models.DateField()
    refused = models.PositiveIntegerField(default=0)
    left = models.PositiveIntegerField(default=0)

    class Meta:
        app_label = "run"
        constraints = (
            models.UniqueConstraint(fields=("form", "field", "day"), name="form_count_once_a_day"),
        )

    def __str__(self) -> str:
        return f"{self.field} on {self.day}"


class BulkMove(models.Model):
    """Leads that somebody moved at once, one or many, so that it can be taken back as one.

    `moves` is a list of [lead, the stage left, the stage entered].
    """

    public_id = models.UUIDField(default=uuid7, unique=True, editable=False)
    by = models.ForeignKey("people.Person", models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField()
    moves = models.JSONField(default=list)
    undone_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "run"

    def __str__(self) -> str:
        return f"bulk move {self.public_id}"
