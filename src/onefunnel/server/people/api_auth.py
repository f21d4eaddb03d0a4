"""How a request to /api says who it is: a signed-in browser, or a key with the right scope."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja.errors import HttpError
from ninja.security import HttpBearer, SessionAuth

from onefunnel.server.people.keys import use_key
from onefunnel.server.people.models import Person, Scope

READ_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class BrowserAuth(SessionAuth):
    """The person signed in to the pages; Django's CSRF check applies."""

    def authenticate(self, request: HttpRequest, key: str | None) -> Person | None:
        person = request.user
        return person if person.is_authenticated and person.is_active else None


class KeyAuth(HttpBearer):
    """`Authorization: Bearer of_live_...`. Anything but reading needs a key that may write.

    The scope is decided by the method here, once, so that no operation can forget it.
    """

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        key = use_key(secret=token, at=timezone.now())
        if key is None:
            return None
        if request.method not in READ_METHODS and key.scope != Scope.WRITE:
            raise HttpError(403, "This key may only read. Make one that may read and write.")
        request.user = key.person
        return key.person


API_AUTH = [KeyAuth(), BrowserAuth()]
