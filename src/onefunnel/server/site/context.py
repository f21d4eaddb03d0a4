"""What the page frame needs: menu, nonce, the demo banner, how fresh the numbers are."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from onefunnel.server.people.rules import deeds_of
from onefunnel.server.site.navigation import AVATAR_MENU, MENU, links


def page(request: HttpRequest) -> dict[str, Any]:
    """`menu`, `avatar_menu`, `csp_nonce` (the name django-htmx reads)."""

    def deeds() -> frozenset[str]:
        user = getattr(request, "user", None)
        return deeds_of(user) if user is not None and user.is_authenticated else frozenset()

    path = request.path_info
    return {
        "csp_nonce": getattr(request, "csp_nonce", ""),
        "menu": SimpleLazyObject(lambda: links(MENU, path, deeds())),
        "avatar_menu": SimpleLazyObject(lambda: links(AVATAR_MENU, path, deeds())),
    }
