"""The import that somebody began and left: what Today and Data show while there is nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from onefunnel.server.warehouse.models import Import

_S = Import.Status
UNDER_WAY = (_S.READING, _S.CHECKING, _S.QUEUED, _S.RUNNING, _S.UNDOING)
_WAITING = (_S.PROPOSED, _S.CHECKED, _S.STOPPED, _S.FAILED)


@dataclass(frozen=True)
class Unfinished:
    """An import that is not at its end: what it is called, how it stands, and what to do."""

    public_id: str
    source: str
    created_at: datetime
    title: str
    words: str
    action: str


def unfinished_import() -> Unfinished | None:
    """The latest import, where it was neither written to its end nor undone."""
    last = (
        Import.objects.select_related("source").exclude(status__in=(_S.DRAFT, _S.KEPT))
        .order_by("-created_at", "-pk").first()
    )  # fmt: skip
    if last is None or last.status not in (*UNDER_WAY, *_WAITING):
        return None
    title, words, action = _said(last)
    name = last.source.name if last.source else "Exports"
    return Unfinished(str(last.public_id), name, last.created_at, title, words, action)


def _said(one: Import) -> tuple[str, str, str]:
    if one.status in UNDER_WAY:
        return "An import is under way", "The page of the import says how far it is.", "See it"
    if one.status == _S.FAILED:
        return "An import waits for you", f"It could not be done: {one.error}", "Look at it"
    if one.status == _S.STOPPED:
        words = "It was stopped before its end. What was written stays."
        return "An import waits for you", words, "Continue"
    words = "Its files were read. Nothing of them is written before you have looked at it."
    return "An import waits for you", words, "Continue"
