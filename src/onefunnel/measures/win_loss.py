"""Win-loss: against whom do we win, and why do we lose?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from onefunnel.agreement.document import Agreement
from onefunnel.facts.store import Facts
from onefunnel.measures.figures import Figures, UnknownFigure
from onefunnel.measures.result import Records
from onefunnel.measures.scope import Scope
from onefunnel.measures.steps.deals import deals_of
from onefunnel.measures.steps.groups import NONE
from onefunnel.measures.steps.lost_for import with_reason
from onefunnel.measures.steps.run import rows
from onefunnel.measures.steps.shares import MIN_LEADS, rate
from onefunnel.measures.words import money, percent
from onefunnel.statistics.false_discovery import benjamini_hochberg
from onefunnel.statistics.intervals import newcombe_difference
from onefunnel.statistics.two_shares import compare_shares

if TYPE_CHECKING:
    import ibis.expr.types as ir

OUTCOMES = ("won", "lost", "open")
COLUMNS = (
    "competitor", *OUTCOMES, "win_rate", "low", "high", "others_win_share", "gap_share",
    "gap_low", "gap_high", "p", "verdict", "n", "note",
)  # fmt: skip
FIGURES = (*OUTCOMES, "n")
REASON_COLUMNS = ("reason", "currency", "lost", "lost_share", "low", "high", "lost_amount",
                  "unpriced", "n", "note")  # fmt: skip
REASON_FIGURES = ("lost", "lost_amount", "unpriced", "n")
LEVEL = 0.05
BETTER, WORSE, NO_DIFFERENCE = "better than the others", "worse than the others", "not told apart"


def compute(facts: Facts, agreement: Agreement, scope: Scope) -> Figures:
    """One row per competitor (or other column chosen), and one for deals that name none.

    won, lost, open: deals in which it was present; win_rate: won of closed (n), with its 95 %
    interval (Wilson); others_win_share: of the closed deals that name another one (who is named
    may hang on how it ended, so deals that name none are not compared with); gap_share: the
    difference of the two with its interval (Newcombe); p: that chance alone makes it so (Fisher),
    adjusted for how many are compared (Benjamini and Hochberg); verdict: better or worse where the
    adjusted p is at most 5 %. Open deals are in no share.
    """
    by = scope.by or "competitor"
    deals = _deals(facts, scope)
    if deals is None:
        return Figures(columns=COLUMNS, rows=(), sentence=_NOBODY, notes=(_HOW_TO,))
    counted: defaultdict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(OUTCOMES, 0))
    for row in rows(deals.group_by("group", "outcome").agg(deals=deals.count())):
        counted[row["group"]][row["outcome"]] = int(row["deals"])
    result = _compared(counted, by)
    known = [row for row in result if row[by] != NONE]
    unknown = sum(row["n"] for row in result if row[by] == NONE)
    closed = sum(row["n"] for row in result)
    totals = {name: sum(row[name] for row in result) for name in OUTCOMES}
    totals |= {"closed": closed, "unnamed": unknown}
    return Figures(
        columns=(by, *COLUMNS[1:]),
        rows=result,
        sentence=_sentence(known, by) if known else _NOBODY,
        totals=totals,
        notes=_notes(unknown, closed) if known else (_HOW_TO,),
    )


def records(
    facts: Facts, agreement: Agreement, scope: Scope, figure: str, row: Mapping[str, str]
) -> Records:
    """The deals behind one count."""
    deals = _deals(facts, scope)
    if figure not in (*FIGURES, "closed", "unnamed") or deals is None:
        raise UnknownFigure("win_loss", figure, FIGURES)
    by = scope.by or "competitor"
    if by in row:
        deals = deals.filter(deals["group"] == row[by])
    is_closed = deals["outcome"] != "open"
    if figure == "unnamed":
        return Records(deals.filter(is_closed & (deals["group"] == NONE)))
    chosen = is_closed if figure in ("n", "closed") else deals["outcome"] == figure
    return Records(deals.filter(chosen))


def compute_reasons(facts: Facts, agreement: Agreement, scope: Scope) -> Figures:
    """One row per currency and reason, the one that most money was lost for first.

    lost: deals lost for the reason that the deal says, else the move of its lead into a lost stage;
    lost_share: of all lost deals of the currency (n), with its 95 % interval; lost_amount: of those
    whose amount is known; unpriced: the others. Deals without a reason are a row of their own.
    """
    lost = with_reason(facts, agreement, scope)
    counted = rows(
        lost.group_by("currency", "reason").agg(
            lost=lost.count(),
            lost_amount=lost["amount"].sum(),
            unpriced=lost.count(where=lost["amount"].isnull()),
        )
    )
    size: defaultdict[str, int] = defaultdict(int)
    for row in counted:
        size[row["currency"]] += row["lost"]
    made = [_reason(row, size[row["currency"]]) for row in counted]
    made.sort(
        key=lambda row: (
            -size[row["currency"]], row["currency"], -(row["lost_amount"] or 0), -row["lost"],
            row["reason"],
        )
    )  # fmt: skip
    totals = {name: sum(row[name] for row in made) for name in ("lost", "unpriced")}
    return Figures(
        columns=REASON_COLUMNS,
        rows=tuple(made),
        sentence=_why(made),
        totals=totals,
        notes=(
            "A reason is what the seller wrote; buyers often say another. Deals without one are "
            "told apart, so that each share may be as much larger.",
        ),
    )


def records_of_reasons(
    facts: Facts, agreement: Agreement, scope: Scope, figure: str, row: Mapping[str, str]
) -> Records:
    """The lost deals behind one count, or summing to one amount."""
    if figure not in REASON_FIGURES:
        raise UnknownFigure("lost_reasons", figure, REASON_FIGURES)
    lost = with_reason(facts, agreement, scope)
    for column in ("currency", "reason"):
        if column in row and (column == "currency" or figure != "n"):
            lost = lost.filter(lost[column] == row[column])
    if figure == "unpriced":
        return Records(lost.filter(lost["amount"].isnull()))
    if figure == "lost_amount":
        return Records(lost.filter(lost["amount"].notnull()), sum_column="amount")
    return Records(lost)


def _deals(facts: Facts, scope: Scope) -> ir.Table | None:
    """The deals with their group; None where nobody says who else was in them."""
    if scope.by is None and "competitor" not in facts["deals"].columns:
        return None
    return deals_of(facts, replace(scope, by=scope.by or "competitor"))


def _compared(counted: Mapping[str, Mapping[str, int]], by: str) -> tuple[dict[str, Any], ...]:
    named = [row for name, row in counted.items() if name != NONE]
    won, lost = (sum(row[outcome] for row in named) for outcome in ("won", "lost"))
    made: list[dict[str, Any]] = []
    for name, row in counted.items():
        n, rest = row["won"] + row["lost"], won + lost - row["won"] - row["lost"]
        share, others = rate(row["won"], n), rate(won - row["won"], rest)
        told = share.share is not None
        is_compared = name != NONE and min(n, rest) >= MIN_LEADS
        gap = newcombe_difference(row["won"], n, won - row["won"], rest)
        tested = compare_shares(row["won"], n, won - row["won"], rest) if is_compared else None
        made.append(
            {by: name, **row, "win_rate": share.share}
            | {"low": share.interval.low if told else None}
            | {"high": share.interval.high if told else None}
            | {"others_win_share": others.share if is_compared else None}
            | {"gap_share": row["won"] / n - (won - row["won"]) / rest if is_compared else None}
            | {"gap_low": gap.low if is_compared else None}
            | {"gap_high": gap.high if is_compared else None}
            | {"p": tested.fisher_p if tested else None, "verdict": "", "n": n}
            | {"note": share.note}
        )
    tested_rows = [row for row in made if row["p"] is not None]
    adjusted = benjamini_hochberg([row["p"] for row in tested_rows])
    for row, p in zip(tested_rows, adjusted, strict=True):
        is_told = float(p) <= LEVEL
        row["p"] = float(p)
        row["verdict"] = (BETTER if row["gap_share"] > 0 else WORSE) if is_told else NO_DIFFERENCE
    return tuple(sorted(made, key=lambda row: (row[by] == NONE, -row["n"], row[by])))


def _reason(row: Mapping[str, Any], n: int) -> dict[str, Any]:
    share = rate(row["lost"], n)
    told = share.share is not None
    known = row["lost"] > row["unpriced"]
    return {
        "reason": row["reason"],
        "currency": row["currency"],
        "lost": row["lost"],
        "lost_share": share.share,
        "low": share.interval.low if told else None,
        "high": share.interval.high if told else None,
        "lost_amount": Decimal(row["lost_amount"]) if known else None,
        "unpriced": row["unpriced"],
        "n": n,
        "note": share.note,
    }


_NOBODY = "No deal says who else was in it."
_HOW_TO = "Bring in a column of deals that names the competitor, or choose another split."


def _sentence(known: Sequence[Mapping[str, Any]], by: str) -> str:
    flagged = [row for row in known if row["verdict"] in (BETTER, WORSE)]
    if flagged:
        row = min(flagged, key=lambda one: (one["gap_share"], str(one[by])))
        share, others = percent(row["win_rate"], 1), percent(row["others_win_share"], 1)
        against = f"Against {row[by]}" if by == "competitor" else f"With {row[by]}"
        return f"{against} {share} of {row['n']:,} closed deals are won, of the others {others}."
    most = max(known, key=lambda one: one["n"])
    start = f"{most[by]} is in most deals ({most['n']:,} closed)"
    if most["win_rate"] is None:
        return f"{start}; too few to tell how many are won."
    told = percent(most["win_rate"], 1)
    return f"{start}: {told} are won. No one stands out from the others by more than chance."


def _notes(unknown: int, closed: int) -> tuple[str, ...]:
    said = (
        "Open deals are in no share. Each is compared with the closed deals that name another one; "
        "of those told apart one in twenty may be so by chance.",
    )
    if unknown:
        return (f"{unknown:,} of {closed:,} closed deals name nobody.", *said)
    return said


def _why(made: Sequence[Mapping[str, Any]]) -> str:
    if not made:
        return "No deal is lost."
    known = [row for row in made if row["reason"] != NONE]
    if not known:
        return "No lost deal says why it was lost."
    first = known[0]
    several = "" if first["lost"] == 1 else "s"
    said = f"Most was lost for {first['reason']}: {first['lost']:,} deal{several}"
    if first["lost_amount"] is not None:
        said += f", worth {money(first['currency'], first['lost_amount'])}"
    return f"{said}."
