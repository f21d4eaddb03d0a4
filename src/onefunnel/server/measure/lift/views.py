"""The page on which results of experiments are entered and taken back."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from onefunnel.server.measure.lift import commands
from onefunnel.server.measure.lift.models import LiftTest
from onefunnel.server.measure.lift.queries import tests
from onefunnel.server.people.access import who_may

FIELDS = ("kind", "split", "name", "since", "until", "lift", "low", "high")


@require_http_methods(["GET", "POST"])
@who_may("see numbers", change="enter tests")
def lift_tests(request: HttpRequest) -> HttpResponse:
    """What did experiments show? And a form to enter what one showed."""
    given = request.POST if request.method == "POST" else request.GET
    typed = {name: given.get(name, "")[:300] for name in FIELDS}
    refusal = ""
    if request.method == "POST":
        try:
            commands.enter_test(typed=typed, by=request.user, at=timezone.now())
        except commands.TestRefused as refused:
            refusal = str(refused)
        else:
            messages.success(request, "The result is entered and stands beside the credit.")
            return redirect("measure:credit")
    context = {
        "tests": tests(), "typed": typed, "refusal": refusal,
        "kinds": LiftTest.Kind.choices, "splits": LiftTest.Split.choices,
    }  # fmt: skip
    return render(request, "measure/lift_tests.html", context, status=422 if refusal else 200)


@require_POST
@who_may("enter tests")
def take_back(request: HttpRequest, test_id: str) -> HttpResponse:
    """Take a result back."""
    try:
        commands.take_back(test_id=test_id, by=request.user, at=timezone.now())
    except commands.NoSuchTest as absent:
        raise Http404(str(absent)) from absent
    messages.success(request, "The result is taken back.")
    return redirect("measure:lift_tests")
