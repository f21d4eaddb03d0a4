"""Where do two drafts of the agreement differ?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from onefunnel.agreement.compare.definitions import Columns
from onefunnel.agreement.compare.discrepancy import Discrepancy
from onefunnel.agreement.compare.duties import handover_differences, promise_differences
from onefunnel.agreement.compare.frame import frame_differences
from onefunnel.agreement.compare.matching import Match, match_stages
from onefunnel.agreement.compare.stage_names import StageNames
from onefunnel.agreement.compare.stage_parts import order_differences, stage_differences
from onefunnel.agreement.compare.vocabulary import group_differences, term_differences
from onefunnel.agreement.document import Agreement
from onefunnel.agreement.standard_columns import LEAD_COLUMNS, PREDICATE_COLUMNS


def compare(
    ours: Agreement,
    theirs: Agreement,
    *,
    columns: Columns = PREDICATE_COLUMNS,
    lead_columns: Columns = LEAD_COLUMNS,
    matches: Sequence[Match] | None = None,
) -> tuple[Discrepancy, ...]:
    """Every discrepancy between two drafts, numbered from 1 in the order of the funnel.

    Stages are taken for one as `matches` says (`match_stages` by default). Definitions are compared
    by what they say, texts without regard to line breaks, names and teams without regard to
    capitals and punctuation, lists of names in any order. `columns` are what stages and hand-overs
    are defined over, `lead_columns` what segments and personas are; a definition that cannot be
    read against them is compared as text. Version, status and the authors' notes are not compared.
    Two drafts that differ in nothing else give an empty tuple; the other way round, the same
    discrepancies come with the sides swapped.
    """
    if matches is None:
        matches = match_stages(ours, theirs, columns=columns)
    found = sorted(_all(ours, theirs, columns, lead_columns, matches), key=lambda pair: pair[0])
    return tuple(replace(each, number=i) for i, (_, each) in enumerate(found, start=1))


def _all(
    ours: Agreement,
    theirs: Agreement,
    columns: Columns,
    lead_columns: Columns,
    matches: Sequence[Match],
) -> Iterator[tuple[tuple[int, float, str], Discrepancy]]:
    names = StageNames(matches)
    sections: tuple[Iterator[tuple[float, Discrepancy]], ...] = (
        _stages(ours, theirs, columns, names),
        _orders(ours, theirs, names),
        handover_differences(ours.handovers, theirs.handovers, names, columns),
        promise_differences(ours.promises, theirs.promises, names),
        group_differences(ours.segments, theirs.segments, "segment", "other segment", lead_columns),
        group_differences(ours.personas, theirs.personas, "persona", "other persona", lead_columns),
        term_differences(ours, theirs, names),
        ((float(place), each) for place, each in enumerate(frame_differences(ours, theirs))),
    )
    for number, section in enumerate(sections):
        for place, each in section:
            name = min(filter(None, (each.our_name, each.their_name)), default="")
            yield (number, place, name), each


def _stages(
    ours: Agreement, theirs: Agreement, columns: Columns, names: StageNames
) -> Iterator[tuple[float, Discrepancy]]:
    our_places, their_places = _places(ours), _places(theirs)
    partners = set(names.their_name.values())
    by_name = {stage.name: stage for stage in theirs.stages}
    for stage in ours.stages:
        partner = names.their_name.get(stage.name)
        place = our_places[stage.name]
        if partner is not None:
            place = (place + their_places[partner]) / 2
        other = None if partner is None else by_name[partner]
        yield from ((place, each) for each in stage_differences(stage, other, columns))
    for stage in theirs.stages:
        if stage.name not in partners:
            place = their_places[stage.name]
            yield from ((place, each) for each in stage_differences(None, stage, columns))


def _orders(
    ours: Agreement, theirs: Agreement, names: StageNames
) -> Iterator[tuple[float, Discrepancy]]:
    our_order = {stage.name: i for i, stage in enumerate(ours.success_path)}
    their_order = {stage.name: i for i, stage in enumerate(theirs.success_path)}
    for place, each in order_differences(our_order, their_order, names.their_name):
        yield float(place), each


def _places(agreement: Agreement) -> dict[str, float]:
    """Where each stage stands, 0 (first) to 1 (last); detours after the success path."""
    in_order = (*agreement.success_path, *agreement.detours)
    return {stage.name: i / max(1, len(in_order) - 1) for i, stage in enumerate(in_order)}
