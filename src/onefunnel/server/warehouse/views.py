"""The Data pages: what is here, bringing more in, looking at it first, taking it back."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from onefunnel.connectors.mapping import MappingError
from onefunnel.facts.findings import Finding
from onefunnel.server.people.access import who_may
from onefunnel.server.people.rules import may
from onefunnel.server.warehouse import commands, queries, tasks, trials
from onefunnel.server.warehouse.forms import UploadForm
from onefunnel.server.warehouse.inbox.files import BadUpload
from onefunnel.server.warehouse.inbox.mapping_edit import NoSuchChange
from onefunnel.server.warehouse.inbox.other_stages import KIND as OTHER_STAGES
from onefunnel.server.warehouse.inbox.other_stages import still_true
from onefunnel.server.warehouse.inbox.undo_import import UNDOABLE
from onefunnel.server.warehouse.models import Import
from onefunnel.server.warehouse.review import column_page, review_of

_S = Import.Status
_REFUSALS = (commands.WrongMoment, NoSuchChange, MappingError)


@require_GET
@who_may("see numbers")
def home(request: HttpRequest) -> HttpResponse:
    """Where the data comes from, how fresh it is, what was found in it."""
    data = queries.data_home(may_see_personal=may(request.user, "see personal data"))
    unfinished = queries.unfinished_import() if not data.rows else None
    return render(request, "warehouse/home.html", {"data": data, "unfinished": unfinished})


@require_http_methods(["GET", "POST"])
@who_may("import data")
def new(request: HttpRequest) -> HttpResponse:
    """Choose files or a folder; they are read at once and shown before anything is written."""
    may_name_folder = may(request.user, "manage workspace")
    form = UploadForm(request.POST or None, request.FILES or None, may_name_folder=may_name_folder)
    if request.method == "POST" and form.is_valid():
        imported = commands.start_import(by=request.user, at=timezone.now())
        try:
            if folder := form.cleaned_data.get("folder"):
                commands.use_folder(import_id=imported.public_id, folder=folder, by=request.user)
            else:
                commands.add_files(
                    import_id=imported.public_id,
                    uploads=form.cleaned_data["files"],
                    by=request.user,
                )
        except BadUpload as refusal:
            commands.drop_import(import_id=imported.public_id, by=request.user)
            form.add_error(None, str(refusal))
        else:
            name = form.cleaned_data["source"] or queries.name_for(imported)
            commands.name_source(
                import_id=imported.public_id, name=name, by=request.user, at=timezone.now()
            )
            trials.ask_for_trial(import_id=imported.public_id, by=request.user)
            tasks.try_import.enqueue(str(imported.public_id))
            return redirect("data:import", imported.public_id)
    context = {"form": form, "sources": queries.source_names()}
    return render(request, "warehouse/new.html", context, status=422 if form.errors else 200)


@require_GET
@who_may("import data")
def show(request: HttpRequest, public_id: str) -> HttpResponse:
    """One import at whatever step it is: under way, to be looked at, or its report."""
    imported = _import(public_id)
    far = queries.how_far(imported, now=timezone.now())
    context = {"imported": imported, "far": far, "may_undo": imported.status in UNDOABLE}
    if far.is_under_way:
        return render(request, "warehouse/under_way.html", context)
    if imported.status == _S.CHECKED or (
        imported.status == _S.FAILED and imported.first_change is None
    ):
        context["review"] = review_of(imported)
        return render(request, "warehouse/review.html", context)
    context["again"] = queries.delivered_again(imported)
    context["written"] = queries.facts_written(imported)
    found = [Finding(**one) for one in still_true(imported.findings)]
    context["warned"] = [one for one in found if one.kind == OTHER_STAGES]
    context["findings"] = [one for one in found if one.kind != OTHER_STAGES]
    return render(request, "warehouse/report.html", context)


@require_GET
@who_may("import data")
def progress(request: HttpRequest, public_id: str) -> HttpResponse:
    """The moving part of the page; when the import has come to an end, the whole page anew."""
    imported = _import(public_id)
    far = queries.how_far(imported, now=timezone.now())
    context = {"imported": imported, "far": far}
    response = render(request, "warehouse/parts/progress.html", context)
    if not far.is_under_way:
        response["HX-Refresh"] = "true"
    return response


@require_http_methods(["GET", "POST"])
@who_may("import data")
def column(request: HttpRequest, public_id: str, file: int, place: int) -> HttpResponse:
    """One column of one file: the choice, and the row after the choice."""
    imported = _import(public_id)
    try:
        context = column_page(imported, file, place)
    except MappingError as mistake:
        return _refused(str(mistake))
    if context is None:
        raise Http404
    if request.method == "POST" and "cancel" not in request.POST:
        try:
            imported = trials.change_column(
                import_id=public_id,
                file=file,
                column=context.column["name"],
                target=request.POST.get("target", ""),
                date=request.POST.get("date", ""),
                personal=request.POST.get("personal", ""),
                by=request.user,
            )
        except _REFUSALS as refusal:
            return _refused(str(refusal))
        context = column_page(imported, file, place)
        shown = {"one": context, "imported": imported, "review": review_of(imported)}
        return render(request, "warehouse/parts/changed.html", shown)
    part = "column" if request.method == "POST" else "column_choice"
    return render(request, f"warehouse/parts/{part}.html", {"one": context, "imported": imported})


@require_POST
@who_may("import data")
def undo_choice(request: HttpRequest, public_id: str) -> HttpResponse:
    """Take back what was last said of a column."""
    _import(public_id)
    try:
        trials.undo_choice(import_id=public_id, by=request.user)
    except _REFUSALS as refusal:
        messages.error(request, str(refusal))
    return redirect("data:import", public_id)


@require_POST
@who_may("import data")
def stages(request: HttpRequest, public_id: str) -> HttpResponse:
    """Save the order and the kinds of the stages."""
    imported = _import(public_id)
    names = [one["stage"] for one in imported.trial.get("stages", [])]

    def place(at: int) -> tuple[float, int]:
        try:
            return float(request.POST.get(f"place-{at}", "")), at
        except ValueError:
            return float(at + 1), at

    ordered = sorted(range(len(names)), key=place)
    said = [(names[at], request.POST.get(f"kind-{at}", "open")) for at in ordered]
    try:
        trials.change_stages(import_id=public_id, stages=said, by=request.user)
    except _REFUSALS as refusal:
        messages.error(request, str(refusal))
        return redirect("data:import", public_id)
    return again(request, public_id)


@require_http_methods(["GET", "POST"])
@who_may("import data")
def mapping(request: HttpRequest, public_id: str) -> HttpResponse:
    """The mapping as text: to read, to take away, to bring back edited."""
    imported = _import(public_id)
    text, mistake = imported.mapping, ""
    if request.method == "POST":
        upload = request.FILES.get("file")
        raw = upload.read(trials.LONGEST_MAPPING) if upload else b""
        text = raw.decode("utf-8", "replace") if upload else request.POST.get("text", "")
        try:
            trials.change_mapping(import_id=public_id, text=text, by=request.user)
        except _REFUSALS as refusal:
            mistake = str(refusal)
        else:
            return again(request, public_id)
    context = {"imported": imported, "text": text, "mistake": mistake}
    return render(request, "warehouse/mapping.html", context, status=422 if mistake else 200)


@require_POST
@who_may("import data")
def again(request: HttpRequest, public_id: str) -> HttpResponse:
    """Try the import again, by the mapping as it is now."""
    _import(public_id)
    return _then_show(request, public_id, trials.ask_for_trial, tasks.try_import)


@require_POST
@who_may("import data")
def begin(request: HttpRequest, public_id: str) -> HttpResponse:
    """Write it: from the review, or to continue or retry."""
    _import(public_id)
    try:
        commands.begin(import_id=public_id, by=request.user, at=timezone.now())
    except commands.WrongMoment as refusal:
        messages.error(request, str(refusal))
    else:
        tasks.write_import.enqueue(str(public_id))
    return redirect("data:import", public_id)


@require_POST
@who_may("import data")
def stop(request: HttpRequest, public_id: str) -> HttpResponse:
    """Ask a running import to stop."""
    _import(public_id)
    commands.stop_import(import_id=public_id, by=request.user)
    messages.info(request, "It stops after the rows it is writing now.")
    return redirect("data:import", public_id)


@require_POST
@who_may("import data")
def undo(request: HttpRequest, public_id: str) -> HttpResponse:
    """Take the whole import back."""
    imported = _import(public_id)
    if imported.status not in UNDOABLE:
        messages.error(request, f"This import is {imported.get_status_display()}.")
        return redirect("data:import", public_id)
    commands.ask_for_undo(import_id=public_id, by=request.user)
    tasks.undo_import.enqueue(str(public_id), str(request.user.public_id))
    return redirect("data:import", public_id)


@require_GET
@who_may("import data")
def jobs(request: HttpRequest) -> HttpResponse:
    """Everything that ran, runs or waits."""
    now = timezone.now()
    lines = [(one, queries.how_far(one, now=now)) for one in queries.jobs()]
    return render(request, "warehouse/jobs.html", {"lines": lines})


def _then_show(request: HttpRequest, public_id: str, deed: object, task: object) -> HttpResponse:
    try:
        deed(import_id=public_id, by=request.user)  # type: ignore[operator]
    except commands.WrongMoment as refusal:
        messages.error(request, str(refusal))
    else:
        task.enqueue(str(public_id))  # type: ignore[attr-defined]
    return redirect("data:import", public_id)


def _import(public_id: str) -> Import:
    imported = queries.import_of(public_id)
    if imported is None:
        raise Http404
    return imported


def _refused(words: str) -> HttpResponse:
    from urllib.parse import quote

    return HttpResponse(words, status=422, headers={"X-Message": quote(words)})
