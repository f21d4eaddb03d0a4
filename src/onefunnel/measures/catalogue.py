"""The one list of measures: pages, API, command line, notebook and reports all read it."""

from __future__ import annotations

from collections.abc import Mapping

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.propose import propose
from onefunnel.facts.store import Facts
from onefunnel.measures import (
    attribution,
    awareness,
    channels,
    collisions,
    drift,
    friction,
    handovers,
    misalignment,
    promises,
    quality_volume,
    returns,
    sales_velocity,
    stages,
    value,
    velocity,
    woken,
)
from onefunnel.measures.honoured import (
    BY,
    PARTS,
    PERIOD,
    READING,
    WHERE,
    not_honoured,
)
from onefunnel.measures.ideal_lead import measure as ideal_lead
from onefunnel.measures.measure import Measure
from onefunnel.measures.of_customers import CUSTOMERS
from onefunnel.measures.result import AgreementRef, Records, Result
from onefunnel.measures.scope import Scope
from onefunnel.measures.steps.cohort import as_of_data
from onefunnel.measures.steps.credited import SPLITS

#: Every measure by name, in the order people meet them.
MEASURES: dict[str, Measure] = {
    measure.name: measure
    for measure in (
        Measure(
            name="stages",
            question="Where do leads go on, and where are they lost?",
            unit="leads, shares and days",
            grain="one row per stage of the success path, and per group where one is chosen",
            formula=(
                "step share = Aalen-Johansen share of the leads at the stage before that go on; "
                "open leads are censored, leaving competes"
            ),
            term="step conversion",
            needs=("moves",),
            honours=PARTS,
            compute=stages.compute,
            records=stages.records,
        ),
        Measure(
            name="velocity",
            question="How long do leads stay in each stage, and which stay too long?",
            unit="stays and days",
            grain="one row per stage, and per group where one is chosen",
            formula="Kaplan-Meier over the stays in a stage, open ones censored",
            term="time in stage",
            needs=("moves",),
            honours=frozenset({BY, WHERE, PERIOD}),
            compute=velocity.compute,
            records=velocity.records,
        ),
        Measure(
            name="sales_velocity",
            question="What is the sales velocity, and what changed it?",
            unit="currency per day",
            grain="one row for the period and one for the equal period before it",
            formula=(
                "deals x share won x average deal / days of the cycle; its change split by LMDI"
            ),
            term="sales velocity",
            needs=("deals",),
            honours=frozenset({WHERE, PERIOD}),
            compute=sales_velocity.compute,
            records=sales_velocity.records,
        ),
        Measure(
            name="channels",
            question="Which channels bring leads that go on, how fast, and at what cost?",
            unit="leads, shares, days and currency",
            grain="one row per channel",
            formula="won share = Aalen-Johansen share of the leads won; cost = spend / leads",
            term="channel",
            needs=("moves", "leads"),
            honours=PARTS - {READING},
            compute=channels.compute,
            records=channels.records,
        ),
        Measure(
            name="quality_volume",
            question="Do more leads mean more wins to come?",
            unit="leads, wins and shares",
            grain="one row per whole month",
            formula=(
                "sum over the leads of the chance to be won of their source and segment, shrunken, "
                "learnt from leads that came before the months shown; trend by Kendall"
            ),
            term="quality-weighted volume",
            needs=("moves", "leads"),
            honours=frozenset({WHERE}),
            compute=quality_volume.compute,
            records=quality_volume.records,
        ),
        Measure(
            name="cost_per_stage",
            question="What does it cost to bring a lead to each stage, by channel?",
            unit="currency per lead",
            grain="one row per channel and stage",
            formula="spend of the channel / leads that reached the stage at least",
            term="cost per stage",
            needs=("moves", "leads", "spend"),
            honours=PARTS - {READING},
            compute=channels.compute_per_stage,
            records=channels.records,
        ),
        Measure(
            name="attribution",
            question="Which touches are credited with what was won, and does the rule matter?",
            unit="opportunities won",
            grain="one row per channel, campaign or tactic, and one for what has no touch",
            formula=(
                "each win shared out among the touches of its account before it, by nine rules; "
                "Markov by removal effect, Shapley equally among the channels; all sum to what was "
                "won"
            ),
            term="attribution model",
            needs=("touches",),
            honours=frozenset({WHERE, PERIOD}),
            compute=attribution.compute,
            records=attribution.records,
            splits=frozenset(SPLITS),
        ),
        Measure(
            name="returns",
            question="What comes back for what was spent?",
            unit="currency, shares and months",
            grain="one row per channel, campaign or tactic and currency",
            formula="(credited margin - spend) / spend, under the signed credit policy",
            term="return on spend",
            needs=("touches",),
            honours=frozenset({WHERE, PERIOD}),
            compute=returns.compute,
            records=returns.records,
            splits=frozenset(SPLITS),
        ),
        Measure(
            name="friction",
            question="Where does the funnel lose most, and what would it bring back?",
            unit="leads, shares, days and currency",
            grain="one row per kind of friction, stage or hand-over, segment and currency",
            formula=(
                "share of the others in the same mix less the own (Mantel-Haenszel), all followed "
                "equally long, false findings at 5 % over all cells (Benjamini-Hochberg); "
                "recoverable = shrunken gap x leads x chance to be won x margin of a win"
            ),
            term="friction",
            needs=("moves", "leads"),
            honours=frozenset({BY, WHERE, PERIOD}),
            compute=friction.compute,
            records=friction.records,
        ),
        Measure(
            name="friction_by_owner",
            question="Where do leads fare worse with one owner than with others?",
            unit="leads, shares, days and currency",
            grain="one row per kind of friction, stage or hand-over, segment, owner and currency",
            formula="as friction, within the same segment and channel",
            term="friction",
            needs=("moves", "leads"),
            honours=frozenset({BY, WHERE, PERIOD}),
            compute=friction.compute_by_owner,
            records=friction.records_by_owner,
        ),
        Measure(
            name="misalignment",
            question="What does it cost that marketing and sales do not work as one?",
            unit="leads, wins and currency",
            grain="one row per ledger, cause and currency, and one for each ledger together",
            formula=(
                "lost: for the leads concerned, chance to be won without the causes less with them "
                "(logistic by segment and channel), x margin of a win, shared by Shapley; wasted: "
                "what the leads of each cause cost, each under one cause"
            ),
            term="misalignment cost",
            needs=("moves", "leads", "handovers"),
            honours=frozenset({WHERE, PERIOD}),
            compute=misalignment.compute,
            records=misalignment.records,
        ),
        Measure(
            name="value",
            question="What are won, lost and open deals worth?",
            unit="deals, currency and days",
            grain="one row per currency, and per group where one is chosen",
            formula="sums of amounts; win rate = won / (won + lost)",
            term="win rate",
            needs=("deals",),
            honours=frozenset({BY, WHERE, PERIOD}),
            compute=value.compute,
            records=value.records,
        ),
        Measure(
            name="awareness",
            question="How well known are we, before anyone becomes a lead?",
            unit="readings",
            grain="one row per kind of reading and month",
            formula="sum of counts, mean of shares; change against the period before",
            term="awareness",
            needs=("awareness",),
            honours=frozenset({BY, WHERE, PERIOD}),
            compute=awareness.compute,
            records=awareness.records,
        ),
        *CUSTOMERS,
        Measure(
            name="promises",
            question="Do both sides keep what they promised?",
            unit="cases, shares and business hours",
            grain="one row per promise, at least one per side, and per group where one is chosen",
            formula=(
                "kept / (kept + broken), 95 % interval; cases not due yet in neither, those past "
                "their time broken; hours by Kaplan-Meier, open cases censored"
            ),
            term="promise",
            needs=("moves",),
            honours=frozenset({BY, WHERE, PERIOD}),
            compute=promises.compute,
            records=promises.records,
        ),
        Measure(
            name="handovers",
            question="How are handovers answered?",
            unit="handovers and shares",
            grain="one row per week of the offer (or the group chosen) and pair of teams",
            formula="accepted in time / (accepted in time or late, sent back, not answered)",
            term="handover",
            needs=("moves", "handovers"),
            honours=frozenset({BY, WHERE, PERIOD}),
            compute=handovers.compute,
            records=handovers.records,
        ),
        Measure(
            name="sent_back",
            question="Why are leads sent back?",
            unit="handovers and shares",
            grain="one row per pair of teams, reason and clause",
            formula="sent back for the reason / all sent back between the two teams",
            term="handover",
            needs=("moves", "handovers"),
            honours=frozenset({BY, WHERE, PERIOD}),
            compute=handovers.compute_reasons,
            records=handovers.reason_records,
        ),
        Measure(
            name="ideal_lead",
            question="Who is the ideal lead?",
            unit="leads and shares",
            grain="one row per line of the card",
            formula=(
                "penalised logistic regression of won in time on plain traits known in time, "
                "rounded to points; learnt from earlier leads, judged by later ones"
            ),
            term="ideal lead",
            needs=("moves", "leads"),
            honours=frozenset({WHERE, PERIOD}),
            compute=ideal_lead.compute,
            records=ideal_lead.records,
        ),
        Measure(
            name="drift",
            question="What do the data say against the agreement?",
            unit="leads and shares",
            grain="one row per difference between the data and the agreement",
            formula=(
                "moves, teams and handovers of the last 90 days against the definitions, remits "
                "and hand-over cards; a share is told where its 95 % interval lies above 5 %"
            ),
            term="drift",
            needs=("moves",),
            honours=frozenset(),
            compute=drift.compute,
            records=drift.records,
        ),
        Measure(
            name="woken",
            question="Do leads that were put aside come back?",
            unit="leads and shares",
            grain="one row per step: put aside, woken, back in each stage, accepted",
            formula="leads that took the step after they woke / leads that woke",
            term="woken lead",
            needs=("moves",),
            honours=frozenset({WHERE, PERIOD}),
            compute=woken.compute,
            records=woken.records,
        ),
        Measure(
            name="collisions",
            question="Did marketing write to leads blind to sales?",
            unit="marketing mails and shares",
            grain="one row per kind of collision",
            formula=(
                "mails sent while a handover of the lead was open, or within the quiet time after "
                "a sales contact / marketing mails sent"
            ),
            term="collision",
            needs=("moves", "touches"),
            honours=frozenset({WHERE, PERIOD}),
            compute=collisions.compute,
            records=collisions.records,
        ),
    )
}


class UnknownMeasure(LookupError):
    """There is no measure of that name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"there is no measure {name!r}; there are {', '.join(MEASURES)}")


def compute_measure(
    name: str, facts: Facts, agreement: Agreement | None = None, scope: Scope | None = None
) -> Result:
    """Compute one measure.

    Without an agreement one is proposed from the data, and the result says "not agreed". Without
    `as_of` the moment of looking is the data's own time. A part of the scope that the measure does
    not honour changes no figure, and a note says so.

    Raises:
        UnknownMeasure; MissingFacts where a table it needs is not there; PredicateError for a bad
        `where`; UnknownGroup and TooManyGroups for a `by` that cannot be used; ImpossiblePeriod.
    """
    measure = _measure(name)
    _check_needs(measure, facts)
    (scope or Scope()).check()
    used = agreement if agreement is not None else propose(facts)
    asked = as_of_data(facts, scope or Scope())
    figures = measure.compute(facts, used, asked)
    honours = measure.honours | ({BY} if asked.by in measure.splits else set())
    notes: tuple[str, ...] = (*figures.notes, *not_honoured(name, honours, asked))
    if agreement is None:
        told = (*used.charter.notes, *facts.notes)
        notes += tuple(dict.fromkeys(note for note in told if note.startswith("No stage")))
    if not used.is_agreed:
        notes = (*notes, _NOT_AGREED if agreement is None else _NOT_SIGNED)
    return Result(
        measure=name,
        question=measure.question,
        as_of=asked.as_of,
        agreement=AgreementRef(used.version, used.digest, used.is_agreed),
        scope=asked,
        columns=figures.columns,
        rows=figures.rows,
        sentence=figures.sentence,
        totals=figures.totals,
        findings=(*facts.findings, *figures.findings),
        notes=notes,
    )


def records_of(
    name: str,
    facts: Facts,
    agreement: Agreement | None,
    scope: Scope | None,
    figure: str,
    row: Mapping[str, str],
) -> Records:
    """The list behind one figure: as many rows as the figure counts, or summing to it.

    `row` names the row by its keys, for example {"stage": "Won", "source": "Web"}; an empty row
    means the totals. Raises UnknownFigure where a figure has no list (a share, a median).
    """
    measure = _measure(name)
    _check_needs(measure, facts)
    used = agreement if agreement is not None else propose(facts)
    return measure.records(facts, used, as_of_data(facts, scope or Scope()), figure, row)


_NOT_AGREED = (
    "Not agreed: the stages are proposed from the data. Marketing and sales can agree them."
)
_NOT_SIGNED = "Not agreed: this agreement has not been signed by both teams."


def _measure(name: str) -> Measure:
    try:
        return MEASURES[name]
    except KeyError:
        raise UnknownMeasure(name) from None


def _check_needs(measure: Measure, facts: Facts) -> None:
    for table in measure.needs:
        facts[table]  # raises MissingFacts, which says what to import
