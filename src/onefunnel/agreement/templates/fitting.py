"""A template laid over the stages a company really has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.proposal.stage_words import depth_of, plain
from onefunnel.agreement.propose import propose
from onefunnel.agreement.stage import Stage
from onefunnel.facts.store import Facts

#: Pairs less alike than this are no match.
_ALIKE = 0.3


@dataclass(frozen=True)
class Fitted:
    """A template with its definitions rewritten for the stages of the data.

    `matched` says which stages of the data each template stage took. `unmatched` are the template
    stages that found none: their definition is left as it was and no record will satisfy it.
    """

    agreement: Agreement
    matched: tuple[tuple[str, tuple[str, ...]], ...]
    unmatched: tuple[str, ...]


def fit(template: Agreement, facts: Facts) -> Fitted:
    """Match the template's stages with the stages found in the data.

    Won goes to won, a detour to the detour of its kind; before and after the sale, stages are
    matched by name, usual depth and order, never crossing each other. Every stage of the data
    finds a place: one that is like no stage of the template joins the matched one before it.

    Raises:
        MissingFacts: the facts have neither moves nor a stage list.
    """
    found = propose(facts)
    taken: dict[str, list[Stage]] = {stage.name: [] for stage in template.stages}
    _match_path(template, found, taken)
    _match_detours(template, found, taken)
    stages = tuple(
        replace(stage, when=_either(taken[stage.name])) if taken[stage.name] else stage
        for stage in template.stages
    )
    extra = _without_a_place(found, taken)
    matched = tuple(
        (stage.name, tuple(each.name for each in taken[stage.name]))
        for stage in template.stages
        if taken[stage.name]
    )
    return Fitted(
        agreement=replace(
            template, stages=(*stages, *extra), currency=found.currency or template.currency
        ),
        matched=matched,
        unmatched=tuple(stage.name for stage in template.stages if not taken[stage.name]),
    )


def _match_path(template: Agreement, found: Agreement, taken: dict[str, list[Stage]]) -> None:
    before, won, after = _split(template)
    data_before, data_won, data_after = _split(found)
    _align(before, data_before, taken)
    _align(after, data_after, taken)
    if won is not None and data_won is not None:
        taken[won.name].append(data_won)
    if not after and won is not None:
        # The template ends at the sale: what comes later still counts as won.
        taken[won.name] += data_after


def _split(agreement: Agreement) -> tuple[list[Stage], Stage | None, list[Stage]]:
    path = list(agreement.success_path)
    at = next((i for i, stage in enumerate(path) if stage.kind == "won"), len(path))
    return path[:at], path[at] if at < len(path) else None, path[at + 1 :]


def _align(wanted: Sequence[Stage], there: Sequence[Stage], taken: dict[str, list[Stage]]) -> None:
    """Pair two ordered lists for the greatest likeness without crossing; place the rest."""
    if not wanted:
        return
    likeness = [
        [_likeness(a, b, i, j, len(wanted), len(there)) for j, b in enumerate(there)]
        for i, a in enumerate(wanted)
    ]
    pairs = dict(_best_pairs(likeness))
    by_data = {j: i for i, j in pairs.items()}
    place = min(by_data.values(), default=0)
    for j, stage in enumerate(there):
        place = by_data.get(j, place)
        taken[wanted[place].name].append(stage)


def _likeness(a: Stage, b: Stage, i: int, j: int, wanted: int, there: int) -> float:
    """From 0 to 1: equal names, alike names, equal depth of the names, same place in order."""
    name_a, name_b = plain(a.name), plain(b.name)
    if name_a == name_b:
        return 1.0
    ratio = SequenceMatcher(None, name_a, name_b).ratio()
    by_name = ratio if ratio >= 0.7 or name_a in name_b.split() else 0.0
    depth_a, depth_b = depth_of(a.name), depth_of(b.name)
    by_depth = 0.0
    if depth_a is not None and depth_b is not None:
        by_depth = max(0.0, 0.8 - 0.2 * abs(depth_a - depth_b))
    apart = abs(i / max(1, wanted - 1) - j / max(1, there - 1))
    by_place = 0.35 * (1 - apart) if depth_a is None or depth_b is None else 0.0
    return max(by_name, by_depth, by_place)


def _best_pairs(likeness: Sequence[Sequence[float]]) -> list[tuple[int, int]]:
    """The non-crossing pairs with the greatest sum of likeness (dynamic programming)."""
    rows, columns = len(likeness), len(likeness[0]) if likeness else 0
    best = [[0.0] * (columns + 1) for _ in range(rows + 1)]
    for i in range(rows - 1, -1, -1):
        for j in range(columns - 1, -1, -1):
            pair = likeness[i][j] + best[i + 1][j + 1] if likeness[i][j] >= _ALIKE else 0.0
            best[i][j] = max(pair, best[i + 1][j], best[i][j + 1])
    pairs, i, j = [], 0, 0
    while i < rows and j < columns:
        if best[i][j] == best[i + 1][j]:
            i += 1
        elif best[i][j] == best[i][j + 1]:
            j += 1
        else:
            pairs.append((i, j))
            i, j = i + 1, j + 1
    return pairs


def _match_detours(template: Agreement, found: Agreement, taken: dict[str, list[Stage]]) -> None:
    by_kind = {stage.kind: stage.name for stage in reversed(template.detours)}
    for stage in found.detours:
        if stage.kind in by_kind:
            taken[by_kind[stage.kind]].append(stage)


def _without_a_place(found: Agreement, taken: dict[str, list[Stage]]) -> tuple[Stage, ...]:
    """Stages of the data that no template stage took (a detour of a kind it does not know)."""
    placed = {stage.name for stages in taken.values() for stage in stages}
    names = set(taken)
    return tuple(
        stage if stage.name not in names else replace(stage, name=f"{stage.name} (found)")
        for stage in found.stages
        if stage.name not in placed
    )


def _either(stages: Sequence[Stage]) -> str:
    return " OR ".join(stage.when for stage in stages)
