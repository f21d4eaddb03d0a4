"""What did not become a lead: fields that were refused, and visitors who began and left.

Counts by form, field and day. No cookie, no address, nothing of what was typed.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from django.db import transaction
from django.db.models import F

from onefunnel.server.run.tracker.models import CaptureForm, FormCount


def count_refused(*, form: CaptureForm, fields: Iterable[str], at: datetime) -> None:
    """Count the fields of an answer that was not taken because of them."""
    _count(form, fields, "refused", at)


def count_left(*, form: CaptureForm, field: str, at: datetime) -> None:
    """Count a visitor who began the form and left; `field` is the last one touched."""
    _count(form, [field], "left", at)


def _count(
    form: CaptureForm, fields: Iterable[str], what: Literal["refused", "left"], at: datetime
) -> None:
    asked = {str(one["name"]) for one in form.fields}
    with transaction.atomic():
        for field in sorted(asked.intersection(fields)):
            row, _ = FormCount.objects.get_or_create(form=form, field=field, day=at.date())
            FormCount.objects.filter(pk=row.pk).update(**{what: F(what) + 1})
