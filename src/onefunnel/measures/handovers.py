"""Handovers: how were the leads that one team offered another answered, and why sent back?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from onefunnel.agreement.document import Agreement
from onefunnel.facts.store import Facts
from onefunnel.measures.figures import Figures, UnknownFigure
from onefunnel.measures.result import Records
from onefunnel.measures.scope import Scope
from onefunnel.measures.steps.groups import PERIODS, attributes, in_order
from onefunnel.measures.steps.handed import ANSWERS
from onefunnel.measures.steps.offers import TEAMS, offers_of
from onefunnel.measures.steps.run import rows
from onefunnel.measures.steps.shares import rate
from onefunnel.measures.steps.tally import check_groups
from onefunnel.measures.words import percent

if TYPE_CHECKING:
    import ibis.expr.types as ir

#: The time of the offer that the answers are told by where nothing else is asked.
WEEK = "week"
DECIDED = ("in_time", "late", "sent_back", "no_answer")
COLUMNS = ("offered", *ANSWERS, "in_time_share", "low", "high", "n", "note")
FIGURES = ("offered", *ANSWERS, "n")
REASON_COLUMNS = ("reason", "clause", "sent_back", "share", "low", "high", "n", "note")


def compute(facts: Facts, agreement: Agreement, scope: Scope) -> Figures:
    """One row per week of the offer, the latest first (or group asked for), and pair of teams.

    offered: offers made; each is exactly one of in_time (accepted by its due time), late (accepted
    after it), sent_back (rejected, returned or recycled, whenever that was), no_answer (expired, or
    open past its time), open (not due yet), taken_back (the lead left before it was answered) and
    unmeasured (without the times it takes); in_time_share: in time of the n that were decided.
    """
    by = scope.by or WEEK
    offers = offers_of(facts, agreement, scope, by)
    if by not in PERIODS:
        check_groups(attributes(facts, [by])[by], by)
    counted = rows(offers.group_by("group", *TEAMS, "answer").agg(n=lambda found: found.count()))
    held: defaultdict[tuple[str, str, str], dict[str, int]] = defaultdict(dict)
    for row in counted:
        held[row["group"], row["from_team"], row["to_team"]][row["answer"]] = row["n"]
    sizes: defaultdict[str, int] = defaultdict(int)
    for (group, *_), counts in held.items():
        sizes[group] += sum(counts.values())
    names = in_order(sizes, by)
    order = {group: place for place, group in enumerate(names[::-1] if by in PERIODS else names)}
    made = tuple(
        {by: group, "from_team": giver, "to_team": taker} | _row(counts)
        for (group, giver, taker), counts in sorted(
            held.items(), key=lambda one: (order[one[0][0]], one[0][1:])
        )
    )
    return Figures(
        columns=(by, *TEAMS, *COLUMNS), rows=made, sentence=_sentence(made), notes=(_NOTE,)
    )


def records(
    facts: Facts, agreement: Agreement, scope: Scope, figure: str, row: Mapping[str, str]
) -> Records:
    """The offers behind one count."""
    if figure not in FIGURES:
        raise UnknownFigure("handovers", figure, FIGURES)
    by = scope.by or WEEK
    offers = _of_row(offers_of(facts, agreement, scope, by), row, {by: "group"})
    if figure == "n":
        offers = offers.filter(offers["answer"].isin(DECIDED))
    elif figure != "offered":
        offers = offers.filter(offers["answer"] == figure)
    return Records(offers)


def compute_reasons(facts: Facts, agreement: Agreement, scope: Scope) -> Figures:
    """One row per pair of teams, reason and clause, the most frequent first.

    sent_back: offers that were rejected, returned or recycled for it; share: of all n that were
    sent back between the two teams.
    """
    back = _sent_back(facts, agreement, scope)
    keys = (*(("group",) if scope.by else ()), *TEAMS, "reason", "clause")
    counted = rows(back.group_by(*keys).agg(sent_back=lambda found: found.count()))
    totals: defaultdict[tuple[str, ...], int] = defaultdict(int)
    for row in counted:
        totals[_pair(row)] += row["sent_back"]
    counted.sort(
        key=lambda row: (-totals[_pair(row)], _pair(row), -row["sent_back"], row["reason"],
                         row["clause"])
    )  # fmt: skip
    made = []
    for row in counted:
        found = rate(row["sent_back"], totals[_pair(row)])
        own = {scope.by: row["group"]} if scope.by else {}
        made.append(
            own | {name: row[name] for name in (*TEAMS, "reason", "clause", "sent_back")} | {
                "share": found.share, "low": found.interval.low, "high": found.interval.high,
                "n": found.n, "note": found.note,
            }
        )  # fmt: skip
    columns = (*TEAMS, *REASON_COLUMNS)
    return Figures(
        columns=(scope.by, *columns) if scope.by else columns,
        rows=tuple(made),
        sentence=_why(made),
    )


def reason_records(
    facts: Facts, agreement: Agreement, scope: Scope, figure: str, row: Mapping[str, str]
) -> Records:
    """The offers that were sent back for one reason (sent_back), or for any (n)."""
    if figure not in ("sent_back", "n"):
        raise UnknownFigure("sent_back", figure, ("sent_back", "n"))
    wanted = row if figure == "sent_back" else {
        name: value for name, value in row.items() if name not in ("reason", "clause")
    }  # fmt: skip
    groups = {scope.by: "group"} if scope.by else {}
    return Records(_of_row(_sent_back(facts, agreement, scope), wanted, groups))


def _sent_back(facts: Facts, agreement: Agreement, scope: Scope) -> ir.Table:
    offers = offers_of(facts, agreement, scope, scope.by)
    back = offers.filter(offers["answer"] == "sent_back")
    return back.mutate(
        reason=back["reason"].strip().nullif("").fill_null(back["outcome"]),
        clause=back["clause"].strip().fill_null(""),
    )


def _of_row(offers: ir.Table, row: Mapping[str, str], groups: Mapping[str, str]) -> ir.Table:
    for name in (*TEAMS, "reason", "clause", *groups):
        if name in row:
            offers = offers.filter(offers[groups.get(name, name)] == row[name])
    return offers


def _row(counts: Mapping[str, int]) -> dict[str, Any]:
    decided = sum(counts.get(one, 0) for one in DECIDED)
    found = rate(counts.get("in_time", 0), decided)
    return {
        "offered": sum(counts.values()), **{one: counts.get(one, 0) for one in ANSWERS},
        "in_time_share": found.share, "low": found.interval.low, "high": found.interval.high,
        "n": decided, "note": found.note,
    }  # fmt: skip


def _pair(row: Mapping[str, Any]) -> tuple[str, ...]:
    return (row.get("group", ""), row["from_team"], row["to_team"])


_NOTE = (
    "An offer made again counts again. Sent back are the rejected, the returned and the recycled, "
    "whenever that was; an offer that is not due yet is in no share."
)


def _sentence(made: Sequence[Mapping[str, Any]]) -> str:
    """The latest week, or the largest group, with enough decided offers."""
    told = [row for row in made if row["in_time_share"] is not None]
    if not told:
        return "Too few handovers are decided to tell how they are answered."
    last = told[0]
    share = percent(last["in_time_share"], 1)
    return (
        f"Of the leads that {last['from_team']} offered {last['to_team']}, {share} were accepted "
        f"in time in {next(iter(last.values()))}."
    )


def _why(made: Sequence[Mapping[str, Any]]) -> str:
    if not made:
        return "No lead was sent back."
    first = made[0]
    who = f"{first['to_team']} sends leads of {first['from_team']} back"
    return f"{who[:1].upper()}{who[1:]} most often for: {first['reason']}."
