"""The pages of Measure: a sentence, its evidence, one action."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from onefunnel.charts.theme import PALETTES, config
from onefunnel.measures.result import Result
from onefunnel.server.agree.basis import current_basis
from onefunnel.server.measure import about, lists
from onefunnel.server.measure.actions import next_action
from onefunnel.server.measure.answers import answer
from onefunnel.server.measure.asked_for import asked_figure, question_of
from onefunnel.server.measure.asking import Asked
from onefunnel.server.measure.expected import expected_line
from onefunnel.server.measure.figures import Figure, amounts, figure
from onefunnel.server.measure.of_owners import check_row, only_theirs
from onefunnel.server.measure.pages import PAGES, currency_of, sections
from onefunnel.server.measure.privacy import as_seen
from onefunnel.server.measure.refusals import REFUSALS
from onefunnel.server.measure.topbar import topbar
from onefunnel.server.people.access import who_may
from onefunnel.server.people.hiding import hiding_from
from onefunnel.server.people.rules import may


@who_may("see numbers")
def home(request: HttpRequest) -> HttpResponse:
    """The first page of the room, for the same question."""
    asked = request.GET.urlencode()
    return HttpResponseRedirect(reverse("measure:funnel") + (f"?{asked}" if asked else ""))


@who_may("see numbers")
def page(request: HttpRequest, key: str) -> HttpResponse:
    """One page of the room, for the question in its address."""
    kind = PAGES[key]
    basis = current_basis()
    context: dict[str, object] = {
        "kind": kind,
        "basis": basis,
        "tabs": PAGES.values(),
        "chart_themes": {theme: config(theme) for theme in PALETTES},
        "may_export": may(request.user, "export"),
    }
    try:
        question = question_of(request, basis)
        hiding = hiding_from(request.user, basis.personal)
        found = () if basis.is_empty else sections(kind, basis, question, request.user)
        context["sections"] = tuple(
            replace(one, result=as_seen(one.result, hiding)) if one.result else one for one in found
        )
    except REFUSALS as refusal:
        context |= {"refusal": str(refusal), "bar": topbar(request.GET, basis, kind.measures)}
        return render(request, "measure/page.html", context, status=422)
    context |= {
        "question": question,
        "bar": topbar(question.words, basis, kind.measures),
        "action": next_action(
            kind,
            context["sections"],
            basis,
            question,
            may_propose=may(request.user, "propose agreement"),
        ),
    }
    return render(request, "measure/page.html", context)


@who_may("see numbers")
def record_list(request: HttpRequest) -> HttpResponse:
    """The list behind a number: its definition on top, its records below."""
    basis = current_basis()
    hiding = hiding_from(request.user, basis.personal)
    measure, opened, row = asked_figure(request.GET)
    try:
        question = question_of(request, basis)
        result = only_theirs(answer(measure, basis, question), request.user, basis.agreement)
        check_row(measure, row, request.user, basis.agreement)
        of_row = _row(result, row) if row else None
        currency = about.currency_of_list(row, of_row, currency_of(result, basis))
        shown = _shown(result, question, opened, of_row, row, currency)
        found = lists.listing(
            basis,
            question,
            measure=measure,
            figure=opened,
            row=row,
            page=_number(request.GET.get("page")),
            sort=request.GET.get("sort", ""),
            hiding=hiding,
        )
    except (lists.NoSuchFigure, LookupError) as absent:
        raise Http404(str(absent)) from absent
    except REFUSALS as refusal:
        return render(request, "measure/list.html", {"refusal": str(refusal)}, status=422)
    context = {
        "basis": basis,
        "question": question,
        "shown": shown,
        "listing": found,
        "heads": about.heads(found, hiding.sees_all),
        "rows": about.cells(found),
        "about": about.about(measure, opened, row, basis.agreement, question),
        "total_text": about.total_text(found, currency),
        "counted_text": about.counted_text(measure, opened, found),
        "expected": expected_line(result, opened, row, of_row),
        "is_equal": shown is None or shown.counted == found.total,
        "may_export": may(request.user, "export"),
        "may_see_personal": hiding.sees_all,
        "previous": found.page - 1,
        "next": found.page + 1,
    }
    return render(request, "measure/list.html", context)


def _shown(
    result: Result,
    question: Asked,
    opened: str,
    of_row: Mapping[str, object] | None,
    row: Mapping[str, str],
    currency: str,
) -> Figure | None:
    """The figure the list was opened from: of a row, or of the whole in one currency."""
    if of_row is None and row:
        sums = amounts(result, question, opened)
        return next((one for one in sums if one.currency == row.get("currency")), None)
    return figure(result, question, opened, of_row, currency=currency)


def _row(result: Result, keys: Mapping[str, str]) -> Mapping[str, object] | None:
    """The row an address names; None where it names a sum over the rows of one currency."""
    if set(keys) == {"currency"} and isinstance(result.scope.by, str):
        return None
    for row in result.rows:
        if all(("" if row.get(k) is None else str(row.get(k))) == v for k, v in keys.items()):
            return row
    raise lists.NoSuchFigure(f"the measure has no row {dict(keys)}")


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 9 else 1
