"""Where the columnar copy of this workspace lies."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings


def folder() -> Path:
    """The folder of the copy, readable by the owner of the workspace only."""
    path = Path(settings.WORKSPACE) / "columns"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path
