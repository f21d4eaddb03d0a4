"""Promises: do both sides keep what they promised each other?

Both sides are always shown: a team that promised nothing has a row that says so. A case that is not
due yet is open, never broken; one past its time without an answer is broken.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from onefunnel.agreement.compare.pairing import folded
from onefunnel.agreement.document import Agreement
from onefunnel.agreement.duties import Promise
from onefunnel.agreement.promised import all_promises, promised
from onefunnel.agreement.working_time import BadWorkingTime
from onefunnel.facts.store import Facts
from onefunnel.measures.figures import Figures, UnknownFigure
from onefunnel.measures.result import Records
from onefunnel.measures.scope import Scope
from onefunnel.measures.steps.cohort import grouped, in_period, matching
from onefunnel.measures.steps.groups import PERIODS, attributes, in_order
from onefunnel.measures.steps.kept import STATES, Asked, NotMeasured, cases
from onefunnel.measures.steps.path import NoSuccessPath
from onefunnel.measures.steps.run import rows
from onefunnel.measures.steps.shares import MIN_FOR_MEDIAN, Rate, rate, too_few
from onefunnel.measures.steps.tally import check_groups
from onefunnel.measures.steps.volume import Period, as_table, delivered, periods
from onefunnel.measures.words import percent
from onefunnel.statistics.competing_risks import kaplan_meier

if TYPE_CHECKING:
    import ibis.expr.types as ir

COLUMNS = (
    "team", "promise", "promised", "agreed", *STATES, "kept_share", "low", "high", "verdict",
    "median_hours", "p80_hours", "delivered", "accepted", "n", "note",
)  # fmt: skip
FIGURES = (*STATES, "delivered", "accepted", "n")
NOTHING = "nothing promised"
AS_AGREED, BELOW, NOT_SAID, UNKNOWN = "as agreed", "below", "no share agreed", "cannot tell"


def compute(facts: Facts, agreement: Agreement, scope: Scope) -> Figures:
    """One row per promise (and group), those of one team together; each side has at least one row.

    kept, broken: cases that were decided; open: not due yet, in no share; unmeasured: without the
    times it takes, or taken back; kept_share: kept of the decided, with its 95 % interval;
    agreed: in which share it shall be kept, in words (a number of leads always, where none is
    said); verdict: below where the whole interval lies below it; median_hours, p80_hours:
    business hours until half (80 %) of the cases are done, open ones censored; n: decided cases.
    A case of a number of leads is a period that is over: delivered counts its leads, each once, and
    accepted those of them that were. With a period: cases that began in it.
    """
    made: list[dict[str, Any]] = []
    notes: list[str] = []
    asked = _asked(facts, agreement, scope)
    for team in _sides(agreement):
        own = [one for one in all_promises(agreement) if folded(one.by_team) == folded(team)]
        if not own:
            made.append(_blank(scope) | {"team": team, "promise": NOTHING, "promised": NOTHING})
            notes.append(
                f"{_start(team)} has promised nothing that is measured, so this shows one side: "
                "agree on a promise of each side before anyone is judged by it."
            )
        for promise in own:
            made += _rows(asked, scope, promise)
    return Figures(
        columns=(scope.by, *COLUMNS) if scope.by else COLUMNS,
        rows=tuple(made),
        sentence=_sentence(made, agreement),
        notes=(
            "A case that is not due yet counts neither as kept nor as broken; one that is past its "
            "time without an answer is broken. Times are business hours: those the agreement "
            "says, else Monday to Friday from nine to five; a due time that was recorded goes "
            "before them. An answer that a hand-over card promises counts as a promise of the team "
            "that takes.",
            *notes,
        ),
    )


def records(
    facts: Facts, agreement: Agreement, scope: Scope, figure: str, row: Mapping[str, str]
) -> Records:
    """The cases behind one count: moves or handovers with their leads, or periods with their
    leads' number."""
    promise = next((one for one in all_promises(agreement) if one.name == row.get("promise")), None)
    if figure not in FIGURES or promise is None:
        raise UnknownFigure("promises", figure, FIGURES)
    asked = _asked(facts, agreement, scope)
    if asked is None:
        raise UnknownFigure("promises", figure, ())
    if promise.kind == "volume":
        return _volume_records(promise, asked, scope, figure, row)
    found = _cases(promise, asked, scope)
    if scope.by and scope.by in row:
        found = found.filter(found["group"] == row[scope.by])
    chosen = ["kept", "broken"] if figure == "n" else [figure]
    found = found.filter(found["state"].isin(chosen))
    hours = (found["seconds"] / 3600).round(2)
    return Records(found.mutate(begun_at=found["entered_at"], business_hours=hours))


def agreed_share(promise: Promise) -> float | None:
    """In which share of cases a promise shall be kept; a number of leads always, if not said."""
    if promise.kept_share is None and promise.kind == "volume":
        return 1.0
    return promise.kept_share


def _in_words(share: float | None) -> str | None:
    return None if share is None else f"{share * 100:.4g}%"


def _sides(agreement: Agreement) -> list[str]:
    """The teams that give or are given promises, those who sign first."""
    named = [one.team for one in agreement.charter.signatories]
    named += [team for one in all_promises(agreement) for team in (one.by_team, one.to_team)]
    found = {folded(team): team for team in reversed(named) if team.strip()}
    parties = {
        folded(team) for one in all_promises(agreement) for team in (one.by_team, one.to_team)
    }
    order = dict.fromkeys(folded(team) for team in named if team.strip())
    if len(order) > 2 and len(parties) >= 2:  # a third team that signs need not promise anything
        order = {team: None for team in order if team in parties}
    return [found[team] for team in order] or ["marketing", "sales"]


def _asked(facts: Facts, agreement: Agreement, scope: Scope) -> Asked | None:
    """What cases are looked up in; None where the data hold no times at all."""
    if scope.as_of is None:
        return None
    return Asked(facts, agreement, scope.as_of, scope.zone, scope.hours)


def _cases(promise: Promise, asked: Asked, scope: Scope) -> ir.Table:
    return _in_scope(cases(promise, asked), asked, scope)


def _rows(asked: Asked | None, scope: Scope, promise: Promise) -> Iterator[dict[str, Any]]:
    head = _blank(scope) | {
        "team": promise.by_team, "promise": promise.name, "promised": promised(promise),
        "agreed": _in_words(agreed_share(promise)),
    }  # fmt: skip
    try:
        if asked is None:
            raise NotMeasured("the data hold no times")
        if promise.kind == "volume":
            yield from _volume_rows(promise, asked, scope, head)
            return
        found = _cases(promise, asked, scope)
        if scope.by and scope.by not in PERIODS:
            check_groups(attributes(asked.facts, [scope.by])[scope.by], scope.by)
        keys = ("group",) if scope.by else ()
        counted = rows(
            found.group_by(*keys, "state", "is_done", minutes=found["seconds"] // 60).agg(
                n=lambda t: t.count()
            )
        )
    except (NotMeasured, NoSuccessPath, BadWorkingTime) as lack:
        yield head | {"note": f"not measured: {lack}"}
        return
    by_group: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in counted:
        by_group[row.get("group", "")].append(row)
    sizes = {group: sum(row["n"] for row in held) for group, held in by_group.items()}
    for group in in_order(sizes, scope.by) or ([""] if not scope.by else []):
        own = {scope.by: group} if scope.by else {}
        yield head | own | _figures(by_group[group], promise)


def _figures(counted: Sequence[Mapping[str, Any]], promise: Promise) -> dict[str, Any]:
    counts = {state: sum(row["n"] for row in counted if row["state"] == state) for state in STATES}
    share = rate(counts["kept"], counts["kept"] + counts["broken"])
    median, p80, note = _times(counted)
    notes = [one for one in (share.note, note) if one]
    return counts | _shares(share, agreed_share(promise)) | {
        "median_hours": median, "p80_hours": p80, "note": "; ".join(notes),
    }  # fmt: skip


def _shares(share: Rate, agreed: float | None) -> dict[str, Any]:
    verdict = UNKNOWN
    if share.share is not None:
        verdict = BELOW if agreed is not None and share.interval.high < agreed else AS_AGREED
        verdict = verdict if agreed is not None else NOT_SAID
    return {
        "kept_share": share.share, "low": share.interval.low, "high": share.interval.high,
        "n": share.n, "verdict": verdict,
    }  # fmt: skip


def _times(counted: Sequence[Mapping[str, Any]]) -> tuple[float | None, float | None, str]:
    """Kaplan-Meier: the business hours until half and 80 % are done, the rest censored."""
    known = [row for row in counted if row["minutes"] is not None and row["state"] != "unmeasured"]
    done = sum(row["n"] for row in known if row["is_done"])
    if done < MIN_FOR_MEDIAN:
        return None, None, f"median hours: {too_few(done)}" if known else ""
    survival = kaplan_meier(
        [row["minutes"] for row in known],
        [int(row["is_done"]) for row in known],
        [row["n"] for row in known],
    )
    median, p80 = (survival.quantile(share) for share in (0.5, 0.8))
    return _hours(median), _hours(p80), ""


def _hours(minutes: float | None) -> float | None:
    return None if minutes is None else minutes / 60


def _in_scope(leads: ir.Table, asked: Asked, scope: Scope) -> ir.Table:
    found = matching(in_period(leads, scope), asked.facts, scope.where)
    return grouped(found, asked.facts, scope.by, scope)


def _is_of_all(scope: Scope) -> bool:
    """Whether the question is about all leads together, of which a number is promised."""
    return not scope.by and not (scope.where and scope.where.strip())


def _volume_rows(
    promise: Promise, asked: Asked, scope: Scope, head: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    every = delivered(promise, asked)
    leads = _in_scope(every, asked, scope)
    found = periods(promise, every, scope, asked.as_of) if _is_of_all(scope) else ()
    counted = rows(
        leads.aggregate(
            by=["group"] if scope.by else [],
            delivered=leads.count(), accepted=leads["is_accepted"].sum(),
            is_known=leads["is_accepted"].notnull().any(),
        )
    )  # fmt: skip
    by_group = {row.get("group", ""): row for row in counted}
    for group in in_order({name: row["delivered"] for name, row in by_group.items()}, scope.by):
        row = by_group[group]
        own: dict[str, Any] = {scope.by: group} if scope.by else {}
        own |= {
            "delivered": row["delivered"],
            "accepted": int(row["accepted"] or 0) if row["is_known"] else None,
        }  # fmt: skip
        if _is_of_all(scope):
            counts = {state: sum(one.state == state for one in found) for state in STATES}
            share = rate(counts["kept"], counts["kept"] + counts["broken"])
            own |= counts | _shares(share, agreed_share(promise)) | {"note": share.note}
        else:
            own |= {"verdict": UNKNOWN, "note": "the number is promised for all leads together"}
        yield dict(head) | own


def _volume_records(
    promise: Promise, asked: Asked, scope: Scope, figure: str, row: Mapping[str, str]
) -> Records:
    if figure in ("delivered", "accepted"):
        leads = _in_scope(delivered(promise, asked), asked, scope)
        if scope.by and scope.by in row:
            leads = leads.filter(leads["group"] == row[scope.by])
        return Records(leads if figure == "delivered" else leads.filter(leads["is_accepted"]))
    if not _is_of_all(scope):
        raise UnknownFigure("promises", figure, ("delivered", "accepted"))
    found = periods(promise, delivered(promise, asked), scope, asked.as_of)
    chosen: tuple[Period, ...] = tuple(
        one for one in found
        if (one.state in ("kept", "broken") if figure == "n" else one.state == figure)
    )  # fmt: skip
    return Records(as_table(chosen))


def _blank(scope: Scope) -> dict[str, Any]:
    columns = (scope.by, *COLUMNS) if scope.by else COLUMNS
    blank: dict[str, Any] = dict.fromkeys(columns)
    return blank | {"note": "", "verdict": UNKNOWN}


def _sentence(made: Sequence[Mapping[str, Any]], agreement: Agreement) -> str:
    """For each side its promise that is furthest below what was agreed."""
    agreed = {one.name: agreed_share(one) or 0 for one in all_promises(agreement)}
    said = []
    for team in dict.fromkeys(row["team"] for row in made):
        own = [row for row in made if row["team"] == team]
        told = [row for row in own if row["kept_share"] is not None]
        if told:
            worst = min(told, key=lambda row: row["kept_share"] - agreed[row["promise"]])
            said.append(f"{team} kept “{worst['promise']}” in {percent(worst['kept_share'], 1)}")
        elif own[0]["promise"] == NOTHING:
            said.append(f"{team} has promised nothing")
        else:
            said.append(f"{team} has too few cases to tell, or none that can be measured")
    return f"{_start('; '.join(said))}."


def _start(text: str) -> str:
    return text[:1].upper() + text[1:]
