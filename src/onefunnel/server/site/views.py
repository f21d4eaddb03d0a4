"""Today."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def today(request: HttpRequest) -> HttpResponse:
    """What needs me, are we on plan?"""
    return render(request, "site/today.html", {})
