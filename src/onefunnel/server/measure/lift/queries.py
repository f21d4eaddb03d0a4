"""What experiments showed, and the credit they scale."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from onefunnel.charts import written
from onefunnel.measures.result import Result
from onefunnel.measures.steps.credit_policy import policy_of, title
from onefunnel.server.agree.basis import Basis
from onefunnel.server.measure.answers import answer, calendar_of
from onefunnel.server.measure.asking import Asked
from onefunnel.server.measure.figures import Figure, figure
from onefunnel.server.measure.lift.models import LiftTest
from onefunnel.statistics.lift import scaling


@dataclass(frozen=True)
class TestLine:
    """One experiment: what it showed in words, what a rule credits, and that credit scaled by it.

    `lack` says why nothing is scaled, where nothing is.
    """

    test_id: str
    name: str
    how: str
    since: date
    until: date
    lift: str
    entered_by: str
    credited: Figure | None = None
    scaled: Figure | None = None
    low: Figure | None = None
    high: Figure | None = None
    rule: str = ""
    lack: str = ""


def tests() -> tuple[TestLine, ...]:
    """Every experiment that was entered and stands."""
    standing = LiftTest.objects.filter(taken_back_at=None).select_related("entered_by")
    return tuple(_line(test) for test in standing)


def scaled_by_tests(result: Result, basis: Basis, question: Asked) -> tuple[TestLine, ...]:
    """The experiments about what attribution is split by, with the credit they scale."""
    by = result.columns[0]
    standing = LiftTest.objects.filter(taken_back_at=None, split=by).select_related("entered_by")
    return tuple(_scaled(test, result, basis, question) for test in standing)


def _line(test: LiftTest) -> TestLine:
    low, lift, high = (written.share(float(one)) for one in (test.low, test.lift, test.high))
    return TestLine(
        test_id=str(test.public_id),
        name=test.name,
        how=test.get_kind_display(),
        since=test.since,
        until=test.until,
        lift=f"{lift} more ({low} to {high})",
        entered_by=str(test.entered_by),
    )


def _scaled(test: LiftTest, result: Result, basis: Basis, question: Asked) -> TestLine:
    line = _line(test)
    then = _row(_in_its_time(test, basis, question), test.name)
    now = _row(result, test.name)
    rule = policy_of(basis.agreement).rule
    if then is None or now is None:
        return replace(line, lack="nothing was won with it then, or nothing is now")
    credited = figure(result, question, f"{rule}_credit", now)
    counted = figure(result, question, "n", now)
    amounts = [
        _times(now[f"{rule}_credit"], float(one), then, rule)
        for one in (test.lift, test.low, test.high)
    ]
    if credited is None or counted is None or None in amounts:
        return replace(line, lack="no credit was given to it then")
    scaled, low, high = (
        replace(counted, text=written.number(round(one, 1)), value=one, kind="number")
        for one in amounts
        if one is not None
    )
    return replace(
        line, credited=credited, scaled=scaled, low=low, high=high, rule=title(rule)
    )  # fmt: skip


def _times(credit: object, lift: float, then: Mapping[str, object], rule: str) -> float | None:
    won_with = float(str(then["n"]))
    by = scaling(lift, won_with, float(str(then[f"{rule}_credit"])))
    return None if by is None else float(Decimal(str(credit))) * by


def _in_its_time(test: LiftTest, basis: Basis, question: Asked) -> Result:
    calendar = calendar_of(basis)
    since = calendar.start_of(test.since)
    until = calendar.start_of(test.until + timedelta(days=1))
    scope = replace(question.scope, since=since, until=until)
    return answer("attribution", basis, replace(question, scope=scope))


def _row(result: Result, name: str) -> Mapping[str, object] | None:
    by = result.columns[0]
    return next(
        (row for row in result.rows if str(row[by]).casefold() == name.casefold()), None
    )  # fmt: skip
