"""What people fill in on the Data pages."""

from __future__ import annotations

from django import forms
from django.utils.html import format_html

from onefunnel.server.warehouse.inbox.files import allowed_folders


class SeveralFiles(forms.ClearableFileInput):
    """A file field that takes several files."""

    allow_multiple_selected = True


class UploadField(forms.FileField):
    """The files as a list; each is checked by the field it extends."""

    #: What stands beside the label instead of "may stay empty".
    when_empty = "one at least"

    def clean(self, data: object, initial: object = None) -> list[object]:
        given = data if isinstance(data, (list, tuple)) else [data]
        for one in given:
            if one and not one.size:
                raise forms.ValidationError(
                    f"{one.name} is empty: export it again, or leave it out."
                )
        return [super(UploadField, self).clean(one, initial) for one in given if one]


class UploadForm(forms.Form):
    """Files, or a folder of the server, and the name of the system they come from."""

    files = UploadField(
        label="Exports of your CRM or marketing tool",
        required=False,
        widget=SeveralFiles(attrs={"multiple": True}),
        help_text="CSV, TSV, Excel, Parquet, JSON lines or XES; .zip and .gz too. Choose all files "
        "of one export together: they explain each other.",
    )
    folder = forms.CharField(
        label="Or a folder on the server",
        required=False,
        max_length=1000,
        widget=forms.TextInput(attrs={"placeholder": "/srv/exports/crm", "autocomplete": "off"}),
    )
    source = forms.CharField(
        label="Name of the system",
        required=False,
        max_length=120,
        widget=forms.TextInput(attrs={"list": "known-sources", "autocomplete": "off"}),
        help_text="Choose the same name at the next delivery of a system: its columns are "
        "remembered, and rows are updated instead of doubled. Empty: a new system, called after "
        "the files.",
    )

    def __init__(self, *args: object, may_name_folder: bool, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        if not may_name_folder:
            del self.fields["folder"]
            return
        listed = ", ".join(str(one) for one in allowed_folders())
        self.fields["files"].when_empty = "or name a folder below"  # type: ignore[attr-defined]
        self.fields["folder"].when_empty = "instead of files"  # type: ignore[attr-defined]
        self.fields["folder"].help_text = format_html(
            "For large exports: a folder below {}.", listed
        )

    def clean(self) -> dict[str, object]:
        cleaned = super().clean() or {}
        if not self.errors and not cleaned.get("files") and not cleaned.get("folder"):
            words = "Choose at least one file"
            words += ", or name a folder." if "folder" in self.fields else "."
            raise forms.ValidationError(words)
        return cleaned
