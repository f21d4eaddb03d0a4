"""What the card says, and what it cannot tell, in plain sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from onefunnel.facts.findings import Finding
from onefunnel.measures.ideal_lead.learning import IdealLead
from onefunnel.measures.ideal_lead.sample import TooFewWins
from onefunnel.measures.words import percent

_BARELY = 0.55
#: Won shares that differ by less than this, surely, are called equal.
_ALIKE = 0.01


def sentence_of(found: IdealLead, totals: Mapping[str, Any]) -> str:
    """Who wins, on leads that came later than those it was learnt from."""
    if found.card is None:
        return (
            f"Of {totals['leads']:,} leads that had their time, {totals['leads_won']:,} were won, "
            "and nothing that is known of them in time tells which."
        )
    points = "enough points of this card"
    judged = found.judged
    if judged is None or judged.learned.share is None:
        return (
            f"{totals['ideal']:,} of {totals['leads']:,} leads have {points}, and "
            f"{totals['ideal_won']:,} of them were won; how it fares on later leads is too early "
            "to tell."
        )
    said = (
        f"Of {totals['later']:,} later leads those with {points} were won in "
        f"{percent(judged.learned.share)} of cases"
    )
    if judged.in_force.share is None:
        return f"{said}."
    return f"{said}, those that got into {found.sample.rule_stage} in " + (
        f"{percent(judged.in_force.share)}: {_better(found)}."
    )


def too_few_said(few: TooFewWins) -> str:
    """What is said where nothing can be learnt: in words, for no list is behind the number."""
    return (
        f"Too few to tell: hardly any {few.what}. Bring in more history, or look again later; then "
        "what won leads have in common is learnt here."
    )


def _better(found: IdealLead) -> str:
    assert found.judged is not None
    gain = found.judged.gain_interval
    if max(abs(gain.low), abs(gain.high)) < _ALIKE:
        return "the two choose about equally well"
    if gain.low > 0:
        return "the card chooses better"
    if gain.high < 0:
        return "what is agreed chooses better"
    return "which of the two chooses better is too close to tell"


def notes_of(found: IdealLead) -> tuple[str, ...]:
    """How far it may be believed, and what stays unknown."""
    judged, notes = found.judged, []
    sample = found.sample
    notes.append(
        f"A lead counts from when it came into {sample.stage} and as won if it was within "
        f"{sample.days} days; leads that have not had them are not counted yet."
    )
    if judged is not None and judged.auc is not None:
        said = (
            f"A won lead has more points than one that was not in {percent(judged.auc)} of pairs "
            "(half would be chance), on later leads of other companies"
        )
        if found.random_auc is not None:
            said += f"; drawn at random instead it would look like {percent(found.random_auc)}"
        notes.append(f"{said}.")
        if judged.auc < _BARELY:
            notes.append("That is hardly better than chance: do not sort leads by it.")
    if found.drift is not None and found.drift > 0.25:
        notes.append(
            "Later leads have other points than those it was learnt from: learn it anew, and ask "
            "what has changed."
        )
    low = [one for one in found.fairness if one.is_low]
    if low:
        named = ", ".join(f"{one.column} {one.group}" for one in low[:4])
        notes.append(
            f"Far fewer leads of some groups have the points ({named}): is that what you want?"
        )
    return (*notes, *found.notes)


def findings_of(found: IdealLead) -> tuple[Finding, ...]:
    """Each column that was not learnt from, and why."""
    return tuple(
        Finding(
            "leak",
            "leads",
            name,
            int(found.sample.columns[name].known.sum()),
            f"{name} was not learnt from: {why}.",
            "",
            "If it is known when a lead comes in, name it so (`allowed`) and learn again.",
            "note",
        )
        for name, why in found.refused.items()
    )
