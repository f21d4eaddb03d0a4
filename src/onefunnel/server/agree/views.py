"""The pages of Agree: the funnel in words, its versions, templates, the glossary."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import slugify
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from onefunnel.agreement.templates import templates
from onefunnel.agreement.yaml_text import AgreementTextError, write_yaml
from onefunnel.server.agree import commands, queries, trial
from onefunnel.server.agree.columns import definition_columns
from onefunnel.server.agree.disputes.queries import open_about
from onefunnel.server.agree.drafts.lists import list_page
from onefunnel.server.agree.drafts.queries import round_going_on
from onefunnel.server.agree.forms import ImportForm, UseForm
from onefunnel.server.agree.models import AgreementVersion
from onefunnel.server.agree.pages import glossary_of, view_of
from onefunnel.server.agree.signatures import are_all_signed, lines_of, signed_by, team_of
from onefunnel.server.people.access import who_may
from onefunnel.server.people.queries import workspace
from onefunnel.server.people.rules import may
from onefunnel.server.warehouse.queries import current_facts


@require_GET
@who_may("see numbers")
def home(request: HttpRequest) -> HttpResponse:
    """What have we agreed? The agreement the numbers follow, or the proposal they follow now."""
    now = timezone.now()
    found = queries.in_use(at=now)
    facts = current_facts()
    agreement = found.agreement if found else queries.proposed_from_data(facts)
    lines = lines_of(found.version, agreement) if found else ()
    context = {
        "tab": "agreement",
        "shown": view_of(agreement, definition_columns(facts), signed_by(lines)),
        "lines": lines,
        "in_use": found,
        "coming": queries.coming(at=now),
        "waiting": queries.waiting(at=now),
        "disputed": open_about(),
        "disputable": True,
        "broken": queries.broken_seals(),
        "newest": AgreementVersion.objects.order_by("-number").first(),
    }
    return render(request, "agree/agreement.html", context)


@require_GET
@who_may("see numbers")
def export(request: HttpRequest) -> HttpResponse:
    """The agreement the numbers follow, as YAML."""
    return _yaml(write_yaml(queries.current_agreement(at=timezone.now())), "agreement")


@require_GET
@who_may("see numbers")
def versions(request: HttpRequest) -> HttpResponse:
    """Which versions are there, and are they untouched?"""
    now = timezone.now()
    found = queries.in_use(at=now)
    context = {
        "tab": "versions",
        "versions": queries.versions(),
        "coming": {use.version.pk: use for use in _to_come(now)},
        "in_use": found.version if found else None,
        "broken": queries.broken_seals(),
    }
    return render(request, "agree/versions.html", context)


@require_GET
@who_may("see numbers")
def version(request: HttpRequest, version_id: str) -> HttpResponse:
    """One version in words, what is missing in it, and the button that puts it into use."""
    return _version_page(request, get_object_or_404(AgreementVersion, public_id=version_id))


@require_GET
@who_may("see numbers")
def version_yaml(request: HttpRequest, version_id: str) -> HttpResponse:
    """One version as it is kept."""
    kept = get_object_or_404(AgreementVersion, public_id=version_id)
    return _yaml(kept.text, f"agreement-{kept.number}")


@require_POST
@who_may("propose agreement")
def adopt(request: HttpRequest, version_id: str) -> HttpResponse:
    """Put a version into use."""
    kept = get_object_or_404(AgreementVersion, public_id=version_id)
    now, form = timezone.now(), UseForm(request.POST)
    if not form.is_valid():
        return _version_page(request, kept, form=form)
    try:
        adoption = commands.adopt_agreement(
            version_id=version_id,
            by=request.user,
            at=now,
            effective_from=form.effective_from(at=now, zone=ZoneInfo(workspace().time_zone)),
        )
    except commands.NotComplete:
        return _version_page(request, kept, is_refused=True)
    except commands.NotSigned as refusal:
        form.add_error("from_on", str(refusal))
        return _version_page(request, kept, form=form)
    except commands.InThePast:
        form.add_error("from_on", "Choose today or a later day: past numbers keep their version.")
        return _version_page(request, kept, form=form)
    if adoption.effective_from <= now:
        said = f"Version {kept.number} is in use. Every number follows it now."
    else:
        day = date_format(timezone.localtime(adoption.effective_from), "j F Y, H:i")
        said = f"Version {kept.number} comes into force on {day}. Until then nothing changes."
    messages.success(request, said)
    return HttpResponseRedirect(reverse("agree:home"))


@require_POST
@who_may("sign agreement")
def sign(request: HttpRequest, version_id: str) -> HttpResponse:
    """Sign a version for one's own team."""
    kept = get_object_or_404(AgreementVersion, public_id=version_id)
    try:
        commands.sign_version(version_id=version_id, by=request.user, at=timezone.now())
    except commands.NotComplete:
        return _version_page(request, kept, is_refused=True)
    except commands.CannotSign as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(
            request, f"Signed for {request.user.get_team_display()}: version {kept.number}."
        )
    return HttpResponseRedirect(reverse("agree:version", args=[version_id]))


@require_http_methods(["GET", "POST"])
@who_may("propose agreement")
def bring_in(request: HttpRequest) -> HttpResponse:
    """Bring in an agreement as YAML; every mistake is shown with its line."""
    form = ImportForm(request.POST or None, request.FILES or None)
    problems: tuple[object, ...] = ()
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data.get("file")
        try:
            kept = commands.import_agreement(
                text=form.cleaned_data["text"],
                name=file.name if file else "the text",
                by=request.user,
                at=timezone.now(),
            )
        except AgreementTextError as error:
            problems = error.problems
        else:
            messages.success(request, f"Brought in as version {kept.number}. It is not in use yet.")
            return HttpResponseRedirect(reverse("agree:version", args=[kept.public_id]))
    status = 422 if problems or form.errors else 200
    context = {"tab": "bring_in", "form": form, "problems": problems}
    return render(request, "agree/bring_in.html", context, status=status)


@require_GET
@who_may("see numbers")
def gallery(request: HttpRequest) -> HttpResponse:
    """Which ready-made agreements are there to start from?"""
    found = [(name, templates.load(name)) for name in templates.names()]
    return render(request, "agree/templates.html", {"tab": "templates", "templates": found})


@require_GET
@who_may("see numbers")
def template(request: HttpRequest, name: str) -> HttpResponse:
    """A template tried on the own data."""
    try:
        ready_made = templates.load(name)
    except KeyError as absent:
        raise Http404(str(absent)) from absent
    tried = trial.trial_of(name)
    context = {
        "tab": "templates",
        "name": name,
        "template": ready_made,
        "trial": tried,
        "shown": view_of(
            tried.fitted.agreement if tried.fitted else ready_made,
            definition_columns(current_facts()),
        ),
    }
    return render(request, "agree/template.html", context)


@require_GET
@who_may("see numbers")
def template_list(request: HttpRequest, name: str) -> HttpResponse:
    """The leads behind a number of a tried template."""
    stage = request.GET.get("stage", "")
    try:
        records = trial.list_of(name, stage)
    except KeyError as absent:
        raise Http404(f"no such list: {absent}") from absent
    back = reverse("agree:template", args=[name])
    return list_page(request, records, f"Reached {stage}", back, tab="templates")


@require_POST
@who_may("propose agreement")
def start(request: HttpRequest, name: str) -> HttpResponse:
    """Start a version from a template."""
    try:
        kept = commands.start_from_template(name=name, by=request.user, at=timezone.now())
    except KeyError as absent:
        raise Http404(str(absent)) from absent
    messages.success(request, f"Version {kept.number} is made from the template. Not in use yet.")
    return HttpResponseRedirect(reverse("agree:version", args=[kept.public_id]))


@require_GET
@who_may("see numbers")
def glossary(request: HttpRequest) -> HttpResponse:
    """What do we mean by each word?"""
    now = timezone.now()
    found = queries.in_use(at=now)
    agreement = queries.current_agreement(at=now)
    context = {"tab": "glossary", "groups": glossary_of(agreement), "in_use": found}
    return render(request, "agree/glossary.html", context)


def _to_come(now: datetime) -> list[queries.Use]:
    """What will come into force, and what waits for signatures."""
    return [use for use in queries.uses(at=now) if use.is_coming] + [*queries.waiting(at=now)]


def _version_page(
    request: HttpRequest,
    kept: AgreementVersion,
    *,
    is_refused: bool = False,
    form: UseForm | None = None,
) -> HttpResponse:
    now = timezone.now()
    found = queries.in_use(at=now)
    is_in_use = found is not None and found.version.pk == kept.pk
    agreement = queries.agreement_of(kept)
    lines = lines_of(kept, agreement)
    is_agreed = are_all_signed(lines)
    status = "agreed" if is_agreed else "in use" if is_in_use else "not agreed"
    may_sign = may(request.user, "sign agreement") and any(
        team_of(line.team) == request.user.team and line.signature is None for line in lines
    )
    columns = definition_columns(current_facts())
    context = {
        "tab": "versions",
        "version": kept,
        "is_in_use": is_in_use,
        "is_refused": is_refused,
        "is_drafting": round_going_on() is not None,
        "is_agreed": is_agreed,
        "bound": queries.binding_before(kept, at=now) if not is_in_use else None,
        "lines": lines,
        "may_sign": may_sign,
        "form": form or UseForm(),
        "zone": workspace().time_zone,
        "uses": [
            use
            for use in (*queries.uses(at=now), *queries.waiting(at=now))
            if use.version.pk == kept.pk
        ],
        "shown": view_of(replace(agreement, status=status), columns, signed_by(lines)),
    }
    status_code = 422 if is_refused or form is not None else 200
    return render(request, "agree/version.html", context, status=status_code)


def _yaml(text: str, name: str) -> HttpResponse:
    answer = HttpResponse(text, content_type="application/yaml; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{slugify(name)}.yaml"'
    return answer
