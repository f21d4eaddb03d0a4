"""The forms of this room: an agreement as text or as a file; the day a version comes into force."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms

from onefunnel.agreement.yaml_nodes import LONGEST


class ImportForm(forms.Form):
    """An agreement written as YAML: a file, or the text itself."""

    file = forms.FileField(label="A file", required=False, help_text="An agreement as YAML.")
    text = forms.CharField(
        label="Or the text itself",
        required=False,
        max_length=LONGEST,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 18, "spellcheck": "false", "class": "code"}),
    )

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        file = found.get("file")
        if file is not None:
            if file.size > LONGEST * 4:
                raise forms.ValidationError("The file is too large for an agreement (2 MB).")
            try:
                found["text"] = file.read().decode("utf-8-sig")
            except UnicodeDecodeError:
                raise forms.ValidationError(
                    "The file is not UTF-8 text. Save it as UTF-8 and choose it again."
                ) from None
        if not self.errors and not str(found.get("text") or "").strip():
            raise forms.ValidationError("Choose a file, or paste the text of an agreement.")
        return found


class UseForm(forms.Form):
    """The day from which a version is in force; it begins at midnight in the workspace's zone."""

    from_on = forms.DateField(
        label="In force from",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"invalid": "This is no day; write it like 2027-12-31."},
    )

    def effective_from(self, *, at: datetime, zone: ZoneInfo) -> datetime | None:
        """The first moment of the day; None (now) where none is given, or it is today."""
        day = self.cleaned_data.get("from_on")
        if day is None or day == at.astimezone(zone).date():
            return None
        return datetime(day.year, day.month, day.day, tzinfo=zone)
