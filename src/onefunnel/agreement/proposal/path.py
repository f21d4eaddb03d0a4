"""The success path: in which order the open and won stages stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from onefunnel.agreement.proposal.found import Found
from onefunnel.agreement.proposal.stage_order import in_order, inserted
from onefunnel.agreement.proposal.stage_words import depth_of


@dataclass(frozen=True)
class Path:
    """Steps in order; a step holds several stages where pipelines stand side by side."""

    steps: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...]


def order_path(found: Found, stages: Sequence[str], won: Sequence[str]) -> Path:
    """Order these stages by the source's own list where it has one, else by the flow of leads.

    All won stages become one step. Pipelines other than the one with most leads are laid beside
    it: a stage of theirs joins the step of the same name, stands where its own list puts it
    (pipelines that share most stages), or joins the step of the same depth.
    """
    if not stages:
        return Path((), ("No stage was found.",))
    wanted = set(stages)
    lists = _pipelines(found, wanted)
    if not lists:
        order = in_order(stages, found.before, depth_of)
        steps = _sold_last(_won_together([(stage,) for stage in order], won), found, won)
        return Path(tuple(steps), (_flow_note(found),))
    notes = ["The order is that of the source's own stage list."]
    (_, main), *others = lists
    steps = _won_together([(stage,) for stage in main], won)
    for name, path in others:
        steps = _beside(steps, path, won)
        notes.append(
            f"The stages of pipeline {name or '(without a name)'} stand beside those of the main "
            f"pipeline at the same depth; look at one pipeline alone by filtering on it."
        )
    placed = {stage for step in steps for stage in step}
    left_over = [stage for stage in stages if stage not in placed]
    unused = {row.stage for row in found.declared if row.position is not None}
    left_over = [stage for stage in left_over if found.leads.get(stage) or stage not in unused]
    if not {stage for step in steps for stage in step}.union(left_over) & set(won):
        # Nothing in use is won: then the won stages of pipelines not in use are the goal.
        left_over += [stage for stage in won if stage not in left_over]
    if left_over:
        notes.append(
            f"Not in the source's stage list but in its moves: {', '.join(left_over)}; placed "
            "where most leads passed through."
        )
    steps = _sold_last(_with_flow(steps, left_over, found, won), found, won)
    return Path(tuple(steps), tuple(notes))


def _pipelines(found: Found, wanted: set[str]) -> list[tuple[str, list[str]]]:
    """Each pipeline in use with its ordered stages, the one with most leads first."""
    lists: dict[str, list[str]] = {}
    for row in found.declared:
        if row.stage in wanted and row.position is not None:
            path = lists.setdefault(row.pipeline, [])
            if row.stage not in path:
                path.append(row.stage)
    weights = {name: sum(found.leads.get(s, 0) for s in path) for name, path in lists.items()}
    in_use = [name for name in lists if weights[name] or not any(weights.values())]
    in_use.sort(key=lambda name: (-weights[name], name))
    return [(name, lists[name]) for name in in_use]


def _beside(
    steps: list[tuple[str, ...]], path: Sequence[str], won: Sequence[str]
) -> list[tuple[str, ...]]:
    placed = {stage for step in steps for stage in step}
    new = [stage for stage in path if stage not in placed]
    if len(new) <= len(path) / 2:  # mostly the same pipeline: new stages follow their neighbour
        for stage in new:
            before = path[path.index(stage) - 1] if path.index(stage) else None
            at = next((i + 1 for i, step in enumerate(steps) if before in step), 0)
            steps = [*steps[:at], (stage,), *steps[at:]]
        return _won_together(steps, won)
    goal = next((i for i, step in enumerate(steps) if set(step) & set(won)), len(steps))
    own_goal = next((i for i, stage in enumerate(path) if stage in won), len(path))
    early = [stage for stage in path[:own_goal] if stage in new]
    goals = [stage for stage in new if stage in won]
    late = [stage for stage in path[own_goal:] if stage in new and stage not in won]
    goal_step = (*(steps[goal] if goal < len(steps) else ()), *goals)
    return _won_together(
        [*_laid_beside(steps[:goal], early), goal_step, *_laid_beside(steps[goal + 1 :], late)], won
    )


def _laid_beside(steps: Sequence[tuple[str, ...]], path: Sequence[str]) -> list[tuple[str, ...]]:
    """The steps of one side of the sale with these stages at the same depth."""
    if not steps:
        return [(stage,) for stage in path]
    joined = [list(step) for step in steps]
    for i, stage in enumerate(path):
        joined[round(i / max(1, len(path) - 1) * (len(steps) - 1))].append(stage)
    return [tuple(step) for step in joined]


def _won_together(steps: Sequence[tuple[str, ...]], won: Sequence[str]) -> list[tuple[str, ...]]:
    """The steps with every won stage in one step, where the first of them stood."""
    all_won = tuple(stage for step in steps for stage in step if stage in won)
    result: list[tuple[str, ...]] = []
    is_done = False
    for step in steps:
        rest = tuple(stage for stage in step if stage not in won)
        if rest:
            result.append(rest)
        if len(rest) < len(step) and not is_done:
            result.append(all_won)
            is_done = True
    return result


def _sold_last(
    steps: list[tuple[str, ...]], found: Found, won: Sequence[str]
) -> list[tuple[str, ...]]:
    """The steps with only those after the won one that leads enter once they are won.

    Whoever stands in a step after it counts as won, so a stage that leads are in must not get
    there by an accident of order: without a lead seen to go on to it from the sale it stands
    before. One that no lead is in stays where its list has it.
    """
    goal = next((i for i, step in enumerate(steps) if set(step) & set(won)), len(steps))

    def is_before(step: tuple[str, ...]) -> bool:
        until = sum(found.before.get((stage, end), 0) for stage in step for end in won)
        since = sum(found.before.get((end, stage), 0) for stage in step for end in won)
        return until >= since and any(found.leads.get(stage) for stage in step)

    early = [step for step in steps[goal + 1 :] if is_before(step)]
    late = [step for step in steps[goal + 1 :] if step not in early]
    return [*steps[:goal], *early, *steps[goal : goal + 1], *late]


def _with_flow(
    steps: list[tuple[str, ...]], left_over: Sequence[str], found: Found, won: Sequence[str]
) -> list[tuple[str, ...]]:
    """Put stages that the list does not place where the flow of leads puts them."""
    names = [step[0] for step in steps]
    by_name = dict(zip(names, steps, strict=True))
    for stage in left_over:
        if stage in won and (first := next((n for n in names if n in won), None)):
            by_name[first] = (*by_name[first], stage)
            continue
        names = inserted(stage, names, found.before, depth_of)
        by_name[stage] = (stage,)
    return [by_name[name] for name in names]


def _flow_note(found: Found) -> str:
    if found.has_order:
        return "The order is the one that most leads went through."
    return (
        "No lead is seen in more than one stage in a known order: stages stand in the order "
        "their names usually have, the rest by how many leads entered them."
    )
