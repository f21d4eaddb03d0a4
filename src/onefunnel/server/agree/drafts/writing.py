"""The forms of a draft's things: change one, add one, move it, remove it and put it back."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import quote

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from onefunnel.agreement.yaml_text import read_yaml, write_yaml
from onefunnel.measures.steps.defined import Rule
from onefunnel.server.agree.columns import definition_columns
from onefunnel.server.agree.drafts import editing, part_form, queries
from onefunnel.server.agree.drafts.never import never_met_of
from onefunnel.server.agree.drafts.views import REFUSALS, draft_to_see, keep, may_write, said
from onefunnel.server.agree.gaps import open_gaps
from onefunnel.server.agree.models import Draft
from onefunnel.server.people.access import who_may
from onefunnel.server.people.models import Team
from onefunnel.server.warehouse import queries as warehouse

#: Where the session keeps the draft as it was before the last removal.
_REMOVED = "agree.removed"
#: Parts whose definitions are over leads, not over the moves of leads.
_OVER_LEADS = (editing.SEGMENTS, editing.PERSONAS)


@require_http_methods(["GET", "POST"])
@who_may("see numbers", change="draft agreement", others="refused")
def part(request: HttpRequest, team: str, slug: str, place: int | str) -> HttpResponse:
    """One thing of the draft as a form: change it, or add one."""
    found, kind = draft_to_see(request, team), _part(slug)
    agreement = queries.read(found)
    at = None if place == "new" else int(place)
    there = editing.things(agreement, kind)
    if at is not None and not 0 <= at < len(there):
        raise Http404("there is nothing at that place of the draft")
    before = None if at is None else there[at]
    typed = editing.shown(before, kind)
    mistakes: dict[str, str] = {}
    if request.method == "POST":
        as_it_was, typed = typed, part_form.typed_of(request.POST, kind)
        columns = definition_columns(warehouse.current_facts())
        if "add" in request.POST:
            mistakes = part_form.add_condition(request.POST, typed, columns)
        elif not (mistakes := part_form.unreadable(kind, typed, as_it_was, columns)):
            try:
                thing = editing.made(kind, typed, before)
                changed = editing.with_thing(agreement, kind, at, thing)
                keep(request, found, changed, request.POST.get("revision", ""))
            except editing.Mistakes as refusal:
                mistakes = refusal.by_field
            except REFUSALS as refusal:
                mistakes = {"": str(refusal)}
            else:
                messages.success(request, f"Kept: {kind.one} {said(thing)}.")
                return HttpResponseRedirect(_after(request, found, kind, at))
    return _form(request, found, kind, place, typed, mistakes)


@require_POST
@who_may("draft agreement", others="refused")
def arrange(request: HttpRequest, team: str, slug: str, place: int) -> HttpResponse:
    """Move a thing up or down, or remove it."""
    found, kind = draft_to_see(request, team), _part(slug)
    agreement, deed = queries.read(found), request.POST.get("deed", "")
    try:
        if deed == "remove":
            changed = editing.without_thing(agreement, kind, place)
        else:
            changed = editing.moved(agreement, kind, place, -1 if deed == "up" else 1)
        kept = keep(request, found, changed, request.POST.get("revision", ""))
    except (*REFUSALS, LookupError) as refusal:
        messages.error(request, str(refusal))
    else:
        if deed != "remove":
            last = len(editing.things(changed, kind)) - 1
            place = min(max(place + (-1 if deed == "up" else 1), 0), last)
            # no fragment: a browser that goes to one gives the focus to nothing else
            return HttpResponseRedirect(
                reverse("agree:draft", args=[team]) + f"?moved={place}&by={quote(deed)}"
            )
        request.session[_REMOVED] = [kept.pk, kept.revision, write_yaml(agreement)]
        messages.success(
            request, f"Removed: {kind.one} {said(editing.things(agreement, kind)[place])}.",
            extra_tags=f"undo:{reverse('agree:put_back', args=[team])}",
        )  # fmt: skip
    return HttpResponseRedirect(reverse("agree:draft", args=[team]) + f"#{slug}-{place}")


@require_POST
@who_may("draft agreement", others="refused")
def put_back(request: HttpRequest, team: str) -> HttpResponse:
    """Undo the last removal, as long as nothing was changed since."""
    found = draft_to_see(request, team)
    draft_id, revision, text = request.session.pop(_REMOVED, (None, None, ""))
    if (draft_id, revision) != (found.pk, found.revision):
        messages.error(request, "It cannot be undone: the draft was changed since.")
        return redirect("agree:draft", team)
    try:
        keep(request, found, read_yaml(text, "the draft"), str(revision))
    except REFUSALS as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "Put back, where it was.")
    return redirect("agree:draft", team)


def _part(slug: str) -> editing.Part:
    if slug not in editing.PARTS:
        raise Http404(f"a draft has no part {slug}")
    return editing.PARTS[slug]


def _form(
    request: HttpRequest,
    found: Draft,
    kind: editing.Part,
    place: int | str,
    typed: dict[str, str],
    mistakes: dict[str, str],
) -> HttpResponse:
    columns, agreement = definition_columns(warehouse.current_facts()), queries.read(found)
    here = reverse("agree:part", args=[found.team, kind.slug, place]) if place != "new" else ""
    gaps = open_gaps(found.team, agreement, columns)
    added = request.POST.get("add", "")
    lines = part_form.lines_of(kind, typed, mistakes, agreement, columns, added)
    context = {
        "tab": "drafts",
        "draft": found,
        "team": Team(found.team).label,
        "part": kind,
        "place": place,
        "lines": _noted(lines, kind),
        "gaps": [gap for gap in gaps if here and gap.url.split("#")[0] == here],
        "has_more": bool(gaps),
        "refused": mistakes.get("", ""),
        "columns": part_form.columns_in_words(columns),
        "operators": part_form.OPERATORS,
        "may_write": may_write(request, found),
    }
    return render(request, "agree/drafts/part.html", context, status=422 if mistakes else 200)


def _noted(lines: list[part_form.Line], kind: editing.Part) -> list[part_form.Line]:
    """The lines, those of definitions that nothing in the data meets with a note that says so."""
    rules = {
        line.field.name: Rule("leads" if kind in _OVER_LEADS else "moves", (line.value,))
        for line in lines
        if line.sentence
    }
    notes = never_met_of(rules)
    return [replace(line, note=notes.get(line.field.name, "")) for line in lines]


def _after(request: HttpRequest, found: Draft, kind: editing.Part, place: int | None) -> str:
    """Where to go on after something was kept: the next gap where that was asked for, else the
    thing itself in the list it stands in."""
    found.refresh_from_db()
    agreement = queries.read(found)
    if request.POST.get("then") == "gap":
        columns = definition_columns(warehouse.current_facts())
        if gaps := open_gaps(found.team, agreement, columns):
            return gaps[0].url
    at = len(editing.things(agreement, kind)) - 1 if place is None else place
    return reverse("agree:draft", args=[found.team]) + f"#{kind.slug}-{at}"
