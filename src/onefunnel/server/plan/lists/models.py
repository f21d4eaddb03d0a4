"""What is to be done for an objective: items of six lists, each owned and dated."""

from __future__ import annotations

from django.db import models

from onefunnel.server.people.ids import uuid7


class List(models.TextChoices):
    """The six lists that a plan answers."""

    AWARENESS = "awareness", "Awareness"
    LEADS = "leads", "Leads"
    MESSAGES = "messages", "Messages"
    FIELD = "field", "Directions to the field"
    TOOLS = "tools", "Tools"
    METRICS = "metrics", "Metrics"


class WorkItem(models.Model):
    """One thing to do: who, by when, which stage it feeds, by which measure it is judged.

    `strategy` and `tactic` say where it hangs under the objective. Its words never change: a wrong
    one is removed and written anew.
    """

    public_id = models.UUIDField(default=uuid7, unique=True, editable=False)
    objective = models.ForeignKey("plan.Objective", models.PROTECT, related_name="work")
    list = models.CharField(max_length=10, choices=List)
    what = models.CharField(max_length=300)
    strategy = models.CharField(max_length=300)
    tactic = models.CharField(max_length=300)
    stage = models.CharField(max_length=300)
    measure = models.CharField(max_length=40)
    owner = models.ForeignKey("people.Person", models.PROTECT, related_name="+")
    due_on = models.DateField()
    made_at = models.DateTimeField()
    made_by = models.ForeignKey("people.Person", models.PROTECT, related_name="+")
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey("people.Person", models.PROTECT, null=True, related_name="+")
    removed_at = models.DateTimeField(null=True)
    removed_by = models.ForeignKey("people.Person", models.PROTECT, null=True, related_name="+")

    class Meta:
        app_label = "plan"
        ordering = ("due_on", "pk")

    def __str__(self) -> str:
        return self.what
