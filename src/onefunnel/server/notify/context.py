"""How many notices wait, for the menu of every page."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from onefunnel.server.notify.queries import unread_count


def inbox(request: HttpRequest) -> dict[str, Any]:
    """`unread`: a number, asked for only when a template shows it."""
    user = getattr(request, "user", None)

    def count() -> int:
        return unread_count(user) if user is not None and user.is_authenticated else 0

    return {"unread": SimpleLazyObject(count)}
