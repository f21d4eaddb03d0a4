"""What can be taken away: rows and lists as CSV, charts as PNG and SVG."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse

from onefunnel.charts.marks import marked
from onefunnel.facts.store import MissingFacts
from onefunnel.measures.as_csv import BOM, as_csv
from onefunnel.measures.catalogue import MEASURES
from onefunnel.server.agree.basis import current_basis
from onefunnel.server.measure import drawn, lists
from onefunnel.server.measure.answers import answer, drawing
from onefunnel.server.measure.asked_for import asked_figure, question_of
from onefunnel.server.measure.marks import changes_of_definition
from onefunnel.server.measure.of_owners import check_row, only_theirs
from onefunnel.server.measure.refusals import REFUSALS
from onefunnel.server.people.access import who_may
from onefunnel.server.people.hiding import hiding_from

BATCH = 2_000


@who_may("export")
def rows_csv(request: HttpRequest, measure: str) -> HttpResponse:
    """A measure's rows as CSV: raw, or `?for=spreadsheets`."""
    _known(measure)
    basis = current_basis()
    try:
        result = answer(measure, basis, question_of(request, basis))
        result = only_theirs(result, request.user, basis.agreement)
    except (*REFUSALS, MissingFacts) as refusal:
        return HttpResponse(str(refusal), status=422, content_type="text/plain; charset=utf-8")
    text = as_csv(result.rows, result.columns, for_spreadsheets=_for_spreadsheets(request))
    return _named(HttpResponse(text, content_type="text/csv; charset=utf-8"), f"{measure}.csv")


@who_may("export")
def list_csv(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """The whole list behind a number as CSV, streamed; personal data only to who may see it."""
    basis = current_basis()
    measure, figure, row = asked_figure(request.GET)
    try:
        check_row(measure, row, request.user, basis.agreement)
        columns, rows = lists.all_rows(
            basis,
            question_of(request, basis),
            measure=measure,
            figure=figure,
            row=row,
            hiding=hiding_from(request.user, basis.personal),
        )
    except lists.NoSuchFigure as absent:
        raise Http404(str(absent)) from absent
    except REFUSALS as refusal:
        return HttpResponse(str(refusal), status=422, content_type="text/plain; charset=utf-8")
    stream = StreamingHttpResponse(
        _streamed(rows, columns, _for_spreadsheets(request)),
        content_type="text/csv; charset=utf-8",
    )
    return _named(stream, f"{measure}-{figure}.csv")


@who_may("export")
def picture(request: HttpRequest, measure: str, kind: str) -> HttpResponse:
    """A measure's chart as a file; always in the light theme, as it goes onto paper and slides."""
    _known(measure)
    basis = current_basis()
    try:
        question = question_of(request, basis)
        chart = drawing(answer(measure, basis, question), basis, question)
        if chart is None:
            raise Http404(f"{measure} has no chart; its rows are in the CSV")
        chart = marked(chart, changes_of_definition(), question.scope)
        made = drawn.picture(chart.spec(), "png" if kind == "png" else "svg")
    except (*REFUSALS, MissingFacts, drawn.CouldNotDraw) as refusal:
        return HttpResponse(str(refusal), status=422, content_type="text/plain; charset=utf-8")
    content_type = "image/png" if kind == "png" else "image/svg+xml"
    return _named(HttpResponse(made, content_type=content_type), f"{measure}.{kind}")


def _known(measure: str) -> None:
    if measure not in MEASURES:
        raise Http404(f"there is no measure {measure}")


def _for_spreadsheets(request: HttpRequest) -> bool:
    return request.GET.get("for") == "spreadsheets"


def _streamed(
    rows: Iterator[Mapping[str, object]], columns: Sequence[str], for_spreadsheets: bool
) -> Iterator[str]:
    first = True
    while True:
        batch = list(islice(rows, BATCH))
        if not batch and not first:
            return
        text = as_csv(batch, columns, for_spreadsheets=for_spreadsheets)
        if not first:
            text = text.removeprefix(BOM).split("\n", 1)[1]
        first = False
        yield text


def _named(
    response: HttpResponse | StreamingHttpResponse, name: str
) -> HttpResponse | StreamingHttpResponse:
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "private, no-store"
    return response
