"""Drift: what do the data say against the agreement?

Each row is one difference, with the leads it concerns. What is looked for, and from when on it is
told, is fixed and said in the notes: a difference that few records show is none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.duties import Handover
from onefunnel.facts.store import Facts
from onefunnel.measures.figures import Figures, UnknownFigure
from onefunnel.measures.result import Records
from onefunnel.measures.scope import Scope
from onefunnel.measures.steps.deals import deals_of
from onefunnel.measures.steps.drifting import Looked, Stood
from onefunnel.measures.steps.run import rows
from onefunnel.measures.steps.shares import Rate, rate
from onefunnel.measures.words import percent

if TYPE_CHECKING:
    import ibis.expr.types as ir

#: "Lately" is so many days before the moment of looking; "before" is as long before that.
DAYS = 90
#: A share of leads is a difference where its interval lies wholly above this.
LEAST_SHARE = 0.05  # one in twenty, as the note says
#: A defined stage is unused only where so many leads moved anywhere lately.
LEAST_MOVING = 20

UNCAUGHT, UNLISTED = "no definition", "no definition, never entered"
UNUSED, OTHER_TEAM = "nobody enters", "other team"
SKIPPED, NOT_HANDED = "skipped", "not handed over"
OTHER_STAGE = "name and definition differ"

COLUMNS = (
    "difference", "stage", "team", "leads", "n", "share", "low", "high", "before_share",
    "amount", "currency", "last_at", "note",
)  # fmt: skip
FIGURES = ("leads", "n", "amount")


def compute(facts: Facts, agreement: Agreement, scope: Scope) -> Figures:
    """One row per difference between the data and the agreement.

    no definition: a stage name in the moves that no definition catches; leads have such a move.
    no definition, never entered: a name of the source's stage list that nothing catches.
    nobody enters: a defined stage without an entry lately; leads entered it before, `last_at` last.
    other team: leads lately in a stage under a team that does not lead it, of n with a known team.
    skipped: leads that lately came past a stage without entering it, of the n that came this far,
    where that is more than before. not handed over: leads that lately entered a card's stage
    without a recorded handover in time, of the n that did. name and definition differ: leads lately
    in a stage of one name that the definitions call another (`team` is empty), of the n with it.

    Undated moves count where no time is asked. amount: the deals of the leads, where they are in
    one currency. Shares with fewer leads than can tell are not told; the notes say how many.
    """
    looked = Looked(facts, agreement, scope.as_of, DAYS)
    found: list[dict[str, Any]] = []
    few = 0
    for row in _found(looked):
        if row is None:
            few += 1
        else:
            found.append(row)
    found = [_with_money(row, looked, scope) for row in found]
    found.sort(key=lambda row: (_ORDER.index(row["difference"]), -row["leads"], row["stage"]))
    notes = [
        f"Lately is the last {DAYS} days of the data. A share is told where its whole "
        "interval lies above one in twenty, and of skipped stages also above that of the "
        f"{DAYS} days before.",
    ]
    if few:
        notes.append(
            "Some stages, teams or hand-overs have too few leads to tell anything of them."
        )
    if "handovers" not in facts and agreement.handovers:
        notes.append("The data hold no handovers, so it cannot be told whether leads were offered.")
    return Figures(COLUMNS, tuple(found), _sentence(found), notes=tuple(notes))


def records(
    facts: Facts, agreement: Agreement, scope: Scope, figure: str, row: Mapping[str, str]
) -> Records:
    """The leads behind a count, or the deals behind an amount."""
    if figure not in FIGURES or row.get("difference") not in _ORDER:
        raise UnknownFigure("drift", figure, FIGURES)
    looked = Looked(facts, agreement, scope.as_of, DAYS)
    concerned, of = _lists(looked, row)
    if figure == "n":
        return Records(of)
    if figure == "leads":
        return Records(concerned)
    deals = _deals(facts, concerned, scope)
    return Records(deals, sum_column="amount")


def sentence_of(row: Mapping[str, Any]) -> str:
    """One difference as a claim that people can judge."""
    stage, leads, n = row["stage"], f"{row['leads']:,}", row["n"]
    share = percent(row["share"], 0) if row["share"] is not None else ""
    match row["difference"]:
        case "no definition":
            are = "1 lead is" if row["leads"] == 1 else f"{leads} leads are"
            return f"{are} in {stage}, which no definition of the agreement catches."
        case "no definition, never entered":
            return f"The stage list has {stage}, which no definition of the agreement catches."
        case "nobody enters":
            last = (
                f"; {leads} lead{'' if row['leads'] == 1 else 's'} did before"
                if row["leads"]
                else ""
            )
            return f"Nobody entered {stage} lately{last}."
        case "other team":
            return (
                f"{row['team']} holds {leads} of {n:,} leads ({share}) that lately entered "
                f"{stage}; "
                "the agreement names another team."
            )
        case "skipped":
            before = row["before_share"]
            than = f", {percent(before, 0)} before" if before is not None else ""
            return f"{leads} of {n:,} leads ({share}{than}) came past {stage} without entering it."
        case "not handed over":
            return (
                f"{leads} of {n:,} leads ({share}) that lately entered {stage} have no recorded "
                f"handover ({row['team']}) within the promised time."
            )
        case _:
            return f"{leads} of {n:,} leads called {stage} are in {row['team']} by the definitions."


_ORDER = (UNCAUGHT, UNLISTED, OTHER_STAGE, OTHER_TEAM, NOT_HANDED, SKIPPED, UNUSED)


def _found(looked: Looked) -> Iterator[dict[str, Any] | None]:
    """Every difference; None for one that has too few leads to tell."""
    yield from (_row(UNCAUGHT, name, leads=n) for name, n in looked.uncaught())
    yield from (_row(UNLISTED, name) for name in looked.unlisted())
    yield from _told(OTHER_STAGE, looked.called_otherwise())
    yield from _told(OTHER_TEAM, looked.other_teams())
    for card in looked.agreement.handovers:
        if looked.can_tell(card):
            missing, n = looked.not_handed(card)
            yield from _told(NOT_HANDED, [Stood(card.at_stage, card.name, missing, n)])
    for one, earlier in looked.skipped():
        now, before = rate(one.leads, one.n), rate(earlier.leads, earlier.n)
        is_more = before.share is None or now.interval.low > before.interval.high
        if now.share is None:
            if one.leads:
                yield None
        elif is_more and now.interval.low > LEAST_SHARE:
            found = _of_rate(SKIPPED, one.stage, "", one.leads, now)
            yield found | {"before_share": before.share}
    if looked.moving() >= LEAST_MOVING:
        for stage, leads, last in looked.unused():
            yield _row(UNUSED, stage, leads=leads) | {"last_at": last}


def _told(difference: str, stood: list[Stood]) -> Iterator[dict[str, Any] | None]:
    for one in stood:
        found = rate(one.leads, one.n)
        if found.share is None:
            if one.leads:
                yield None
        elif found.interval.low > LEAST_SHARE:
            yield _of_rate(difference, one.stage, one.team, one.leads, found)


def _of_rate(difference: str, stage: str, team: str, leads: int, of: Rate) -> dict[str, Any]:
    return _row(difference, stage, team=team, leads=leads) | {
        "n": of.n, "share": of.share, "low": of.interval.low, "high": of.interval.high,
    }  # fmt: skip


def _row(difference: str, stage: str, *, team: str = "", leads: int = 0) -> dict[str, Any]:
    blank: dict[str, Any] = dict.fromkeys(COLUMNS)
    return blank | {
        "difference": difference, "stage": stage, "team": team, "leads": leads, "n": leads,
        "note": "",
    }  # fmt: skip


def _with_money(row: dict[str, Any], looked: Looked, scope: Scope) -> dict[str, Any]:
    """The row with the amount of its leads' deals, where those are in one currency."""
    if "deals" not in looked.facts or not row["leads"]:
        return row
    concerned, _ = _lists(looked, {key: str(row[key]) for key in ("difference", "stage", "team")})
    deals = _deals(looked.facts, concerned, scope)
    sums = rows(deals.group_by("currency").agg(amount=deals["amount"].sum()))
    if len(sums) > 1:
        return row | {"note": "amount: in several currencies, which are not added up"}
    if not sums:
        return row
    return row | {"amount": Decimal(sums[0]["amount"]), "currency": sums[0]["currency"] or ""}


def _deals(facts: Facts, leads: ir.Table, scope: Scope) -> ir.Table:
    deals = deals_of(facts, Scope(as_of=scope.as_of))
    return deals.filter(deals["amount"].notnull()).semi_join(leads, "lead_id")


def _lists(looked: Looked, row: Mapping[str, str]) -> tuple[ir.Table, ir.Table]:
    """The leads a difference concerns, and those it is a share of."""
    stage, team = row.get("stage", ""), row.get("team", "")
    match row.get("difference"):
        case "no definition":
            found = looked.leads_uncaught(stage)
            return found, found
        case "no definition, never entered":
            nobody = looked.nobody()
            return nobody, nobody
        case "name and definition differ":
            return looked.leads_called(stage, team), looked.leads_called(stage, None)
        case "other team":
            return looked.leads_under(stage, team), looked.leads_under(stage, None)
        case "not handed over":
            card = _card(looked.agreement, team)
            return looked.leads_not_handed(card), looked.leads_due(card)
        case "skipped":
            return looked.leads_past(stage, is_skipped=True), looked.leads_past(stage)
        case _:
            found = looked.leads_ever(stage)
            return found, found


def _card(agreement: Agreement, name: str) -> Handover:
    for card in agreement.handovers:
        if card.name == name:
            return card
    raise UnknownFigure("drift", f"hand-over {name}", FIGURES)


def _sentence(found: list[dict[str, Any]]) -> str:
    if not found:
        return "The data say nothing against the agreement."
    first = sentence_of(found[0])
    more = len(found) - 1
    others = f" {more} more difference{'' if more == 1 else 's'}." if more else ""
    return first + others
