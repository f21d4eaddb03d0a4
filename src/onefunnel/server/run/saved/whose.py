"""Whose a saved view is to change."""

from __future__ import annotations

from onefunnel.server.people.models import Person
from onefunnel.server.people.rules import may
from onefunnel.server.run.saved.models import SavedView

KEEP = "keep views"
#: Who may rename, hide or delete what others share.
CHANGE_OTHERS = "change views of others"


def may_change(view: SavedView, person: Person) -> bool:
    """Whether the person may rename, share or delete the view."""
    if not may(person, KEEP):
        return False
    return view.by_id == person.pk or may(person, CHANGE_OTHERS)
