"""Error pages in plain words: what happened, what it means, what to do."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "site/error_400.html", status=400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """A deed the role does not include; or a whole sentence, where no role would help."""
    said = str(exception) if exception else ""
    what = "why" if said.endswith(".") else "deed"
    return render(request, "site/error_403.html", {what: said}, status=403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return render(request, "site/error_csrf.html", status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "site/error_404.html", status=404)


def broken(request: HttpRequest) -> HttpResponse:
    """The 500 page. Renders without context processors: whatever broke may break them too."""
    return HttpResponse(render_to_string("site/error_500.html"), status=500)
