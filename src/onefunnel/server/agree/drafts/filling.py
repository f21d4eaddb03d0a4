"""The page that asks for all that a draft lacks at once, and the lists behind its numbers."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from onefunnel.agreement.predicates.errors import PredicateError
from onefunnel.measures.first_targets import leads_so_far
from onefunnel.measures.steps.path import NoSuccessPath
from onefunnel.server.agree.columns import definition_columns
from onefunnel.server.agree.drafts import at_once, editing, queries
from onefunnel.server.agree.drafts.lists import list_page
from onefunnel.server.agree.drafts.proposed import proposals_for
from onefunnel.server.agree.drafts.views import REFUSALS, draft_to_see, keep, may_write
from onefunnel.server.agree.gaps import open_gaps
from onefunnel.server.people.access import who_may
from onefunnel.server.people.models import Team
from onefunnel.server.warehouse import queries as warehouse


@require_http_methods(["GET", "POST"])
@who_may("see numbers", change="draft agreement", others="refused")
def at_once_page(request: HttpRequest, team: str) -> HttpResponse:
    """All that the draft lacks, on one form."""
    found = draft_to_see(request, team)
    if not may_write(request, found):
        return redirect("agree:draft", team)
    agreement = queries.read(found)
    columns = definition_columns(warehouse.current_facts())
    proposals = proposals_for(found, agreement)
    sent = request.POST if request.method == "POST" else None
    rows = at_once.rows_of(agreement, columns, proposals, sent)
    mistakes: dict[str, str] = {}
    if sent is not None:
        try:
            changed = at_once.filled(agreement, rows, sent)
            if changed == agreement:
                raise editing.Mistakes(
                    {"": "Nothing was ticked and filled in, so nothing is kept."}
                )
            keep(request, found, changed, sent.get("revision", ""))
        except editing.Mistakes as refusal:
            mistakes = refusal.by_field
        except REFUSALS as refusal:
            mistakes = {"": str(refusal)}
        else:
            kept = at_once.differing(agreement, changed, rows)
            left = len(open_gaps(team, changed, columns))
            said = f"Kept, in {kept} place{'' if kept == 1 else 's'}."
            messages.success(request, f"{said} {left} still open." if left else said)
            return HttpResponseRedirect(reverse("agree:draft", args=[team]))
        rows = at_once.rows_of(agreement, columns, proposals, sent, mistakes)
    elif not rows:
        return redirect("agree:draft", team)
    context = {
        "tab": "drafts",
        "draft": found,
        "team": Team(team).label,
        "stages": [row for row in rows if row.part is editing.STAGES],
        "others": [row for row in rows if row.part is not editing.STAGES],
        "refused": mistakes.get("", "") or ("Not kept yet: look at what is marked." if mistakes
                                            else ""),
    }  # fmt: skip
    status = 422 if mistakes else 200
    return render(request, "agree/drafts/at_once.html", context, status=status)


@require_GET
@who_may("see numbers", others="refused")
def came_list(request: HttpRequest, team: str) -> HttpResponse:
    """The leads that came to a stage of the draft, or stand in it where it is a detour."""
    agreement = queries.read(draft_to_see(request, team))
    name = request.GET.get("stage", "")
    try:
        stage = agreement.stage(name)
        records = leads_so_far(warehouse.current_facts(), agreement, stage)
    except (LookupError, PredicateError, NoSuccessPath) as absent:
        raise Http404(f"no such list: {absent}") from absent
    title = f"Reached {name}" if stage.is_success else f"In {name}"
    return list_page(request, records, title, reverse("agree:at_once", args=[team]))
