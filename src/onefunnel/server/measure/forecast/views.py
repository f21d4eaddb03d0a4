"""The page of the forecast."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from onefunnel.server.agree.basis import current_basis
from onefunnel.server.measure.forecast.queries import seen
from onefunnel.server.measure.pages import PAGES
from onefunnel.server.people.access import who_may


@require_GET
@who_may("see numbers")
def forecast(request: HttpRequest) -> HttpResponse:
    """How many leads will be won in the weeks to come, and how good was that before?"""
    basis = current_basis()
    context = {"seen": seen(basis), "basis": basis, "tabs": PAGES.values()}
    return render(request, "measure/forecast/home.html", context)
