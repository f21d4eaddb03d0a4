"""The settings of handovers: when each team works, and whose turn it is."""

from __future__ import annotations

from zoneinfo import available_timezones

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from onefunnel.server.people.access import who_may
from onefunnel.server.people.models import Team
from onefunnel.server.people.queries import workspace
from onefunnel.server.run.handovers import commands, queries, typed
from onefunnel.server.run.handovers.calendars import calendar_of, has_own_hours, in_words
from onefunnel.server.run.handovers.teams import may_arrange


@require_http_methods(["GET", "POST"])
@who_may(
    "see numbers", change="arrange handovers", others="refused", others_see="like own",
    unless="manage workspace",
)  # fmt: skip
def hours(request: HttpRequest, team: str = "") -> HttpResponse:
    """When does each team work?"""
    team = _team(request, team)
    desk = queries.desk_of(team)
    refused = ""
    at = timezone.now()
    own = has_own_hours(desk)
    counts = calendar_of(team, at=at)  # what is kept as it stands is what counted before
    lines = [typed.hours_in_words(day) for day in in_words(counts)]
    zone = counts.zone.key if counts.zone.key != workspace().time_zone else ""
    days = sorted(day.isoformat() for day in counts.holidays)
    form = {"zone": zone, "holidays": "\n".join(days), "revision": desk.revision}
    if request.method == "POST":
        lines = [request.POST.get(f"day-{place}", "") for place in range(7)]
        form = {name: request.POST.get(name, "") for name in form}
        try:
            commands.save_hours(
                team=team, zone=str(form["zone"]).strip(), week=typed.week(lines),
                holidays=typed.days(str(form["holidays"])),
                revision=typed.revision(str(form["revision"])), by=request.user, at=timezone.now(),
            )  # fmt: skip
        except commands.HandoverRefused as refusal:
            refused = str(refusal)
        else:
            messages.success(request, "Kept. What is due already stays due when it was.")
            return redirect("run:hours_of", team)
    context = {
        "tab": "handovers", "which": "hours",
        "counts": queries.counts_of(request.user, at=at), "is_own": own,
        "team": team, "team_name": Team(team).label,
        "teams": Team.choices, "days": list(zip(typed.DAYS, lines, strict=True)), "form": form,
        "zones": sorted(available_timezones()), "zone_of_all": workspace().time_zone,
        "refused": refused, "may_arrange": may_arrange(request.user, team),
    }  # fmt: skip
    return render(request, "run/handovers/hours.html", context, status=422 if refused else 200)


@require_http_methods(["GET", "POST"])
@who_may("see numbers", change="arrange handovers")  # whose turn: the command asks
def turns(request: HttpRequest, team: str = "") -> HttpResponse:
    """Who gets the next lead, and who is away?"""
    team = _team(request, team)
    refused = ""
    if request.method == "POST":
        given = request.POST
        try:
            commands.save_turn(
                person_id=given.get("person", ""), is_in_turn=given.get("is_in_turn") == "yes",
                capacity=typed.number(given.get("capacity", ""), "At most"),
                territory=given.get("territory", "")[:4000],
                revision=typed.revision(given.get("revision", "")), by=request.user,
                at=timezone.now(),
            )  # fmt: skip
        except commands.HandoverRefused as refusal:
            refused = str(refusal)
        else:
            messages.success(request, "Kept.")
            return redirect("run:turns_of", team)
    return _turns(request, team, refused)


@require_POST
@who_may("answer handovers")
def away(request: HttpRequest, team: str) -> HttpResponse:
    """Say that somebody is away, or take it back."""
    team, given, at = _team(request, team), request.POST, timezone.now()
    try:
        if "remove" in given:
            commands.remove_absence(absence_id=given["remove"], by=request.user, at=at)
        else:
            commands.say_absence(
                person_id=given.get("person", ""),
                from_on=typed.day(given.get("from_on", ""), "From"),
                until_on=typed.day(given.get("until_on", ""), "Until"), by=request.user, at=at,
            )  # fmt: skip
    except commands.HandoverRefused as refusal:
        return _turns(request, team, str(refusal))
    messages.success(request, "Kept.")
    return redirect("run:turns_of", team)


def _turns(request: HttpRequest, team: str, refused: str) -> HttpResponse:
    at = timezone.now()
    may = may_arrange(request.user, team)
    context = {
        "tab": "handovers", "which": "turns", "counts": queries.counts_of(request.user, at=at),
        "team": team, "team_name": Team(team).label,
        "teams": Team.choices, "refused": refused, "may_arrange": may,
        "people": queries.turns_of(team, at=at), "absences": queries.absences_of(team, at=at),
        "segments": queries.segments(at=at),
        "may_be_away": [one for one in queries.turns_of(team, at=at)
                        if may or one.person.pk == request.user.pk],
    }  # fmt: skip
    return render(request, "run/handovers/turns.html", context, status=422 if refused else 200)


def _team(request: HttpRequest, team: str) -> str:
    team = team or request.user.team
    if team not in Team.values:
        raise Http404("there is no such team")
    return team
