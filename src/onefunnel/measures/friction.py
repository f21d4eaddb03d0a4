"""Friction: where are leads held up or lost more than others in the same mix, and what is it worth?

Every cell is compared with all the others, which do not hold it; false discoveries are controlled
over the whole scan (Benjamini and Hochberg 1995, at 5 %); what looks worse by chance is shrunken
away. Two scans: `friction` knows nothing of people, `friction_by_owner` names who looks after the
leads and is for them and the heads of their teams.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

import numpy as np

from onefunnel.agreement.document import Agreement
from onefunnel.facts.store import Facts
from onefunnel.measures.figures import Figures, UnknownFigure
from onefunnel.measures.friction_words import notes_of, sentence_of, waits_of
from onefunnel.measures.result import Records
from onefunnel.measures.scope import Scope
from onefunnel.measures.steps.downstream import Downstream, Estimated
from onefunnel.measures.steps.followed import Cohort
from onefunnel.measures.steps.friction_cells import (
    GOES_ON,
    KINDS,
    WAITS,
    Cell,
    Places,
    with_two_halves,
)
from onefunnel.measures.steps.groups import group_columns
from onefunnel.measures.steps.shares import too_few
from onefunnel.measures.steps.worked_out import once
from onefunnel.statistics.false_discovery import benjamini_hochberg
from onefunnel.statistics.shrunken_gaps import shrink_gaps

LEVEL = 0.05
OWNER = "owner"
#: What leads are compared by where nothing is asked for: the first of these that they have.
SEGMENTS = ("segment", "country", "source")
CHANNELS = ("source", "channel", "campaign")
FIGURES = ("n", "hit")
NO_FLAG = "no worse than others"
Z_95 = 1.959964


def compute(facts: Facts, agreement: Agreement, scope: Scope) -> Figures:
    """One row per cell (kind, stage or hand-over, segment), the costliest friction first.

    kind: going on, going back, waiting (in the stage) or sent back (at a hand-over); own_share: of
    the n leads that it went well with; others_share: the same of all others in the same mix of
    channels; gap_share: how much of it is left when chance is shrunken away, with its 95 %
    interval; hit: leads it did not go well with (waiting: still there); leads_back: gap x those of
    n in whose mix there are others, never below zero; recoverable: leads_back x chance to be won x
    margin of a win, with its interval, where a margin is known (up to the win; what going back,
    waiting and being sent back cost in wins is not known and not assumed); median_days,
    others_days: of waits that look longer; p: adjusted for the number of cells; verdict: persistent
    (in both halves of the time by itself), new, not lately, or no worse.

    Open leads are never lost: all are followed for the days in which nine in ten of those who go
    on do so, and leads that came later are not counted yet. `by` names another column of cells.
    """
    return _figures(facts, agreement, scope, with_owner=False)


def compute_by_owner(facts: Facts, agreement: Agreement, scope: Scope) -> Figures:
    """As `compute`, with the owner of the leads in every cell; held equal: segment and channel."""
    return _figures(facts, agreement, scope, with_owner=True)


def records(
    facts: Facts, agreement: Agreement, scope: Scope, figure: str, row: Mapping[str, str]
) -> Records:
    """The leads (or handovers) counted in a cell, or those it did not go well with."""
    return _records(facts, agreement, scope, figure, row, with_owner=False)


def records_by_owner(
    facts: Facts, agreement: Agreement, scope: Scope, figure: str, row: Mapping[str, str]
) -> Records:
    """As `records`, of a cell with an owner."""
    return _records(facts, agreement, scope, figure, row, with_owner=True)


@dataclass(frozen=True)
class Judged:
    """A cell with its adjusted p, its shrunken gap and what closing it would bring back."""

    cell: Cell
    p: float | None = None
    gap: Estimated | None = None
    is_flagged: bool = False

    @property
    def leads_back(self) -> float | None:
        """How many leads closing the gap would bring back."""
        return None if self.gap is None else max(0.0, self.gap.value) * self.cell.compared

    def worth(self, downstream: Downstream) -> dict[str, Estimated]:
        """The margin by currency that this is expected to bring; none for what is won already."""
        is_won = self.cell.stage >= downstream.cohort.path.won
        if self.gap is None or self.cell.kind != GOES_ON or is_won:
            return {}
        chance = downstream.chance(self.cell.stage + 1)
        one = self.gap.times(Estimated(self.cell.compared, 0.0)).times(chance)
        margins = downstream.of(self.cell.values[0]).margins
        return {currency: one.times(margin) for currency, margin in margins.items()}


@dataclass(frozen=True)
class Scan:
    """All cells of a question, judged together."""

    places: Places
    downstream: Downstream

    @cached_property
    def judged(self) -> tuple[Judged, ...]:
        cells = self.places.cells
        told = [cell for cell in cells if cell.p is not None]
        adjusted = benjamini_hochberg([cell.p or 0.0 for cell in told]) if told else ()
        p_of = {id(cell): float(p) for cell, p in zip(told, adjusted, strict=True)}
        gaps: dict[int, Estimated] = {}
        for kind in KINDS:
            own = [cell for cell in told if cell.kind == kind and 0 < cell.error < np.inf]
            if kind == WAITS or not own:
                continue
            found = shrink_gaps([cell.gap for cell in own], [cell.error for cell in own])
            gaps |= {
                id(cell): Estimated(float(mean), float(deviation))
                for cell, mean, deviation in zip(own, found.means, found.deviations, strict=True)
            }
        return tuple(
            Judged(cell, p_of.get(id(cell)), gaps.get(id(cell)), p_of.get(id(cell), 1.0) <= LEVEL)
            for cell in cells
        )

    @cached_property
    def ranked(self) -> tuple[Judged, ...]:
        """Flagged cells first, the most recoverable margin (or leads) first; too few last."""
        return tuple(sorted(self.judged, key=self._order))

    def _order(self, one: Judged) -> tuple[object, ...]:
        cell = one.cell
        money = self.worth(one).get(self.currency)
        return (
            not one.is_flagged, cell.p is None, -(max(0.0, money.value) if money else 0.0),
            KINDS.index(cell.kind), -(one.leads_back or 0.0), one.p or 0.0, cell.place, cell.values,
        )  # fmt: skip

    @cached_property
    def currency(self) -> str:
        """The currency most margin is won in: amounts are ranked in it, never added up over."""
        margins = self.downstream.all.margins
        return max(margins, key=lambda name: margins[name].value, default="")

    def worth(self, one: Judged) -> dict[str, Estimated]:
        """The margin by currency that closing the gap of a cell is expected to bring."""
        return one.worth(self.downstream)


def scan_of(facts: Facts, agreement: Agreement, scope: Scope, *, with_owner: bool) -> Scan | None:
    """The scan of a question; None where the data hold no times, or no owner that is asked for."""
    known = group_columns(facts) if "leads" in facts else []
    if scope.as_of is None or not known or (with_owner and OWNER not in known):
        return None
    by = scope.by or ""
    segment = by if by.removeprefix("accounts.") not in ("", OWNER) else None
    segment = segment or next((name for name in SEGMENTS if name in known), None)
    if segment is None:
        return None
    channel = [name for name in CHANNELS if name in known and name != segment][:1]
    columns = (segment, *channel, *([OWNER] if with_owner else []))

    def made() -> Scan:
        cohort = Cohort(facts, agreement, scope, columns)
        mix = (segment, *channel) if with_owner else tuple(channel)
        places = Places(cohort, (segment, OWNER) if with_owner else (segment,), mix)
        return Scan(places, Downstream(cohort, segment))

    return once(facts, ("friction", agreement.digest, scope, columns), made)


def _figures(facts: Facts, agreement: Agreement, scope: Scope, *, with_owner: bool) -> Figures:
    scan = scan_of(facts, agreement, scope, with_owner=with_owner)
    by = scan.places.by if scan else ()
    columns = (
        "kind", "stage", *by, "n", "hit", "own_share", "others_share", "gap_share", "gap_low",
        "gap_high", "median_days", "others_days", "leads_back", "recoverable", "recoverable_low",
        "recoverable_high", "currency", "p", "verdict", "note",
    )  # fmt: skip
    made = tuple(_rows(scan)) if scan else ()
    flagged = sum(one.is_flagged for one in scan.judged) if scan else 0
    told = sum(one.cell.p is not None for one in scan.judged) if scan else 0
    return Figures(
        columns=columns,
        rows=made,
        sentence=sentence_of(made, by, has_scan=scan is not None, has_owner=with_owner),
        totals={"cells_told": told, "cells_flagged": flagged},
        notes=notes_of(scan.places, scan.downstream.all)[: 1 if with_owner else None]
        if scan
        else (),
    )


def _rows(scan: Scan) -> Iterator[dict[str, Any]]:
    for one in scan.ranked:
        cell, gap = one.cell, one.gap
        row: dict[str, Any] = {
            "kind": cell.kind, "stage": cell.place,
            **dict(zip(scan.places.by, cell.values, strict=True)),
            "n": cell.n, "hit": cell.hit, "own_share": cell.share,
            "others_share": _bounded(cell) if cell.p is not None else None,
            "gap_share": gap.value if gap else None,
            "gap_low": gap.value - Z_95 * gap.error if gap else None,
            "gap_high": gap.value + Z_95 * gap.error if gap else None,
            "median_days": cell.days, "others_days": cell.others_days,
            "leads_back": one.leads_back, "recoverable": None, "recoverable_low": None,
            "recoverable_high": None, "currency": None, "p": one.p,
            "verdict": with_two_halves(cell) if one.is_flagged else NO_FLAG,
            "note": waits_of(cell.days, cell.others_days),
        }  # fmt: skip
        if cell.p is None:
            yield row | {"verdict": "", "note": too_few(cell.n)}
            continue
        money = scan.worth(one)
        if not money:
            yield row
        for currency, amount in sorted(money.items(), key=lambda held: -held[1].value):
            yield row | {"currency": currency} | _amounts(amount)


def _amounts(amount: Estimated) -> dict[str, Decimal]:
    return {
        "recoverable": _whole(max(0.0, amount.value)),
        "recoverable_low": _whole(amount.value - Z_95 * amount.error),
        "recoverable_high": _whole(amount.value + Z_95 * amount.error),
    }


def _whole(amount: float) -> Decimal:
    """An estimate in whole units: more digits would say more than is known."""
    return Decimal(round(amount))


def _bounded(cell: Cell) -> float | None:
    """The share of the others in the same mix."""
    return None if cell.share is None else min(1.0, max(0.0, cell.share + cell.gap))


def _records(
    facts: Facts,
    agreement: Agreement,
    scope: Scope,
    figure: str,
    row: Mapping[str, str],
    *,
    with_owner: bool,
) -> Records:
    scan = scan_of(facts, agreement, scope, with_owner=with_owner)
    kind, place = row.get("kind", ""), row.get("stage", "")
    keys: Sequence[str] = scan.places.by if scan else ()
    if scan is None or figure not in FIGURES or kind not in KINDS or not set(keys) <= set(row):
        raise UnknownFigure("friction", figure, FIGURES)
    values = tuple(row[key] for key in keys)
    return Records(scan.places.listed(kind, place, values, hit=figure == "hit"))
