"""The pages of what changed: every version, and any two of them clause by clause."""

from __future__ import annotations

from itertools import groupby

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from onefunnel.server.agree.changes.queries import changes_between, told
from onefunnel.server.agree.columns import definition_columns
from onefunnel.server.agree.models import AgreementVersion
from onefunnel.server.agree.pages import view_of
from onefunnel.server.agree.queries import agreement_of, in_use, versions
from onefunnel.server.people.access import who_may
from onefunnel.server.warehouse import queries as warehouse


@require_GET
@who_may("see numbers")
def home(request: HttpRequest) -> HttpResponse:
    """What changed, when, and who signed it?"""
    now = timezone.now()
    found = in_use(at=now)
    context = {
        "tab": "changes",
        "told": told(warehouse.current_facts(), at=now),
        "in_use": found.version if found else None,
    }
    return render(request, "agree/changes/home.html", context)


@require_GET
@who_may("see numbers")
def between(request: HttpRequest) -> HttpResponse:
    """What does one version say otherwise than another? By default the last two."""
    there = versions()
    context: dict[str, object] = {"tab": "changes", "versions": there}
    if len(there) > 1:
        new = _chosen(request, "new", there, there[0])
        old = _chosen(request, "old", there, next(one for one in there if one.pk != new.pk))
        facts = warehouse.current_facts()
        found = changes_between(old, new, facts)
        columns = definition_columns(facts)
        context |= {
            "old": old,
            "new": new,
            "found": found,
            "groups": [
                (where, list(changes))
                for where, changes in groupby(found.changes, lambda one: one.where)
            ],
            "maps": [(one, view_of(agreement_of(one), columns)) for one in (old, new)],
        }
    return render(request, "agree/changes/between.html", context)


def _chosen(
    request: HttpRequest, key: str, there: list[AgreementVersion], default: AgreementVersion
) -> AgreementVersion:
    number = request.GET.get(key, "")
    if not number:
        return default
    found = next((one for one in there if str(one.number) == number), None)
    if found is None:
        raise Http404(f"there is no version {number}")
    return found
