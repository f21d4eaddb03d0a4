"""Where forms of websites send their answers: open to the sites that a form names, nobody else."""

from __future__ import annotations

import json
import time
from pathlib import Path

from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from onefunnel.server.people.access import ANYBODY, who_may
from onefunnel.server.people.addresses import client_address, household_of
from onefunnel.server.run.tracker import web_forms
from onefunnel.server.run.tracker.arrivals import KeyUsed
from onefunnel.server.run.tracker.form_counts import count_left
from onefunnel.server.run.tracker.gate import MaybeKept
from onefunnel.server.run.tracker.models import CaptureForm
from onefunnel.server.run.tracker.rates import Rates

#: So many answers a minute from one address, and so many by one form.
PER_ADDRESS, PER_FORM = 20, 600
_LARGEST = 64_000
rates, leavings = Rates(), Rates()


@csrf_exempt  # it comes from another site: its origin is asked for instead
@require_http_methods(["POST", "OPTIONS"])
@who_may(ANYBODY)
def take(request: HttpRequest, slug: str) -> HttpResponse:
    """Take one answer: JSON for a script, else the visitor goes on to the form's thanks page."""
    form = web_forms.open_form(slug)
    origin = request.headers.get("Origin", "")
    if form is None:
        return JsonResponse({"detail": "There is no such form."}, status=404)
    if not _is_allowed(request, form, origin):
        return JsonResponse({"detail": "This site may not send this form."}, status=403)
    answer = HttpResponse(status=204) if request.method == "OPTIONS" else _taken(request, form)
    if origin:
        answer["Access-Control-Allow-Origin"] = origin
        answer["Access-Control-Allow-Headers"] = "Content-Type"
        answer["Vary"] = "Origin"
    return answer


@who_may(ANYBODY)
@csrf_exempt  # it comes from another site: its origin is asked for instead
@require_POST
def left(request: HttpRequest, slug: str) -> HttpResponse:
    """Count a visitor who began the form and left, by the last field touched; nothing else."""
    form = web_forms.open_form(slug)
    if form is None:
        return JsonResponse({"detail": "There is no such form."}, status=404)
    if not _is_allowed(request, form, request.headers.get("Origin", "")):
        return JsonResponse({"detail": "This site may not send this form."}, status=403)
    visitor = household_of(client_address(request))
    if not leavings.take(
        slug, visitor, per_visitor=PER_ADDRESS, per_form=PER_FORM, now=time.monotonic()
    ):
        return HttpResponse(status=429)
    count_left(form=form, field=request.POST.get("last", ""), at=timezone.now())
    return HttpResponse(status=204)


@who_may(ANYBODY)
@require_GET
def watch(request: HttpRequest) -> HttpResponse:
    """The script that a website may load beside a form; it tells of visitors who left."""
    path = finders.find("run/form_watch.js")
    answer = HttpResponse(Path(str(path)).read_bytes(), content_type="text/javascript")
    answer["Cross-Origin-Resource-Policy"] = "cross-origin"
    answer["Cache-Control"] = "public, max-age=3600"
    return answer


def _taken(request: HttpRequest, form: CaptureForm) -> HttpResponse:
    visitor = household_of(client_address(request))
    if not rates.take(
        form.slug, visitor, per_visitor=PER_ADDRESS, per_form=PER_FORM, now=time.monotonic()
    ):
        late = JsonResponse(
            {"detail": "Too many answers at once. Try again in a minute."}, status=429
        )
        late["Retry-After"] = "60"
        return late
    is_json = request.content_type == "application/json"
    said = _said(request, is_json)
    if said is None:
        return JsonResponse({"detail": "Send one value for each field."}, status=422)
    try:
        _, wrong = web_forms.take_answer(form=form, said=said, at=timezone.now(), visitor=visitor)
    except KeyUsed as used:
        return JsonResponse({"detail": str(used)}, status=409)
    except MaybeKept as unknown:
        return JsonResponse({"detail": str(unknown)}, status=503)
    if wrong:
        if _is_read_by_people(request):
            page = "run/capture/not_taken.html"
            return render(request, page, {"wrong": wrong}, status=422)
        told = [{"field": one.field, "reason": one.reason, "fix": one.fix} for one in wrong]
        return JsonResponse({"detail": told}, status=422)
    if not form.thanks_url and _is_read_by_people(request):
        return render(request, "run/capture/taken.html", status=201)
    if is_json or not form.thanks_url:
        return JsonResponse({"taken": True}, status=201)
    answer = HttpResponse(status=303)
    answer["Location"] = form.thanks_url
    return answer


def _is_read_by_people(request: HttpRequest) -> bool:
    """Whether a visitor's browser shows the answer, and no script reads it."""
    sent = request.content_type != "application/json"
    return sent and "text/html" in request.headers.get("Accept", "")


def _said(request: HttpRequest, is_json: bool) -> dict[str, str] | None:
    """What was sent by field, as text; None where it is nothing a form sends."""
    if not is_json:
        return {name: value for name, value in request.POST.items() if isinstance(value, str)}
    if len(request.body) > _LARGEST:
        return None
    try:
        sent = json.loads(request.body)
    except (ValueError, RecursionError):  # brackets in brackets, thousands deep
        return None
    if not isinstance(sent, dict) or any(isinstance(v, dict | list) for v in sent.values()):
        return None
    return {str(name): "" if value is None else str(value) for name, value in sent.items()}


def _is_allowed(request: HttpRequest, form: CaptureForm, origin: str) -> bool:
    """Whether the site is one the form names, or this one."""
    return origin in form.origins or origin == f"{request.scheme}://{request.get_host()}"
