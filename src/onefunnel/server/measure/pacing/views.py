"""The page of plan against actual."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from onefunnel.server.agree.basis import current_basis
from onefunnel.server.measure.pacing.queries import paces
from onefunnel.server.measure.pages import PAGES
from onefunnel.server.people.access import who_may


@require_GET
@who_may("see numbers")
def pacing(request: HttpRequest) -> HttpResponse:
    """Does it go as planned?"""
    basis = current_basis()
    context = {"paces": paces(basis), "basis": basis, "tabs": PAGES.values()}
    return render(request, "measure/pacing/home.html", context)
