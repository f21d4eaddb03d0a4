"""Nurture as rows: sequences and their revisions, who is in them, mails, things to do, wakings."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from onefunnel.server.people.ids import uuid7


class Sequence(models.Model):
    """A sequence by name; what it says stands in its revisions, the last of them counts.

    `current` is the number of the last revision: a change written over an older one is refused.
    `looked_at` is the change of the data up to which it was asked who enters by its rule.
    """

    public_id = models.UUIDField(default=uuid7, unique=True, editable=False)
    name = models.CharField(max_length=80, unique=True)
    is_on = models.BooleanField(default=False)
    current = models.PositiveIntegerField(default=1)
    looked_at = models.BigIntegerField(default=0)
    made_at = models.DateTimeField()
    by = models.ForeignKey("people.Person", models.SET_NULL, null=True, related_name="+")

    class Meta:
        app_label = "run"
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class Revision(models.Model):
    """What a sequence said from a moment on; never changed. `plan` is read by `plan.read_plan`."""

    sequence = models.ForeignKey(Sequence, models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField()
    plan = models.JSONField()
    made_at = models.DateTimeField()
    by = models.ForeignKey("people.Person", models.SET_NULL, null=True, related_name="+")

    class Meta:
        app_label = "run"
        ordering = ("-number",)
        constraints = (
            models.UniqueConstraint(fields=("sequence", "number"), name="revision_number_once"),
        )

    def __str__(self) -> str:
        return f"{self.sequence}, {self.number}"


class Status(models.TextChoices):
    """Where a lead stands in a sequence."""

    RUNNING = "running", "running"
    PAUSED = "paused", "paused"
    FINISHED = "finished", "finished"
    HUMAN = "human", "human needed"
    STOPPED = "stopped", "stopped"


#: A lead is in a sequence while it runs or stands still.
IN_IT = (Status.RUNNING, Status.PAUSED)


class Enrolment(models.Model):
    """One lead in one sequence, from its entry to its one end.

    `position` is the step that comes next, `due_at` when; none while a mail goes out or somebody
    has something to do. `held` says why a mail waits although its time has come.
    """

    public_id = models.UUIDField(default=uuid7, unique=True, editable=False)
    sequence = models.ForeignKey(Sequence, models.CASCADE, related_name="enrolments")
    revision = models.ForeignKey(Revision, models.CASCADE, related_name="+")
    lead_id = models.TextField()  # the lead's key in the facts
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.RUNNING)
    position = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(null=True)
    held = models.TextField(blank=True)
    entered_at = models.DateTimeField()
    by = models.ForeignKey("people.Person", models.SET_NULL, null=True, related_name="+")
    is_undone = models.BooleanField(default=False)  # its entry was taken back
    batch = models.UUIDField(null=True)  # those who entered together, so that it can be taken back
    paused_at = models.DateTimeField(null=True)
    is_paused_by_person = models.BooleanField(default=False)  # else by an open handover
    ended_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=200, blank=True)  # of the end or the pause, in words

    class Meta:
        app_label = "run"
        ordering = ("-pk",)
        constraints = (
            models.CheckConstraint(
                name="enrolment_status_known", condition=Q(status__in=Status.values)
            ),
            models.UniqueConstraint(
                "sequence", "lead_id", name="enrolment_one_running", condition=Q(status__in=IN_IT)
            ),
            models.CheckConstraint(
                name="enrolment_end_has_time",
                condition=Q(status__in=IN_IT, ended_at__isnull=True)
                | (~Q(status__in=IN_IT) & Q(ended_at__isnull=False, due_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="enrolment_pause_has_time",
                condition=Q(status=Status.PAUSED, paused_at__isnull=False)
                | (~Q(status=Status.PAUSED) & Q(paused_at__isnull=True)),
            ),
        )
        indexes = (
            models.Index(
                fields=("due_at",), name="enrolment_due", condition=Q(status=Status.RUNNING)
            ),
            models.Index(fields=("lead_id",), name="enrolment_lead"),
            models.Index(fields=("sequence", "status"), name="enrolment_standing"),
            models.Index(fields=("batch",), name="enrolment_batch"),
        )

    def __str__(self) -> str:
        return f"{self.sequence}: {self.get_status_display()}"


class Sending(models.TextChoices):
    """What became of a mail of a sequence."""

    GOING = "going", "going out"
    SENT = "sent", "sent"
    HELD = "held", "held back"  # something happened between writing and sending: later once more
    SKIPPED = "skipped", "not sent"


class SequenceMail(models.Model):
    """One mail step of one lead: written to the outbox, gone out, or not and why.

    `key` is the outbox's: the same mail is written once, whoever asks again.
    """

    enrolment = models.ForeignKey(Enrolment, models.CASCADE, related_name="mails")
    step = models.CharField(max_length=12)
    position = models.PositiveSmallIntegerField()
    key = models.CharField(max_length=120, unique=True)
    subject = models.CharField(max_length=200)  # as the step says it, nothing of the lead in it
    state = models.CharField(max_length=8, choices=Sending.choices)
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)

    class Meta:
        app_label = "run"
        ordering = ("pk",)
        constraints = (
            models.CheckConstraint(
                name="sequence_mail_state_known", condition=Q(state__in=Sending.values)
            ),
        )
        indexes = (
            models.Index(
                fields=("made_at",), name="sequence_mail_going", condition=Q(state=Sending.GOING)
            ),
        )

    def __str__(self) -> str:
        return f"{self.subject}: {self.get_state_display()}"


class Why(models.TextChoices):
    """Where something to do comes from."""

    STEP = "step", "a step of a sequence"
    HUMAN = "human", "a human is needed"
    WOKEN = "woken", "the lead woke up"


class Todo(models.Model):
    """Something a person has to do with a lead: call, meet, write a message.

    Done, it is a contact with the lead; called off, it is not, and says why.
    """

    public_id = models.UUIDField(default=uuid7, unique=True, editable=False)
    lead_id = models.TextField()
    team = models.CharField(max_length=40)
    deed = models.CharField(max_length=12)  # one of plan.DEEDS
    words = models.TextField(blank=True)
    why = models.CharField(max_length=6, choices=Why.choices)
    enrolment = models.ForeignKey(Enrolment, models.CASCADE, null=True, related_name="todos")
    step = models.CharField(max_length=12, blank=True)
    assigned_to = models.ForeignKey(
        "people.Person", null=True, on_delete=models.SET_NULL, related_name="+"
    )  # nobody: the team's queue
    made_at = models.DateTimeField()
    due_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(
        "people.Person", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    is_done = models.BooleanField(default=False)
    reason = models.TextField(blank=True)  # why it was called off
    touch_id = models.CharField(max_length=40, blank=True)

    class Meta:
        app_label = "run"
        ordering = ("due_at", "pk")
        constraints = (
            models.CheckConstraint(name="todo_why_known", condition=Q(why__in=Why.values)),
            models.CheckConstraint(
                name="todo_done_has_time", condition=Q(is_done=False) | Q(ended_at__isnull=False)
            ),
        )
        indexes = (
            models.Index(
                fields=("team", "due_at"), name="todo_open", condition=Q(ended_at__isnull=True)
            ),
            models.Index(fields=("lead_id",), name="todo_lead"),
        )

    def __str__(self) -> str:
        return f"{self.deed}: {self.words or self.get_why_display()}"


class Waking(models.Model):
    """A lead that was woken on its day: once for each day, whoever finds it."""

    lead_id = models.TextField()
    wake_on = models.DateField()
    at = models.DateTimeField()
    into = models.CharField(max_length=10)  # one of WakeInto
    words = models.TextField(blank=True)

    class Meta:
        app_label = "run"
        ordering = ("-pk",)
        constraints = (
            models.UniqueConstraint("lead_id", "wake_on", name="waking_once_a_day_agreed"),
        )

    def __str__(self) -> str:
        return f"{self.wake_on}: {self.into}"


class WakeInto(models.TextChoices):
    """What happens with a lead on its wake-up day."""

    TODO = "todo", "its owner gets it to do"
    STAGE = "stage", "it moves into a stage"
    SEQUENCE = "sequence", "it enters a sequence"
    CARD = "card", "it is offered under a hand-over card"


class NurtureRules(models.Model):
    """What holds for all sequences of the workspace: one row.

    `quiet_hours` are working hours after a sales contact in which no marketing mail goes out.
    `looked_at` is the change of the data up to which it was asked which to-dos lost their reason.
    """

    quiet_hours = models.PositiveIntegerField(default=16)
    wake_into = models.CharField(max_length=10, choices=WakeInto.choices, default=WakeInto.TODO)
    wake_name = models.CharField(max_length=200, blank=True)
    wake_team = models.CharField(max_length=40, default="sales")
    revision = models.PositiveIntegerField(default=0)
    looked_at = models.BigIntegerField(default=0)

    class Meta:
        app_label = "run"
        constraints = (
            models.CheckConstraint(
                name="wake_into_known", condition=Q(wake_into__in=WakeInto.values)
            ),
        )

    def __str__(self) -> str:
        return f"quiet for {self.quiet_hours} h"
