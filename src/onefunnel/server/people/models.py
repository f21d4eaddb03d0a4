"""Persons, their team and role, API keys and invitations."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower

from onefunnel.server.people.ids import uuid7


class Team(models.TextChoices):
    """Who a person works with. The value is what agreements and data call the team."""

    MARKETING = "marketing", "Marketing"
    SALES = "sales", "Sales"
    ACCOUNTS_AND_SERVICE = "accounts_and_service", "Accounts & service"
    LEADERSHIP = "leadership", "Leadership"
    OPERATIONS = "operations", "Operations"


class Role(models.TextChoices):
    """How much a person may do; `rules.may` says what each includes."""

    OWNER = "owner", "Owner"
    LEAD = "lead", "Head of team"
    MEMBER = "member", "Member"
    VIEWER = "viewer", "Viewer"


class PersonManager(BaseUserManager["Person"]):
    """Makes persons; the login is the e-mail address, always kept in lower case."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> Person:
        person = self.model(email=email.strip().lower(), **fields)
        person.set_password(password)
        person.save(using=self._db)
        return person

    def get_by_natural_key(self, username: str | None) -> Person:
        return self.get(email__iexact=username)


class Person(AbstractBaseUser):
    """Somebody who signs in."""

    public_id = models.UUIDField(default=uuid7, unique=True, editable=False)
    email = models.EmailField("e-mail address", unique=True)
    name = models.CharField("name", max_length=120)
    team = models.CharField("team", max_length=24, choices=Team.choices, default=Team.OPERATIONS)
    role = models.CharField("role", max_length=8, choices=Role.choices, default=Role.MEMBER)
    time_zone = models.CharField(
        "time zone", max_length=64, blank=True, help_text="Empty: the workspace's time zone."
    )
    is_active = models.BooleanField("may sign in", default=True)
    is_simulated = models.BooleanField(default=False, editable=False)  # belongs to the demo company
    joined_at = models.DateTimeField(auto_now_add=True)

    objects = PersonManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        verbose_name = "person"
        verbose_name_plural = "people"
        ordering = ("name", "pk")
        constraints = (
            models.UniqueConstraint(Lower("email"), name="person_email_once"),
            models.CheckConstraint(
                name="person_team_known", condition=models.Q(team__in=Team.values)
            ),
            models.CheckConstraint(
                name="person_role_known", condition=models.Q(role__in=Role.values)
            ),
        )

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def team_name(self) -> str:
        return Team(self.team).label

    @property
    def short_name(self) -> str:
        return (self.name or self.email).split()[0]

    @property
    def initials(self) -> str:
        parts = (self.name or self.email).split()
        return "".join(part[0] for part in (parts[:1] + parts[1:][-1:])).upper()


class Scope(models.TextChoices):
    READ = "read", "Read"
    WRITE = "write", "Read and write"


class ApiKey(models.Model):
    """A key for the API. Only its digest is kept; the key itself is shown once."""

    public_id = models.UUIDField(default=uuid7, unique=True, editable=False)
    person = models.ForeignKey("people.Person", on_delete=models.CASCADE, related_name="+")
    label = models.CharField("what it is for", max_length=80)
    start = models.CharField(max_length=16)  # of_live_ab12: enough to recognise it in a list
    digest = models.CharField(max_length=64, unique=True)
    scope = models.CharField(max_length=8, choices=Scope.choices, default=Scope.READ)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-made_at", "-pk")

    def __str__(self) -> str:
        return f"{self.label} ({self.start}…)"


class Invitation(models.Model):
    """A link that lets one person in, once, until it expires. Also the first owner's welcome."""

    public_id = models.UUIDField(default=uuid7, unique=True, editable=False)
    digest = models.CharField(max_length=64, unique=True)
    email = models.EmailField("e-mail address", blank=True)
    team = models.CharField(max_length=24, choices=Team.choices)
    role = models.CharField(max_length=8, choices=Role.choices)
    by = models.ForeignKey(
        "people.Person", null=True, on_delete=models.SET_NULL, related_name="+"
    )  # nobody: made by `onefunnel serve` for the first owner
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-made_at", "-pk")

    def __str__(self) -> str:
        return f"invitation for {self.email or 'the first owner'}"


class Workspace(models.Model):
    """What is true of the whole workspace: one row."""

    name = models.CharField("name", max_length=120, default="Our funnel")
    time_zone = models.CharField("time zone", max_length=64, default="UTC")
    currency = models.CharField("currency", max_length=3, default="EUR")
    fiscal_year_starts = models.PositiveSmallIntegerField("fiscal year starts in", default=1)
    is_demo = models.BooleanField(default=False, editable=False)  # holds the simulated company

    class Meta:
        constraints = (
            models.CheckConstraint(name="workspace_only_one", condition=models.Q(pk=1)),
            models.CheckConstraint(
                name="workspace_fiscal_month",
                condition=models.Q(fiscal_year_starts__range=(1, 12)),
            ),
        )

    def __str__(self) -> str:
        return self.name
