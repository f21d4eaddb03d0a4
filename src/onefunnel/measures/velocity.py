"""Velocity: how long do leads stay in each stage?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import ibis

from onefunnel.agreement.document import Agreement
from onefunnel.facts.store import Facts
from onefunnel.measures.figures import Figures, UnknownFigure
from onefunnel.measures.result import Records
from onefunnel.measures.scope import Scope
from onefunnel.measures.steps.cohort import grouped, in_period, matching
from onefunnel.measures.steps.durations import HOURS_A_DAY
from onefunnel.measures.steps.groups import PERIODS, attributes, in_order
from onefunnel.measures.steps.path import Path
from onefunnel.measures.steps.run import rows
from onefunnel.measures.steps.shares import MIN_FOR_MEDIAN, too_few
from onefunnel.measures.steps.spells import ENDS, spells
from onefunnel.measures.steps.tally import check_groups
from onefunnel.statistics.competing_risks import kaplan_meier

if TYPE_CHECKING:
    import ibis.expr.types as ir

COLUMNS = (
    "stage", "stays", *ENDS, "median_days", "p80_days", "low_days", "high_days",
    "older_than_p80", "mean_days_closed", "n", "note",
)  # fmt: skip


def compute(facts: Facts, agreement: Agreement, scope: Scope) -> Figures:
    """One row per group and success stage before the win.

    stays: entries into the stage, each a stay of its own, split exactly into how they ended;
    median_days, p80_days: Kaplan-Meier days until half (80 %) of the stays have ended in any way,
    open ones censored; low_days, high_days: 95 % interval of the median; older_than_p80: open
    stays that have lasted longer than p80_days; mean_days_closed: mean of the ended stays only,
    biased short; n: stays with both times known. With a period: stays that began in it.
    """
    path = Path(agreement)
    if scope.by and scope.by not in PERIODS:
        check_groups(attributes(facts, [scope.by])[scope.by], scope.by)
    stays = _stays(facts, agreement, scope)
    keys = ("group", "stage") if scope.by else ("stage",)
    counted = stays.group_by(*keys, "ended", "hours").agg(stays=stays.count())
    by_stage: defaultdict[tuple[str, int], list[dict[str, Any]]] = defaultdict(list)
    for row in rows(counted):
        by_stage[row.get("group", ""), row["stage"]].append(row)
    groups = in_order(_sizes(by_stage), scope.by)
    result = tuple(
        ({scope.by: group} if scope.by else {})
        | {"stage": path.stages[k]}
        | _row(by_stage.get((group, k), []))
        for group in groups
        for k in range(_measured(path))
    )
    return Figures(
        columns=(scope.by, *COLUMNS) if scope.by else COLUMNS,
        rows=result,
        sentence=_sentence(result, scope.by, path),
        notes=(
            "Each stay in a stage counts once; a lead that came back has another. Days are "
            "Kaplan-Meier: open stays count with the time they have lasted so far.",
            "The mean of ended stays is shown to compare with other tools; it is too short while "
            "some stays are still open.",
            *_beside_the_funnel(by_stage),
        ),
    )


def records(
    facts: Facts, agreement: Agreement, scope: Scope, figure: str, row: Mapping[str, str]
) -> Records:
    """The stays behind one count of one row: one row per stay, with its lead."""
    stays = _stays(facts, agreement, scope)
    path = Path(agreement)
    stays = stays.filter(stays["stage"] < _measured(path))
    if "stage" in row:
        stays = stays.filter(stays["stage"] == path.is_at(row["stage"]))
    if scope.by and scope.by in row:
        stays = stays.filter(stays["group"] == row[scope.by])
    if figure in ENDS:
        return _named(stays.filter(stays["ended"] == figure), path)
    if figure == "n":
        return _named(stays.filter(stays["hours"].notnull()), path)
    if figure == "older_than_p80" and "stage" in row:
        hours = rows(stays.group_by("ended", "hours").agg(stays=stays.count()))
        limit = _waiting(hours).p80_hours
        is_old = stays["hours"] > limit if limit is not None else stays["hours"].isnull() & False
        return _named(stays.filter((stays["ended"] == "open") & is_old), path)
    if figure == "stays":
        return _named(stays, path)
    raise UnknownFigure("velocity", figure, ("stays", *ENDS, "n", "older_than_p80"))


def _named(stays: ir.Table, path: Path) -> Records:
    """The stays with the stage's name in the place of its number."""
    names = [(stays["stage"] == k, name) for k, name in enumerate(path.stages)]
    return Records(stays.mutate(stage=ibis.cases(*names)))


def _beside_the_funnel(by_stage: Mapping[tuple[str, int], list[dict[str, Any]]]) -> tuple[str, ...]:
    """Why open stays here and open leads in the funnel may differ, where they do."""
    if not any(row["ended"] == "back" for found in by_stage.values() for row in found):
        return ()
    return (
        "A lead that went back is open where it stands now; the funnel counts it at the furthest "
        "stage it reached.",
    )


def _stays(facts: Facts, agreement: Agreement, scope: Scope) -> ir.Table:
    found = in_period(spells(facts, agreement, scope.as_of), scope)
    return grouped(matching(found, facts, scope.where), facts, scope.by, scope)


def _measured(path: Path) -> int:
    """Stages leads pass through: all before the win, and after it all but the last."""
    return path.length if path.length == 1 else path.length - 1


@dataclass(frozen=True)
class _Waiting:
    median_hours: float | None
    p80_hours: float | None
    low_hours: float | None
    high_hours: float | None


def _waiting(counted: list[dict[str, Any]]) -> _Waiting:
    """Kaplan-Meier over the stays whose hours are known."""
    known = [row for row in counted if row["hours"] is not None]
    ended = sum(row["stays"] for row in known if row["ended"] != "open")
    if ended < MIN_FOR_MEDIAN:
        return _Waiting(None, None, None, None)
    survival = kaplan_meier(
        [row["hours"] for row in known],
        [int(row["ended"] != "open") for row in known],
        [row["stays"] for row in known],
    )
    low, high = survival.median_interval()
    return _Waiting(survival.quantile(0.5), survival.quantile(0.8), low, high)


def _row(counted: list[dict[str, Any]]) -> dict[str, object]:
    def stays(**wanted: object) -> int:
        return sum(
            row["stays"] for row in counted if all(row[key] == wanted[key] for key in wanted)
        )

    waiting = _waiting(counted)
    known = [row for row in counted if row["hours"] is not None]
    closed = [row for row in known if row["ended"] != "open"]
    n, n_closed = (sum(row["stays"] for row in part) for part in (known, closed))
    limit = waiting.p80_hours
    older = [row for row in known if row["ended"] == "open" and limit is not None]
    return {
        "stays": stays(),
        **{end: stays(ended=end) for end in ENDS},
        "median_days": _days(waiting.median_hours),
        "p80_days": _days(limit),
        "low_days": _days(waiting.low_hours),
        "high_days": _days(waiting.high_hours),
        "older_than_p80": sum(row["stays"] for row in older if row["hours"] > limit),
        "mean_days_closed": _days(sum(row["hours"] * row["stays"] for row in closed) / n_closed)
        if n_closed
        else None,
        "n": n,
        "note": _note(waiting, n, n_closed, stays()),
    }


def _note(waiting: _Waiting, n: int, n_closed: int, stays: int) -> str:
    notes = []
    if n_closed < MIN_FOR_MEDIAN:
        notes.append(too_few(n) if n < MIN_FOR_MEDIAN else f"too few left it to tell (n={n:,})")
    elif waiting.median_hours is None:
        notes.append("more than half are still there")
    if n < stays:
        notes.append(f"{stays - n:,} without a time are not in the days")
    return "; ".join(notes)


def _days(hours: float | None) -> float | None:
    return None if hours is None else hours / HOURS_A_DAY


def _sizes(by_stage: Mapping[tuple[str, int], list[dict[str, Any]]]) -> dict[str, int]:
    sizes: defaultdict[str, int] = defaultdict(int)
    for (group, _), counted in by_stage.items():
        sizes[group] += sum(row["stays"] for row in counted)
    return sizes


def _sentence(result: tuple[Mapping[str, Any], ...], by: str | None, path: Path) -> str:
    """The slowest stage; where leads are won and where the path ends, staying is no delay."""
    ends = {path.stages[path.won], path.stages[-1]}
    known = [row for row in result if row["median_days"] is not None and row["stage"] not in ends]
    if not known:
        return "Too few stays have ended to tell how long leads stay in a stage."
    slow = max(known, key=lambda row: row["median_days"])
    where = f"{slow['stage']} ({slow[by]})" if by else slow["stage"]
    late, has = slow["older_than_p80"], "lead has" if slow["older_than_p80"] == 1 else "leads have"
    waiting = (
        f"{late:,} open {has} been there longer than eight in ten were."
        if late
        else "No open lead has been there longer than eight in ten were."
    )
    return (
        f"Leads stay longest in {where}: half have left after {slow['median_days']:.1f} days. "
        f"{waiting}"
    )
