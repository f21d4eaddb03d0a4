"""Who is the ideal lead? The card that was learnt, as figures that open their lists."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.predicates.parse import parse
from onefunnel.agreement.predicates.predicate import Predicate
from onefunnel.agreement.predicates.table_columns import columns_of
from onefunnel.facts.store import Facts
from onefunnel.measures.figures import Figures, UnknownFigure
from onefunnel.measures.ideal_lead.learning import IdealLead, Line, learn
from onefunnel.measures.ideal_lead.sample import Told, TooFewWins, sample_of, told_leads
from onefunnel.measures.ideal_lead.words import findings_of, notes_of, sentence_of, too_few_said
from onefunnel.measures.result import Records
from onefunnel.measures.scope import Scope
from onefunnel.measures.steps.groups import attributes
from onefunnel.measures.steps.worked_out import once

if TYPE_CHECKING:
    import ibis.expr.types as ir

COLUMNS = (
    "trait", "points", "n", "won", "won_share", "low", "high", "others", "others_won",
    "others_won_share",
)  # fmt: skip
#: What has a list; each of them also with `_won`, the won ones of it.
OF_ROWS = ("n", "others")
OF_ALL = ("leads", "ideal", "later", "later_ideal", "later_let_in")


def compute(facts: Facts, agreement: Agreement, scope: Scope) -> Figures:
    """One row per line of the card, most points first.

    trait: what is so of the lead, in words; points: what it counts, with its sign; n: leads that
    have it, won: of them within `days` after they came in, won_share with its 95 % interval;
    others, others_won, others_won_share: of the leads that do not have it. Totals: `rule`, the
    card as a definition, with its `least` points; `leads`, all that were learnt from or judged;
    `ideal`, those with the points; `later`, the leads that judge: later ones of other accounts,
    `later_ideal` and `later_let_in` those of them with the points and those that the agreement in
    force let through; winner_ahead_share: how often a won lead has more points than one that was
    not (AUC) among the later ones, random_ahead_share among leads drawn at random.

    Nothing learnt is a result: no rows, and a sentence that says why.
    """
    try:
        told, found = _learnt(facts, agreement, scope)
    except TooFewWins as few:
        return Figures(COLUMNS, (), too_few_said(few))
    totals = _totals(found, told)
    lines = [(line, _said(facts, line)) for line in found.lines]
    lines.sort(key=lambda one: -one[0].points)
    return Figures(
        columns=COLUMNS,
        rows=tuple(_row(line, said) for line, said in lines),
        sentence=sentence_of(found, totals),
        totals=totals,
        findings=findings_of(found),
        notes=notes_of(found),
    )


def records(
    facts: Facts, agreement: Agreement, scope: Scope, figure: str, row: Mapping[str, str]
) -> Records:
    """The leads behind a count: with or without a trait, with the points, let through, won."""
    known = (*OF_ROWS, *OF_ALL, *(f"{name}_won" for name in (*OF_ROWS, *OF_ALL)), "won")
    try:
        told, found = _learnt(facts, agreement, scope)
    except TooFewWins:
        raise UnknownFigure("ideal_lead", figure, known) from None
    wanted = {"won": "n_won"}.get(figure, figure) if row else figure
    name = wanted.removesuffix("_won")
    leads = told.leads
    if name in OF_ROWS and row:
        line = next((one for one in found.lines if _said(facts, one) == row.get("trait")), None)
        if line is None:
            raise UnknownFigure("ideal_lead", figure, known)
        leads = _meeting(facts, leads, _rule(facts, line.trait.condition), name == "n")
    elif name in OF_ALL and not row:
        leads = _of_all(facts, told, found, name)
    else:
        raise UnknownFigure("ideal_lead", figure, known)
    if wanted.endswith("_won"):
        leads = leads.filter(leads["is_won"])
    return Records(leads.select("lead_id", "at"))


def _learnt(facts: Facts, agreement: Agreement, scope: Scope) -> tuple[Told, IdealLead]:
    def made() -> tuple[Told, IdealLead]:
        told = told_leads(facts, agreement, scope)
        return told, learn(sample_of(facts, told))

    return once(facts, ("ideal_lead", agreement.digest, scope), made)


def _of_all(facts: Facts, told: Told, found: IdealLead, name: str) -> ir.Table:
    leads = told.leads
    if name.startswith("later"):
        early = leads.filter(leads["at"] <= found.split.learnt_to).select("account")
        leads = leads.filter(leads["at"] >= found.split.later_from).anti_join(early, "account")
    if name.endswith("ideal"):
        return _meeting(facts, leads, _rule(facts, found.rule), True)
    return leads.filter(leads["passed"]) if name.endswith("let_in") else leads


def _meeting(facts: Facts, leads: ir.Table, rule: Predicate, wanted: bool) -> ir.Table:
    described = attributes(facts, rule.columns)
    meeting = described.filter(rule.filter(described)).select("lead_id")
    if wanted:
        return leads.semi_join(meeting, "lead_id")
    return leads.anti_join(meeting, "lead_id")


def _rule(facts: Facts, text: str) -> Predicate:
    return parse(text, columns_of(*(facts[n] for n in ("leads", "accounts") if n in facts)))


def _said(facts: Facts, line: Line) -> str:
    return _rule(facts, line.trait.condition).sentence()


def _row(line: Line, said: str) -> dict[str, object]:
    of, others = line.of, line.others
    return {
        "trait": said,
        "points": f"{line.points:+d}",
        "n": of.through,
        "won": of.won,
        "won_share": of.share,
        "low": of.interval.low,
        "high": of.interval.high,
        "others": others.through,
        "others_won": others.won,
        "others_won_share": others.share,
    }


def _totals(found: IdealLead, told: Told) -> dict[str, Any]:
    sample, judged = found.sample, found.judged
    totals: dict[str, Any] = {
        "leads": len(sample),
        "leads_won": int(sample.won.sum()),
        "days": sample.days,
        "stage": sample.stage,
        "let_in_by": sample.rule_stage,
    }
    if found.card is None:
        return totals
    through = found.card.sums(sample) >= found.least
    totals |= {
        "rule": found.rule,
        "least": str(found.least),
        "ideal": int(through.sum()),
        "ideal_won": int((through & sample.won).sum()),
    }
    if judged is not None:
        totals |= {
            "later": judged.n,
            "later_won": judged.wins,
            "later_ideal": judged.learned.through,
            "later_ideal_won": judged.learned.won,
            "later_ideal_won_share": judged.learned.share,
            "later_let_in": judged.in_force.through,
            "later_let_in_won": judged.in_force.won,
            "later_let_in_won_share": judged.in_force.share,
            "winner_ahead_share": judged.auc,
            "random_ahead_share": found.random_auc,
            "gain_low_share": judged.gain_interval.low,
            "gain_high_share": judged.gain_interval.high,
        }
    return totals
