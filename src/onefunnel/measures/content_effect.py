"""Content effect: are leads that saw a piece of content early won more often than others like them?

Content "used in won deals" looks good by itself: deals that live long have more time to use it.
So all leads are looked at on one day of their life, the landmark (Anderson, Cain and Gelber 1983):
those still open 30 days after they came in, by what was used until then, followed equally long.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import ceil
from typing import TYPE_CHECKING, Any

import ibis
import numpy as np
from scipy.special import ndtr

from onefunnel.agreement.document import Agreement
from onefunnel.facts.store import Facts, MissingFacts
from onefunnel.measures.figures import Figures, UnknownFigure
from onefunnel.measures.friction import CHANNELS, SEGMENTS
from onefunnel.measures.result import Records
from onefunnel.measures.scope import Scope
from onefunnel.measures.steps.followed import DAY, NEVER, Cohort
from onefunnel.measures.steps.groups import group_columns
from onefunnel.measures.steps.run import rows
from onefunnel.measures.steps.shares import MIN_FOR_MEDIAN, MIN_LEADS, rate, too_few
from onefunnel.measures.steps.worked_out import once
from onefunnel.measures.words import percent
from onefunnel.statistics.competing_risks import aalen_johansen
from onefunnel.statistics.false_discovery import benjamini_hochberg
from onefunnel.statistics.mix import difference_in_mix

if TYPE_CHECKING:
    import ibis.expr.types as ir

COLUMNS = (
    "content", "n", "won", "won_share", "low", "high", "others", "others_won", "others_won_share",
    "gap_share", "gap_low", "gap_high", "p", "verdict", "note",
)  # fmt: skip
FIGURES = ("n", "won", "others", "others_won")
#: The day of a lead's life on which it is looked at.
LANDMARK_DAYS = 30
LEVEL = 0.05
MORE, LESS, NO_DIFFERENCE = "won more often", "won less often", "not told apart"


@dataclass(frozen=True)
class Landmark:
    """The leads open at the landmark that were followed for so many days after it."""

    cohort: Cohort
    days: int

    @property
    def leads(self) -> ir.Table:
        """lead_id, landmark_at, is_won (within those days), of_<column> for each column, and
        of_stage: how far it had come by the landmark, and how many weeks before."""
        table, won = self.cohort.table, self.cohort.path.won
        at = table["entered_at"] + ibis.interval(days=LANDMARK_DAYS)
        table = table.mutate(landmark_at=at)
        at, won_at = table["landmark_at"], table[f"reached_{won}"]
        reached = table["furthest"] >= won
        gone = table["outcome"].notin(["open", "won"]) & (table["outcome_at"] <= at)
        undated = (reached & won_at.isnull()) | (
            table["outcome"].notin(["open", "won"]) & table["outcome_at"].isnull()
        )
        is_open = ~(reached & (won_at <= at)).fill_null(False) & ~gone.fill_null(False) & ~undated
        followed = at <= self.cohort.as_of - timedelta(days=self.days)
        came: list[tuple[ir.BooleanValue, ir.Value]] = []
        for k in range(won - 1, 0, -1):
            since = at.delta(table[f"reached_{k}"], unit="second") // (7 * 86_400)
            weeks = ibis.literal(f"{k}/") + since.cast("int64").cast("string")
            came.append(((table[f"reached_{k}"] <= at).fill_null(False), weeks))
        stage = ibis.cases(*came, else_="0") if came else ibis.literal("0")
        in_time = reached & (won_at <= at + ibis.interval(days=self.days))
        return table.filter(is_open & followed).select(
            "lead_id", "entered_at", "landmark_at",
            *(f"of_{name}" for name in self.cohort.columns),
            of_stage=stage,
            is_won=in_time.fill_null(False),
        )  # fmt: skip

    @property
    def used(self) -> ir.Table:
        """content and lead_id, once each, of what was used from entering until the landmark."""
        every = _uses(self.cohort.facts).rename(_of="lead_id")
        leads = self.leads
        joined = every.inner_join(leads, every["_of"] == leads["lead_id"])
        is_early = (joined["at"] >= joined["entered_at"]) & (joined["at"] <= joined["landmark_at"])
        return joined.filter(is_early).select("content", "lead_id").distinct()

    def beside(self, content: str, *, is_used: bool) -> ir.Table:
        """The leads with the content, or those without."""
        used = self.used
        who = used.filter(used["content"] == content)
        leads = self.leads
        return leads.semi_join(who, "lead_id") if is_used else leads.anti_join(who, "lead_id")


def compute(facts: Facts, agreement: Agreement, scope: Scope) -> Figures:
    """One row per piece of content, the one most leads saw first.

    Looked at are leads that were still open 30 days after they came in, and that were followed for
    the days in which nine in ten of those who are won then are. n: leads it was used with in their
    first 30 days (from `uses`, and touches that name content); won: won in those days after the
    landmark; others, others_won: the leads it was not used with by then; shares with their 95 %
    intervals; gap_share: the difference among leads of the same segment and channel that had come
    equally far by then, in the same week (Mantel and Haenszel), with its interval; p: that chance
    alone makes it so, adjusted for how many pieces of content are compared (Benjamini and
    Hochberg). A lead that is open still was not won in time, and is not lost. It is a comparison,
    no experiment: who is shown content may be the better lead.
    """
    found = _landmark(facts, agreement, scope)
    if found is None:
        return Figures(columns=COLUMNS, rows=(), sentence=_NOT_YET, notes=(_HOW,))
    result = once(facts, ("content", agreement.digest, scope), lambda: _compared(found))
    return Figures(
        columns=COLUMNS,
        rows=result,
        sentence=_sentence(result),
        notes=(
            _HOW,
            f"Leads are followed for {found.days} days after that, as long as nine in ten of those "
            "who are won take. Compared where they had come equally far in the same week, with the "
            f"same {' and '.join(found.cohort.columns) or 'source'}.",
        ),
    )


def records(
    facts: Facts, agreement: Agreement, scope: Scope, figure: str, row: Mapping[str, str]
) -> Records:
    """The leads behind one count."""
    found = _landmark(facts, agreement, scope)
    if figure not in FIGURES or "content" not in row or found is None:
        raise UnknownFigure("content_effect", figure, FIGURES)
    leads = found.beside(row["content"], is_used=not figure.startswith("others"))
    if figure.endswith("won"):
        leads = leads.filter(leads["is_won"])
    return Records(leads.select("lead_id", "entered_at"))


def _landmark(facts: Facts, agreement: Agreement, scope: Scope) -> Landmark | None:
    """None where too few were won after the landmark to know how long that takes."""
    _uses(facts)
    known = group_columns(facts) if "leads" in facts else []
    segment = next((name for name in SEGMENTS if name in known), None)
    channel = [name for name in CHANNELS if name in known and name != segment][:1]
    if scope.as_of is None:
        return None
    cohort = Cohort(facts, agreement, scope, (*([segment] if segment else []), *channel))
    key = ("landmark", agreement.digest, scope)
    days = once(facts, key, lambda: _days(cohort))
    return None if days is None else Landmark(cohort, days)


def _days(cohort: Cohort) -> int | None:
    """In how many days after the landmark nine in ten of those who are won then are."""
    leads, won = cohort.arrays, cohort.path.won
    start = np.where(leads.reached[0] == NEVER, NEVER, leads.reached[0] + LANDMARK_DAYS * DAY)
    is_won = leads.furthest >= won
    cause = np.where(is_won, 1, np.where(leads.gone, 2, 0))
    end = np.where(is_won, leads.reached[won], np.where(leads.gone, leads.ended, leads.as_of))
    counted = (start != NEVER) & (end != NEVER) & (end > start)
    if (cause[counted] == 1).sum() < MIN_FOR_MEDIAN:
        return None
    took = (end[counted] - start[counted]) // DAY
    days = aalen_johansen(took, cause[counted]).quantile(0.9)
    return None if days is None else max(1, ceil(days))


def _uses(facts: Facts) -> ir.Table:
    """Each dated use of a piece of content with a lead: content, lead_id, at."""
    parts = []
    if "uses" in facts:
        uses = facts["uses"]
        lead = uses["lead_id"] if "lead_id" in uses.columns else ibis.null("string")
        uses = uses.mutate(lead_id=lead)
        if "deal_id" in uses.columns and "deals" in facts and "lead_id" in facts["deals"].columns:
            deals = facts["deals"].select(_deal="deal_id", _lead="lead_id")
            uses = uses.left_join(deals, uses["deal_id"] == deals["_deal"])
            uses = uses.mutate(lead_id=uses["lead_id"].coalesce(uses["_lead"]))
        parts.append(uses)
    if "touches" in facts and "content_id" in facts["touches"].columns:
        parts.append(facts["touches"])
    dated = [
        one.filter(one["content_id"].notnull() & one["lead_id"].notnull()).select(
            "lead_id", content=one["content_id"].strip(), at=one["at"].cast("timestamp")
        )
        for one in parts
        if {"lead_id", "at"} <= set(one.columns)
    ]
    if not dated:
        raise MissingFacts("uses")
    return ibis.union(*dated) if len(dated) > 1 else dated[0]


def _compared(found: Landmark) -> tuple[dict[str, Any], ...]:
    keys = ("of_stage", *(f"of_{name}" for name in found.cohort.columns))
    leads = found.leads
    whole = {
        tuple(row[name] for name in keys): (row["n"], row["won"])
        for row in rows(leads.group_by(*keys).agg(n=leads.count(), won=leads["is_won"].sum()))
    }
    seen = found.used.inner_join(leads, "lead_id")
    used: dict[str, dict[tuple[str, ...], tuple[int, int]]] = {}
    for row in rows(seen.group_by("content", *keys).agg(n=seen.count(), won=seen["is_won"].sum())):
        stratum = tuple(row[name] for name in keys)
        used.setdefault(row["content"], {})[stratum] = (row["n"], row["won"])
    made = [_row(content, held, whole) for content, held in used.items()]
    tested = [row for row in made if row["p"] is not None]
    adjusted = benjamini_hochberg([row["p"] for row in tested])
    for row, p in zip(tested, adjusted, strict=True):
        row["p"] = float(p)
        is_told = row["p"] <= LEVEL
        row["verdict"] = (MORE if row["gap_share"] > 0 else LESS) if is_told else NO_DIFFERENCE
    return tuple(sorted(made, key=lambda row: (-row["n"], row["content"])))


def _row(
    content: str,
    held: Mapping[tuple[str, ...], tuple[int, int]],
    whole: Mapping[tuple[str, ...], tuple[int, int]],
) -> dict[str, Any]:
    strata = list(whole)
    every = np.array([whole[one] for one in strata], float)
    own = np.array([held.get(one, (0, 0)) for one in strata], float)
    rest = every - own
    n, won = (int(one) for one in own.sum(0))
    others, others_won = (int(one) for one in rest.sum(0))
    share, theirs = rate(won, n), rate(others_won, others)
    gap = difference_in_mix(own[:, 1], own[:, 0], rest[:, 1], rest[:, 0])
    is_told = gap is not None and min(gap.compared, others) >= MIN_LEADS and gap.error > 0
    row: dict[str, Any] = {"content": content, "n": n, "won": won, "won_share": share.share}
    row |= {"low": share.interval.low if share.share is not None else None}
    row |= {"high": share.interval.high if share.share is not None else None}
    beside = theirs.share if share.share is not None else None
    row |= {"others": others, "others_won": others_won, "others_won_share": beside}
    row |= dict.fromkeys(("gap_share", "gap_low", "gap_high", "p"))
    row |= {"verdict": "", "note": share.note}
    if gap is not None and is_told:
        row["gap_share"], (row["gap_low"], row["gap_high"]) = gap.value, gap.interval()
        row["p"] = float(2 * ndtr(-abs(gap.value) / gap.error))
    elif not share.note:
        row["note"] = f"gap share: {too_few(min(n, others))}"
    return row


_NOT_YET = "Too few leads were won after their first thirty days to compare content."
_HOW = (
    "Leads that were still open thirty days after they came in, by what was used with them until "
    "then. What was used later is not counted: who lives longer sees more. It is no experiment: "
    "who is shown something may have been the better lead."
)


def _sentence(result: Sequence[Mapping[str, Any]]) -> str:
    if not result:
        return "No content was used with leads in their first thirty days."
    flagged = [row for row in result if row["verdict"] in (MORE, LESS)]
    if not flagged:
        most = result[0]
        if most["won_share"] is None or most["others_won_share"] is None:
            return "Too few leads saw any content early to tell whether it helps."
        shares = percent(most["won_share"], 1), percent(most["others_won_share"], 1)
        return (
            "Content seen early makes no difference that can be told: with "
            f"{most['content']} {shares[0]} of {most['n']:,} leads are won, without it "
            f"{shares[1]}, but where they had come equally far they do not part."
        )
    best = max(flagged, key=lambda row: abs(row["gap_share"]))
    return (
        f"Leads with {best['content']} in their first thirty days are {best['verdict']} than "
        f"others like them: {percent(best['won_share'], 1)} of {best['n']:,}, without it "
        f"{percent(best['others_won_share'], 1)}."
    )
