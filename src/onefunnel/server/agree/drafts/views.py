"""The pages of drafting: the round, a team's draft, one part of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.propose import TITLE
from onefunnel.agreement.rules.gap import Gap
from onefunnel.agreement.templates import templates
from onefunnel.agreement.yaml_text import AgreementTextError, read_yaml
from onefunnel.server.agree.columns import definition_columns
from onefunnel.server.agree.drafts import at_once, commands, editing, queries
from onefunnel.server.agree.drafts.effect import effect_of, list_of
from onefunnel.server.agree.drafts.lists import list_page
from onefunnel.server.agree.drafts.never import never_met_in
from onefunnel.server.agree.forms import ImportForm
from onefunnel.server.agree.gaps import gaps_of, open_gaps
from onefunnel.server.agree.models import Draft
from onefunnel.server.agree.pages import view_of
from onefunnel.server.people.access import who_may
from onefunnel.server.people.models import Team
from onefunnel.server.people.rules import may
from onefunnel.server.warehouse import queries as warehouse

REFUSALS = (commands.RoundRefused, commands.ChangedMeanwhile)


@require_GET
@who_may("see numbers")
def home(request: HttpRequest) -> HttpResponse:
    """Where does the round stand, and what can I do?"""
    going_on = queries.round_going_on()
    drafts = queries.sides(going_on) if going_on else ()
    own = next((draft for draft in drafts if draft.team == request.user.team), None)
    gaps = _gaps(own) if own is not None else ()
    context = {
        "tab": "drafts",
        "round": going_on,
        "ended": _ended(request) if going_on is None else None,
        "drafts": [
            (draft, Team(draft.team).label, draft.team == request.user.team) for draft in drafts
        ],
        "gaps": len(gaps),
        "can_fill": any(at_once.is_asked(gap) for gap in gaps),
        "title": _title_to_give(queries.read(own)) if own is not None else "",
        "is_party": going_on is not None and request.user.team in (going_on.one, going_on.other),
        "are_in": going_on is not None and queries.are_both_in(going_on),
        "templates": [(name, templates.load(name).title) for name in templates.names()],
        "teams": [Team(team).label for team in commands.TEAMS],
    }
    return render(request, "agree/drafts/home.html", context)


@require_POST
@who_may("draft agreement")
def begin(request: HttpRequest) -> HttpResponse:
    """Begin a round."""
    try:
        commands.open_round(
            start=request.POST.get("start", commands.FROM_PRESENT),
            by=request.user,
            at=timezone.now(),
        )
    except KeyError as absent:
        raise Http404(str(absent)) from absent
    except commands.RoundRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "The round has begun: each team writes its own draft.")
    return redirect("agree:drafts")


@require_POST
@who_may("propose agreement")
def give_up(request: HttpRequest) -> HttpResponse:
    """End the round without a result."""
    going_on = queries.round_going_on()
    if going_on is None:
        return redirect("agree:drafts")
    try:
        commands.give_up_round(round_id=going_on.pk, by=request.user, at=timezone.now())
    except commands.RoundRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(
            request, "The round has ended without a result, for both teams. Its drafts are kept."
        )
    return redirect("agree:drafts")


@require_GET
@who_may("see numbers", others="refused")
def draft(request: HttpRequest, team: str) -> HttpResponse:
    """What does this team believe the funnel is?"""
    found = draft_to_see(request, team)
    agreement = queries.read(found)
    columns = definition_columns(warehouse.current_facts())
    shown = view_of(agreement, columns)
    context = {
        "tab": "drafts",
        "draft": found,
        "team": Team(team).label,
        "may_write": may_write(request, found),
        "parts": [
            (part, [(place, said(thing)) for place, thing in enumerate(_there(agreement, part))])
            for part in editing.PARTS.values()
        ],
        "shown": shown,
        "moved": request.GET.get("moved", ""),
        "moved_by": request.GET.get("by", ""),
        "can_fill": any(at_once.is_asked(gap) for gap in shown.gaps),
        "gaps": open_gaps(team, agreement, columns),
        "title": _title_to_give(agreement),
    }
    return render(request, "agree/drafts/draft.html", context)


@require_GET
@who_may("see numbers", others="refused")
def last(request: HttpRequest, team: str) -> HttpResponse:
    """What a team had written in the round that ended last."""
    if team not in Team.values:
        raise Http404("there is no such team")
    ended = queries.last_ended()
    found = queries.draft_of(ended, team) if ended else None
    if team != request.user.team and (found is None or not queries.may_see(found, request.user)):
        raise PermissionDenied("The round ended before both drafts were handed in.")
    if found is None:
        raise Http404("no round has ended in which this team wrote")
    agreement = queries.read(found)
    context = {
        "tab": "drafts",
        "draft": found,
        "ended": ended,
        "team": Team(team).label,
        "shown": view_of(agreement, definition_columns(warehouse.current_facts())),
    }
    return render(request, "agree/drafts/last.html", context)


@require_GET
@who_may("see numbers", others="refused")
def effect(request: HttpRequest, team: str) -> HttpResponse:
    """What would the draft have done to last quarter's leads?"""
    found = draft_to_see(request, team)
    agreement = queries.read(found)
    context = {
        "effect": effect_of(agreement, now=timezone.now()),
        "draft": found,
        "never": never_met_in(agreement),
    }
    return render(request, "agree/drafts/effect.html", context)


@require_GET
@who_may("see numbers", others="refused")
def effect_list(request: HttpRequest, team: str) -> HttpResponse:
    """The leads behind a number of the effect."""
    found, stage = draft_to_see(request, team), request.GET.get("stage", "")
    is_present = request.GET.get("by") == "present"
    now = timezone.now()
    try:
        records = list_of(queries.read(found), stage, is_present=is_present, now=now)
    except (LookupError, ValueError) as absent:
        raise Http404(f"no such list: {absent}") from absent
    title = f"Reached {stage} by {'the present funnel' if is_present else 'the draft'}"
    return list_page(request, records, title, reverse("agree:draft", args=[team]))


@require_POST
@who_may("draft agreement", others="refused")
def hand_in(request: HttpRequest, team: str) -> HttpResponse:
    """Hand the draft in, or take it back."""
    found = draft_to_see(request, team)
    is_back = request.POST.get("deed") == "take back"
    deed = commands.take_back if is_back else commands.hand_in
    try:
        _give_title(request, found)
        deed(draft_id=found.pk, by=request.user, at=timezone.now())
    except REFUSALS as refusal:
        messages.error(request, str(refusal))
    else:
        gaps = 0 if is_back else len(_gaps(found))
        if not gaps:
            messages.success(request, "Taken back." if is_back else "Handed in, with no gap open.")
        else:
            what = "gap" if gaps == 1 else "gaps"
            messages.success(
                request,
                f"Handed in with {gaps} open {what}. The version cannot come into force before "
                f"{'it is' if gaps == 1 else 'they are'} filled.",
            )
    return redirect("agree:drafts")


@require_GET
@who_may("see numbers", others="refused")
def draft_yaml(request: HttpRequest, team: str) -> HttpResponse:
    """The draft as a file."""
    answer = HttpResponse(
        draft_to_see(request, team).text, content_type="application/yaml; charset=utf-8"
    )
    answer["Content-Disposition"] = f'attachment; filename="draft-{team}.yaml"'
    return answer


@require_http_methods(["GET", "POST"])
@who_may("draft agreement", others="refused")
def bring_in(request: HttpRequest, team: str) -> HttpResponse:
    """Bring the draft in as YAML; every mistake is shown with its line."""
    found = draft_to_see(request, team)
    form = ImportForm(request.POST or None, request.FILES or None)
    problems: tuple[object, ...] = ()
    if request.method == "POST" and form.is_valid():
        try:
            agreement = read_yaml(form.cleaned_data["text"], "the draft")
            keep(request, found, agreement, request.POST.get("revision", ""))
        except AgreementTextError as error:
            problems = error.problems
        except REFUSALS as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, "The draft is what the text says now.")
            return redirect("agree:draft", team)
    context = {
        "tab": "drafts", "draft": found, "team": Team(team).label, "form": form,
        "problems": problems,
    }  # fmt: skip
    status = 422 if problems or form.errors else 200
    return render(request, "agree/drafts/bring_in.html", context, status=status)


def draft_to_see(request: HttpRequest, team: str) -> Draft:
    """The team's draft in the round that goes on, as far as the person may see it."""
    going_on = queries.round_going_on()
    found = queries.draft_of(going_on, team) if going_on else None
    if found is None:
        raise Http404("no round of drafting goes on in which this team writes")
    if not queries.may_see(found, request.user):
        raise PermissionDenied("A draft is shown to others once both are handed in.")
    return found


def _ended(request: HttpRequest) -> dict[str, Any] | None:
    """The round that ended last, and the drafts of it that the person may read."""
    ended = queries.last_ended()
    if ended is None:
        return None
    drafts = [
        (draft.team, Team(draft.team).label, queries.may_see(draft, request.user))
        for draft in queries.sides(ended)
    ]
    return {"round": ended, "drafts": drafts}


def _title_to_give(agreement: Agreement) -> str:
    """The title, as long as nobody gave it one of their own."""
    return agreement.title if agreement.title == TITLE else ""


def _give_title(request: HttpRequest, found: Draft) -> None:
    """Keep the title that was written where the draft is handed in."""
    agreement, title = queries.read(found), " ".join(request.POST.get("title", "").split())[:200]
    if title and title != agreement.title:
        keep(request, found, replace(agreement, title=title), str(found.revision))


def _gaps(found: Draft) -> tuple[Gap, ...]:
    return gaps_of(queries.read(found), definition_columns(warehouse.current_facts()))


def may_write(request: HttpRequest, found: Draft) -> bool:
    """Whether the person may change this draft now."""
    is_own = found.team == request.user.team and found.handed_in_at is None
    return is_own and may(request.user, "draft agreement")


def keep(request: HttpRequest, found: Draft, agreement: Any, revision: str) -> Draft:
    """Keep the changed draft, made from the revision that the form was shown with: as it is kept,
    whoever changes it in the next moment."""
    return commands.save_draft(
        draft_id=found.pk,
        agreement=agreement,
        revision=int(revision) if revision.isdecimal() else -1,
        by=request.user,
        at=timezone.now(),
    )


def _there(agreement: Any, kind: editing.Part) -> tuple[Any, ...]:
    return tuple(one for one in editing.things(agreement, kind) if one is not None)


def said(thing: Any) -> str:
    """A thing in a line: its name, or its first words."""
    if thing is None:
        return ""
    for name in ("name", "title", "statement", "what", "model"):
        if said := str(getattr(thing, name, "")):
            return said if len(said) <= 120 else said[:119] + "…"
    return ""
