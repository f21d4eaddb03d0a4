"""In which order the stages of a proposed mapping stand: as leads went, else as names say."""

from __future__ import annotations

from collections.abc import Mapping as Map
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from onefunnel.agreement.proposal.found import went_before
from onefunnel.agreement.proposal.stage_order import Before, in_order
from onefunnel.connectors.mapping_parts import Make, Mapping, StageMap
from onefunnel.connectors.propose.naming import open_place
from onefunnel.facts.findings import Finding

if TYPE_CHECKING:
    import ibis.expr.types as ir

#: A pair of stages that fewer leads passed tells no order.
FEW = 3


def ordered_as_leads_went(mapping: Mapping, tables: Map[str, ir.Table]) -> Mapping:
    """The mapping with its open stages in the order that most leads went through; those that
    leads enter once they are won stand after it.

    Only a history proves an order: moves rebuilt from the row's own dates take the order that the
    mapping has, but for what their dates put after the sale. Pairs of stages that no lead passed
    keep the order their names usually have, and where names say nothing, the one they have.
    Unchanged where nothing is proved.
    """
    is_dated = mapping.connector == "proposed" and _is_by_dates(mapping)
    if not (is_dated or _proves(mapping)) or "moves" not in tables:
        return mapping
    moves = tables["moves"]
    if not _proves(mapping):  # moves without a time stand where the mapping puts them
        moves = moves.filter(moves["at"].notnull())
    before = went_before(moves)
    opened = [stage for stage in mapping.stages if stage.kind == "open"]
    won = [stage for stage in mapping.stages if stage.kind == "won"]
    others = [stage for stage in mapping.stages if stage.kind not in ("open", "won")]
    names = [stage.stage for stage in opened]
    ordered = in_order(names, before, _usual) if _proves(mapping) else names
    place = {name: i for i, name in enumerate(ordered)}
    opened.sort(key=lambda stage: place[stage.stage])
    after = [stage for stage in opened if _is_after_sale(before, stage.stage, won)]
    opened = [stage for stage in opened if stage not in after] or opened
    after = [stage for stage in after if stage not in opened]
    is_first_open = mapping.first_stage in place
    first = opened[0].stage if opened and is_first_open else mapping.first_stage
    return replace(mapping, stages=(*opened, *won, *after, *others), first_stage=first)


def guessed_order(mapping: Mapping, tables: Map[str, ir.Table]) -> list[Finding]:
    """A finding where two neighbours among the open stages stand so only by the file's order.

    Not asked of connectors, whose sources declare their order, nor where dates of each stage,
    a stage list, a history, or the names themselves decide.
    """
    if mapping.connector != "proposed" or "moves" not in tables or _has_list(mapping):
        return []
    if mapping.order == "checked":
        return []
    opened = _spelled_once([stage for stage in mapping.stages if stage.kind == "open"])
    unsure = _undecided(opened)
    if unsure and (_proves(mapping) or _is_by_dates(mapping)):
        before = went_before(tables["moves"], {name for pair in unsure for name in pair})
        unsure = [pair for pair in unsure if not _was_passed(before, pair)]
    if not unsure:
        return []
    listed = ", ".join(stage.stage for stage in opened)
    return [
        Finding(
            "guessed-order", "stages", "position", len(unsure),
            f"The order of these stages is a guess: {listed}. Neither the data nor the names say "
            "which comes first.", " or ".join(unsure[0]),
            "Put the stages in the order leads go through and save them; in a mapping file, change "
            "`stages:` and write `order: checked`.",
        )
    ]  # fmt: skip


def _spelled_once(stages: Sequence[StageMap]) -> list[StageMap]:
    """The stages without those that only spell an earlier one otherwise: `NEW` beside `New`."""
    return list({" ".join(s.stage.split()).casefold(): s for s in reversed(stages)}.values())[::-1]


def _is_after_sale(before: Before, stage: str, won: Sequence[StageMap]) -> bool:
    """Do leads enter it once they are won: delivered, in use, ordered again?"""
    since = sum(before.get((end.stage, stage), 0) for end in won)
    until = sum(before.get((stage, end.stage), 0) for end in won)
    return since >= 2 and since > 4 * until


def _usual(stage: str) -> float | None:
    place = open_place(stage)
    return None if place is None else float(place)


def _undecided(opened: Sequence[StageMap]) -> list[tuple[str, str]]:
    """Neighbours of which at least one name tells no place, or both tell the same."""
    return [
        (a.stage, b.stage)
        for a, b in pairwise(opened)
        if None in (_usual(a.stage), _usual(b.stage)) or _usual(a.stage) == _usual(b.stage)
    ]


def _was_passed(before: Before, pair: tuple[str, str]) -> bool:
    one, other = pair
    there, back = before.get((one, other), 0), before.get((other, one), 0)
    return there + back >= FEW and there != back


def _moves(mapping: Mapping) -> list[Make]:
    return [make for file in mapping.files for make in file.makes if make.table == "moves"]


def _proves(mapping: Mapping) -> bool:
    """Is there a history whose rows have their own times?"""
    return mapping.connector == "proposed" and any(
        not make.steps and make.column("at") is not None for make in _moves(mapping)
    )


def _is_by_dates(mapping: Mapping) -> bool:
    """Are there dates of several stages, each in a column of its own?"""
    return any(len(make.steps) > 2 for make in _moves(mapping))


def _has_list(mapping: Mapping) -> bool:
    """Does a file declare the order of its stages?"""
    return any(
        make.table == "stages" and make.column("position") is not None
        for file in mapping.files
        for make in file.makes
    )
