"""The numbers for programs: the same answers as the pages, and the list behind each figure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema
from ninja.errors import HttpError

from onefunnel.facts.store import MissingFacts
from onefunnel.measures.as_json import as_json, plain
from onefunnel.measures.catalogue import MEASURES
from onefunnel.server.agree.basis import current_basis
from onefunnel.server.measure import lists
from onefunnel.server.measure.answers import answer
from onefunnel.server.measure.asked_for import asked_figure, question_of
from onefunnel.server.measure.of_owners import check_row, only_theirs
from onefunnel.server.measure.privacy import as_seen
from onefunnel.server.measure.refusals import REFUSALS
from onefunnel.server.people.access import who_may
from onefunnel.server.people.hiding import hiding_from

router = Router()


class Listed(Schema):
    """One measure of the catalogue."""

    name: str
    question: str
    unit: str
    grain: str
    formula: str
    term: str
    needs: list[str]


class AgreementOut(Schema):
    version: str
    digest: str


class FindingOut(Schema):
    kind: str
    table: str
    column: str
    count: int
    what: str
    example: str
    fix: str
    weight: str


class Answer(Schema):
    """A measure's answer, as the command line prints it with `--format json`, and whether it is
    stale: data came in that it does not hold, and nothing is at work to bring it."""

    measure: str
    question: str
    sentence: str
    as_of: str | None
    agreement: AgreementOut | None
    rows: list[dict[str, Any]]
    totals: dict[str, Any]
    findings: list[FindingOut]
    notes: list[str]
    stale: bool


class RecordList(Schema):
    """A page of the records behind a figure; `total` equals the figure."""

    measure: str
    figure: str
    row: dict[str, str]
    count: int
    total: int | float | str
    sum_column: str | None
    page: int
    pages: int
    records: list[dict[str, Any]]


class Refusal(Schema):
    detail: str


class Question(Schema):
    """What part of the funnel is asked about; the words of the pages' addresses."""

    period: str = Field("", description="all, last-12-months, this-year, this-quarter, ...")
    since: str = Field("", description="first day, as 2026-03-31")
    until: str = Field("", description="last day, the whole of it")
    as_of: str = Field("", description="the data as known at the end of this day")
    segment: str = Field("", description="a segment of the agreement")
    where: str = Field("", description="only leads where, as country = 'DE' AND source = 'Fair'")
    by: str = Field("", description="a column to split by, or month, quarter, year, week")
    reading: str = Field("", description="cohort (the usual one), flow or snapshot")
    within_days: str = Field("", description="count stages reached within so many days, 1 to 3660")
    within: str = Field("", description="the same as within_days")
    quiet: str = Field("", description="working hours after a sales contact without mail; 16")


REFUSED = {404: Refusal, 422: Refusal}


@router.get("/", response=list[Listed], summary="Which measures are there?")
@who_may("see numbers")
def catalogue(request: HttpRequest) -> list[dict[str, object]]:
    """Every measure with its formula and the tables it needs."""
    return [
        {name: getattr(measure, name) for name in Listed.model_fields}
        for measure in MEASURES.values()
    ]


@router.get("/{name}", response={200: Answer, **REFUSED}, summary="What is the answer?")
@who_may("see numbers")
def measure(request: HttpRequest, name: str, question: Query[Question]) -> dict[str, object]:
    """One measure for the question in the query: period, since, until, as_of, segment, where,
    by, reading, within_days, as in the addresses of the pages."""
    _known(name)
    _check(request, ())
    basis = current_basis()
    try:
        found = answer(name, basis, question_of(request, basis))
        found = only_theirs(found, request.user, basis.agreement)
    except (*REFUSALS, MissingFacts) as refusal:
        raise HttpError(422, str(refusal)) from refusal
    seen = as_seen(found, hiding_from(request.user, basis.personal))
    return {**as_json(seen), "stale": basis.is_behind}


@router.get("/{name}/list", response={200: RecordList, **REFUSED}, summary="Which records?")
@who_may("see numbers")
def record_list(
    request: HttpRequest,
    name: str,
    question: Query[Question],
    figure: str,
    page: int = 1,
    sort: str = "",
) -> dict[str, object]:
    """The records behind a figure: `figure` is its column, `row.stage=Won` and the like name its
    row; names and addresses of persons are masked where the role may not see them."""
    _known(name)
    _check(request, ("figure", "page", "sort"))
    basis = current_basis()
    _, _, row = asked_figure(request.GET)
    try:
        check_row(name, row, request.user, basis.agreement)
        found = lists.listing(
            basis,
            question_of(request, basis),
            measure=name,
            figure=figure,
            row=row,
            page=page,
            sort=sort,
            hiding=hiding_from(request.user, basis.personal),
        )
    except lists.NoSuchFigure as absent:
        raise HttpError(404, str(absent)) from absent
    except (*REFUSALS, MissingFacts) as refusal:
        raise HttpError(422, str(refusal)) from refusal
    return {
        "measure": name,
        "figure": figure,
        "row": row,
        "count": found.count,
        "total": plain(found.total),
        "sum_column": found.sum_column,
        "page": found.page,
        "pages": found.pages,
        "records": [_plain_record(record) for record in found.rows],
    }


def _known(name: str) -> None:
    if name not in MEASURES:
        raise HttpError(404, f"there is no measure {name!r}; there are {', '.join(MEASURES)}")


def _check(request: HttpRequest, further: tuple[str, ...]) -> None:
    """Refuse words that nothing here reads: a slip of the pen must not change the answer."""
    known = (*Question.model_fields, *further)
    unknown = [key for key in request.GET if key not in known]
    if further:
        unknown = [key for key in unknown if not key.startswith("row.")]
    if unknown:
        raise HttpError(422, f"there is no parameter {unknown[0]!r}; there are {', '.join(known)}")


def _plain_record(record: Mapping[str, object]) -> dict[str, object]:
    return {name: plain(v, name) for name, v in record.items() if not name.startswith("_")}
