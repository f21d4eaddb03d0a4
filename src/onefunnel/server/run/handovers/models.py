"""Handovers as rows: one offer of one lead, its clock and its one end; who is in turn to receive.

The database itself holds what must never be otherwise: one open handover a lead and card, and an
end that says what an end of its kind has to say.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from onefunnel.server.people.ids import uuid7
from onefunnel.server.people.models import Team


class Status(models.TextChoices):
    """Where a handover stands. `waiting` is not offered yet: data is missing."""

    WAITING = "waiting", "waiting for data"
    OFFERED = "offered", "offered"
    ACCEPTED = "accepted", "accepted"
    REJECTED = "rejected", "rejected"
    RETURNED = "returned", "sent back for more"
    EXPIRED = "expired", "not answered in time"
    RECYCLED = "recycled", "recycled"
    LAPSED = "lapsed", "taken back: the lead left the stage"


OPEN = (Status.WAITING, Status.OFFERED)
#: The ends nobody gives.
UNANSWERED = (Status.EXPIRED, Status.LAPSED)
#: The ends a person gives.
ANSWERS = (Status.ACCEPTED, Status.REJECTED, Status.RETURNED, Status.RECYCLED)
_NOT_OPEN = [one.value for one in Status if one not in OPEN]


class Handover(models.Model):
    """One offer of one lead by one team to another, under one hand-over card of the agreement."""

    public_id = models.UUIDField(default=uuid7, unique=True, editable=False)
    lead_id = models.TextField()  # the lead's key in the facts
    card = models.TextField()
    from_team = models.CharField(max_length=40)
    to_team = models.CharField(max_length=40)
    status = models.CharField(max_length=8, choices=Status.choices)
    missing = models.JSONField(default=list)  # columns, while it waits for data
    failing = models.JSONField(default=list)  # clauses of the test, while it waits to meet them
    made_at = models.DateTimeField()
    offered_at = models.DateTimeField(null=True)
    offered_by = models.ForeignKey(
        "people.Person", null=True, on_delete=models.PROTECT, related_name="+"
    )  # nobody: the program, when the lead entered the card's stage
    note = models.TextField(blank=True)  # the giver's words to the receiver
    assigned_to = models.ForeignKey(
        "people.Person", null=True, on_delete=models.PROTECT, related_name="+"
    )  # nobody: the team's queue
    due_at = models.DateTimeField(null=True)
    paused_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(
        "people.Person", null=True, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.CharField(max_length=40, blank=True)  # a code of reasons.REASONS
    clause = models.TextField(blank=True)  # of the agreement, in words
    is_gap = models.BooleanField(default=False)  # no clause says it: a gap in the rule
    better = models.TextField(blank=True)  # what would have made it good
    wake_on = models.DateField(null=True)
    reply_due_at = models.DateTimeField(null=True)  # the giver owes an answer to a rejection
    reply = models.TextField(blank=True)
    replied_at = models.DateTimeField(null=True)
    replied_by = models.ForeignKey(
        "people.Person", null=True, on_delete=models.PROTECT, related_name="+"
    )
    reply_late_at = models.DateTimeField(null=True)  # when the tick found it overdue
    fallback = models.TextField(blank=True)  # what the card says of an offer nobody answers
    agreement_version = models.CharField(max_length=40)
    agreement_digest = models.CharField(max_length=64)
    previous = models.OneToOneField(
        "self", null=True, on_delete=models.PROTECT, related_name="+"
    )  # the one this offers again

    class Meta:
        ordering = ("-pk",)
        constraints = (
            models.CheckConstraint(
                name="handover_status_known", condition=Q(status__in=Status.values)
            ),
            models.UniqueConstraint(
                "lead_id", "card", name="handover_one_open", condition=Q(status__in=OPEN)
            ),
            models.CheckConstraint(
                name="handover_offered_has_time",
                condition=Q(status=Status.WAITING, offered_at__isnull=True)
                | (~Q(status=Status.WAITING) & Q(offered_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="handover_end_has_time",
                condition=Q(status__in=OPEN, answered_at__isnull=True, answered_by__isnull=True)
                | Q(status__in=UNANSWERED, answered_at__isnull=False, answered_by__isnull=True)
                | Q(status__in=ANSWERS, answered_at__isnull=False, answered_by__isnull=False),
            ),
            models.CheckConstraint(
                name="handover_refusal_has_reason",
                condition=Q(status=Status.REJECTED, reply_due_at__isnull=False)
                & ~Q(reason="")
                & (Q(is_gap=True, clause="") | (Q(is_gap=False) & ~Q(clause="")))
                | (Q(status=Status.RETURNED, is_gap=False) & ~Q(reason=""))
                | (
                    ~Q(status__in=(Status.REJECTED, Status.RETURNED))
                    & Q(clause="", is_gap=False, reason="")
                ),
            ),
            models.CheckConstraint(
                name="handover_recycled_has_date",
                condition=Q(status=Status.RECYCLED, wake_on__isnull=False)
                | (~Q(status=Status.RECYCLED) & Q(wake_on__isnull=True)),
            ),
            models.CheckConstraint(
                name="handover_pause_while_open",
                condition=Q(paused_at__isnull=True) | Q(status=Status.OFFERED),
            ),
            models.CheckConstraint(
                name="handover_reply_to_rejection",
                condition=Q(replied_at__isnull=True, reply="")
                | (Q(status=Status.REJECTED, replied_at__isnull=False) & ~Q(reply="")),
            ),
        )
        indexes = (
            models.Index(
                fields=("due_at",), name="handover_due",
                condition=Q(status=Status.OFFERED, paused_at__isnull=True),
            ),
            models.Index(
                fields=("to_team", "due_at"), name="handover_queue",
                condition=Q(status=Status.OFFERED),
            ),
            models.Index(
                fields=("from_team", "reply_due_at"), name="handover_replies",
                condition=Q(status=Status.REJECTED, replied_at__isnull=True),
            ),
            models.Index(
                fields=("assigned_to",), name="handover_load", condition=Q(status=Status.OFFERED)
            ),
            models.Index(fields=("lead_id",), name="handover_lead"),
            models.Index(fields=("from_team", "status"), name="handover_given"),
        )  # fmt: skip

    def __str__(self) -> str:
        return f"{self.card}: {self.get_status_display()}"

    @property
    def stands(self) -> str:
        """Where it stands, in words."""
        if self.status == Status.WAITING and not self.missing:
            return "does not meet the test" if self.failing else "to be offered by hand"
        return str(self.get_status_display())

    @property
    def from_name(self) -> str:
        return team_name(self.from_team)

    @property
    def to_name(self) -> str:
        return team_name(self.to_team)


def team_name(team: str) -> str:
    """The team as the screen calls it; its own word where we have no such team."""
    return Team(team).label if team in Team.values else team


class ClockPause(models.Model):
    """A stretch in which a handover's clock stood still, who stopped it and why. Kept for ever."""

    handover = models.ForeignKey(Handover, on_delete=models.PROTECT, related_name="pauses")
    from_at = models.DateTimeField()
    by = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="+")
    why = models.TextField()
    until_at = models.DateTimeField(null=True)
    resumed_by = models.ForeignKey(
        "people.Person", null=True, on_delete=models.PROTECT, related_name="+"
    )
    due_before = models.DateTimeField(null=True)
    due_after = models.DateTimeField(null=True)

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(
                "handover", name="handover_one_pause", condition=Q(until_at__isnull=True)
            ),
        )

    def __str__(self) -> str:
        return f"{self.handover} from {self.from_at}"


class TeamDesk(models.Model):
    """When a team works, and its place in the round of assigning: one row a team.

    `week` holds seven lists of ["09:00", "17:00"] pairs, Monday first. `revision` counts changes,
    so that one written over an older one is refused. `given` counts the leads given in turn; the
    row is locked while one is given, so two never take the same turn.
    """

    team = models.CharField(max_length=40, unique=True)
    zone = models.CharField(max_length=64, blank=True)  # empty: the workspace's
    week = models.JSONField(default=list)  # empty: as the agreement says
    holidays = models.JSONField(default=list)  # ISO days
    revision = models.PositiveIntegerField(default=0)
    given = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return team_name(self.team)


class Receiver(models.Model):
    """How a person receives leads: how many open at once, which ones, and when last in turn."""

    person = models.OneToOneField("people.Person", on_delete=models.CASCADE, related_name="+")
    is_in_turn = models.BooleanField(default=True)
    capacity = models.PositiveIntegerField(null=True)  # none: as many as come
    territory = models.TextField(blank=True)  # a predicate over the lead; empty: all
    last_given = models.PositiveBigIntegerField(default=0)  # the desk's `given` at that time
    revision = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.person)


class Absence(models.Model):
    """Days on which a person gets no leads, the first and the last included."""

    public_id = models.UUIDField(default=uuid7, unique=True, editable=False)
    person = models.ForeignKey("people.Person", on_delete=models.CASCADE, related_name="+")
    from_on = models.DateField()
    until_on = models.DateField()

    class Meta:
        ordering = ("from_on", "pk")
        constraints = (
            models.CheckConstraint(
                name="absence_right_way_round", condition=Q(until_on__gte=models.F("from_on"))
            ),
        )

    def __str__(self) -> str:
        return f"{self.person}: {self.from_on} to {self.until_on}"
