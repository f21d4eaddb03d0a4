"""What every template knows about the person and the workspace."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from onefunnel.server.people.demo import look_around_choices
from onefunnel.server.people.models import Person
from onefunnel.server.people.queries import workspace
from onefunnel.server.people.rules import deeds_of


def person(request: HttpRequest) -> dict[str, Any]:
    """`person` (or None), `may` (a set of deeds: `{% if "import data" in may %}`), `workspace`, and
    `look_around`: the simulated people whom the sign-in page offers, outside a demo nobody."""
    user = getattr(request, "user", None)
    someone = user if isinstance(user, Person) else None
    if user is not None and someone is None and user.is_authenticated:
        someone = user  # a lazy object around the Person
    return {
        "look_around": SimpleLazyObject(lambda: look_around_choices(request)),
        "person": someone,
        "may": deeds_of(someone) if someone else frozenset(),
        "workspace": workspace(),
    }


def display_name(user: Person) -> str:
    """How sign-in pages and mails address somebody."""
    return str(user)
