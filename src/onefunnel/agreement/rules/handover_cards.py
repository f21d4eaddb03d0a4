"""Every hand-over card is full, and what it requires can be looked up."""

from __future__ import annotations

from collections.abc import Iterator

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.duties import Handover
from onefunnel.agreement.predicates import tree
from onefunnel.agreement.predicates.errors import PredicateError, nearest
from onefunnel.agreement.predicates.parse import parse
from onefunnel.agreement.predicates.predicate import Predicate
from onefunnel.agreement.rules.gap import Columns, Gap, Spot
from onefunnel.agreement.rules.stage_definition import predicate_gaps

_STAGE_ALONE = frozenset({"stage"})
_WORDS = {
    "from_team": ("it does not say who gives", "name the team that gives"),
    "to_team": ("it does not say who takes", "name the team that takes"),
    "at_stage": ("no stage at which it is due", "choose the stage at which it is due"),
    "fallback": ("it does not say what happens without an answer", "say what happens then"),
}


def gaps(agreement: Agreement, columns: Columns) -> Iterator[Gap]:
    stages = {stage.name for stage in agreement.stages}
    for card in agreement.handovers:
        for name, (what, fix) in _WORDS.items():
            if not getattr(card, name).strip():
                yield _gap(card, what, fix, name)
        if card.from_team and card.from_team == card.to_team:
            yield _gap(card, f"{card.from_team} hands over to itself", "name two teams", "to_team")
        if card.at_stage and card.at_stage not in stages:
            yield _gap(card, f"there is no stage {card.at_stage}", _like(card, stages), "at_stage")
        if card.answer_within_hours is None or card.answer_within_hours <= 0:
            fix = "say within how many business hours it is answered"
            yield _gap(card, "no deadline", fix, "answer_within_hours")
        if not card.required:
            yield _gap(card, "no required data", "choose the data that must be there", "required")
        for column in card.required:
            if column not in columns:
                close = nearest(column, columns)
                fix = f"did you mean {close[0]}?" if close else "name a column of the leads"
                yield _gap(card, f"requires {column}, which is no column", fix, "required")
        yield from predicate_gaps(
            "handover", f"hand-over {card.name}, accepted when", card.accepted_when, columns,
            Spot("handovers", card.name, "accepted_when"),
        )  # fmt: skip
        yield from _never_passed(agreement, card, columns)


def _never_passed(agreement: Agreement, card: Handover, columns: Columns) -> Iterator[Gap]:
    """A test that asks for another stage than the one in which the lead is offered."""
    stage = next((one for one in agreement.stages if one.name == card.at_stage), None)
    if stage is None:
        return
    try:
        there, test = parse(stage.when, columns), parse(card.accepted_when, columns)
    except PredicateError:
        return  # said already
    words = _words_of_the_stage(there)
    of_stage = [asked == _STAGE_ALONE for _, _, asked in test.conditions({})]
    if not words or not any(of_stage):
        return
    for word in words:
        held = test.conditions({"stage": word})
        if all(truth for (_, truth, _), counts in zip(held, of_stage, strict=True) if counts):
            return
    yield _gap(
        card,
        f"no lead can pass its test: at its offer a lead is in {stage.name}, and the test asks for "
        "another stage",
        "ask for what a lead must have by then, such as company IS NOT NULL",
        "accepted_when",
    )


def _words_of_the_stage(there: Predicate) -> list[str]:
    """The words of the source that a definition names for its stage; none where it does not."""
    found: list[str] = []
    for node in tree.walk(there.tree):
        match node:
            case tree.Comparison(
                operator="=", left=tree.Column("stage"), right=tree.Constant() as one
            ):
                found.append(str(one.value))
            case tree.Within(value=tree.Column("stage"), options=options):
                found += [str(one.value) for one in options]
    return found


def _gap(card: Handover, what: str, fix: str, field: str) -> Gap:
    spot = Spot("handovers", card.name, field)
    return Gap("handover", f"hand-over {card.name}", what, fix, spot)


def _like(card: Handover, stages: set[str]) -> str:
    close = nearest(card.at_stage, stages)
    return f"did you mean {close[0]}?" if close else "name a stage of this agreement"
