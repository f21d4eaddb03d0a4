"""The forms of this room; each field says what it is for."""

from __future__ import annotations

import calendar
import os
import zoneinfo
from pathlib import Path
from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password

from onefunnel.server.people.models import Person, Role, Scope, Team, Workspace

MONTHS = list(enumerate(calendar.month_name))[1:]


def zone_choices() -> list[tuple[str, str]]:
    """Every time zone by name; the ones without a place (EST5EDT, ...) left out."""
    places = (zone for zone in zoneinfo.available_timezones() if "/" in zone)
    kept = sorted(z for z in places if not z.startswith(("Etc/", "posix/", "right/", "SystemV/")))
    return [("UTC", "UTC"), *((zone, zone.replace("_", " ")) for zone in kept)]


def machine_zone() -> str:
    """The time zone this machine is set to, as a first guess; UTC if it does not say."""
    named = os.environ.get("TZ", "").lstrip(":")
    link = Path("/etc/localtime")
    if not named and link.is_symlink():
        named = str(link.readlink()).partition("zoneinfo/")[2]
    return named if named in {zone for zone, _ in zone_choices()} else "UTC"


class AccountForm(forms.Form):
    """Who comes in by a welcome link or an invitation."""

    name = forms.CharField(
        label="Your name",
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "name", "autofocus": True}),
    )
    email = forms.EmailField(
        label="E-mail address", widget=forms.EmailInput(attrs={"autocomplete": "username"})
    )
    team = forms.ChoiceField(label="Your team", choices=Team.choices)
    time_zone = forms.ChoiceField(
        label="Time zone of the workspace",
        help_text="Days and months of every number begin and end here. You can change it later.",
    )
    password = forms.CharField(
        label="Password",
        help_text="At least 10 characters. A short sentence is easy to keep in mind.",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, invited: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        if invited:  # the invitation says it
            del self.fields["email"], self.fields["team"], self.fields["time_zone"]
        else:
            self.fields["time_zone"].choices = zone_choices()

    def clean(self) -> dict[str, Any]:
        content = super().clean() or {}
        if password := content.get("password"):
            someone = Person(email=content.get("email", ""), name=content.get("name", ""))
            try:
                validate_password(password, someone)
            except forms.ValidationError as refused:
                self.add_error("password", refused)
        return content


class InviteForm(forms.Form):
    email = forms.EmailField(label="E-mail address")
    team = forms.ChoiceField(label="Team", choices=Team.choices)
    role = forms.ChoiceField(label="Role", choices=Role.choices, initial=Role.MEMBER)


class PersonForm(forms.Form):
    team = forms.ChoiceField(label="Team", choices=Team.choices)
    role = forms.ChoiceField(label="Role", choices=Role.choices)
    is_active = forms.BooleanField(label="May sign in", required=False)


class KeyForm(forms.Form):
    label = forms.CharField(
        label="What it is for", max_length=80, help_text="For example: nightly spreadsheet."
    )
    scope = forms.ChoiceField(label="What it may do", choices=Scope.choices)
    days = forms.TypedChoiceField(
        label="Ends after",
        coerce=int,
        initial=90,
        choices=[(30, "30 days"), (90, "90 days"), (365, "1 year"), (0, "Never")],
    )


class ProfileForm(forms.ModelForm):
    time_zone = forms.ChoiceField(label="Time zone", required=False)

    class Meta:
        model = Person
        fields = ("name", "time_zone")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["time_zone"].choices = [("", "As the workspace"), *zone_choices()]


class WorkspaceForm(forms.ModelForm):
    time_zone = forms.ChoiceField(
        label="Time zone", help_text="Days, weeks and months of every number begin and end here."
    )
    currency = forms.RegexField(
        label="Currency",
        regex=r"^[A-Za-z]{3}$",
        max_length=3,
        help_text="The three-letter code in which money is shown: EUR, GBP, USD.",
        error_messages={"invalid": "Use the three-letter code of a currency, such as EUR."},
    )
    fiscal_year_starts = forms.TypedChoiceField(
        label="Fiscal year starts in", coerce=int, choices=MONTHS
    )

    class Meta:
        model = Workspace
        fields = ("name", "time_zone", "currency", "fiscal_year_starts")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["time_zone"].choices = zone_choices()

    def clean_currency(self) -> str:
        return str(self.cleaned_data["currency"]).upper()
