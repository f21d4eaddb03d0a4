"""The one form of this room: an agreement as text or as a file."""

from __future__ import annotations

from typing import Any

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
