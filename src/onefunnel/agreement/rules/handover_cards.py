"""Every hand-over card is full, and what it requires can be looked up."""

from __future__ import annotations

from collections.abc import Iterator

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.duties import Handover
from onefunnel.agreement.predicates.errors import nearest
from onefunnel.agreement.rules.gap import Columns, Gap
from onefunnel.agreement.rules.stage_definition import predicate_gaps

_WORDS = {
    "from_team": "the team that gives",
    "to_team": "the team that takes",
    "at_stage": "the stage at which it is due",
    "fallback": "what happens when nobody answers",
}


def gaps(agreement: Agreement, columns: Columns) -> Iterator[Gap]:
    stages = {stage.name for stage in agreement.stages}
    for card in agreement.handovers:
        where = f"hand-over {card.name}"
        for name, meaning in _WORDS.items():
            if not getattr(card, name).strip():
                yield Gap("handover", where, f"{name} is missing", f"write {name}: {meaning}")
        if card.from_team and card.from_team == card.to_team:
            yield Gap("handover", where, f"{card.from_team} hands over to itself", "name two teams")
        if card.at_stage and card.at_stage not in stages:
            yield Gap("handover", where, f"there is no stage {card.at_stage}", _like(card, stages))
        if card.answer_within_hours is None or card.answer_within_hours <= 0:
            yield Gap(
                "handover", where, "no deadline", "write answer_within_hours: in business hours"
            )
        if not card.required:
            yield Gap("handover", where, "no required data", "write required: the columns to fill")
        for column in card.required:
            if column not in columns:
                close = nearest(column, columns)
                fix = f"did you mean {close[0]}?" if close else "name a column of the leads"
                yield Gap("handover", where, f"requires {column}, which is no column", fix)
        yield from predicate_gaps(
            "handover", f"{where}, accepted_when", card.accepted_when, columns
        )


def _like(card: Handover, stages: set[str]) -> str:
    close = nearest(card.at_stage, stages)
    return f"did you mean {close[0]}?" if close else "name a stage of this agreement"
