"""In which order stages stand, from which came before which."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

Before = Mapping[tuple[str, str], float]


def in_order(
    stages: Sequence[str], before: Before, depth: Callable[[str], float | None]
) -> list[str]:
    """The order that the fewest leads went against.

    `before[a, b]` counts the leads that entered a before b. Where the data say nothing of a pair,
    the usual depth of their names decides; where that says nothing either, the given order stays.
    (Kemeny's rule by repeated best insertion: exact for a clear flow, near it for a tangled one.)
    """
    gain = {(a, b): _preference(a, b, before, depth) for a in stages for b in stages if a != b}
    score = {a: sum(gain[a, b] for b in stages if b != a) for a in stages}
    order = sorted(stages, key=lambda stage: -score[stage])
    for _ in range(20):
        moved = [_best_insertion(stage, order, gain) for stage in list(order)]
        if not any(moved):
            break
    return order


def _preference(a: str, b: str, before: Before, depth: Callable[[str], float | None]) -> float:
    """From -1 (b surely first) to 1 (a surely first); weak where only names speak."""
    there, back = before.get((a, b), 0.0), before.get((b, a), 0.0)
    if there + back:
        # Few observations weigh less than many: two leads may be an accident.
        return (there - back) / (there + back + 2)
    depth_a, depth_b = depth(a), depth(b)
    if depth_a is None or depth_b is None or depth_a == depth_b:
        return 0.0
    return 0.05 if depth_a < depth_b else -0.05


def _best_insertion(stage: str, order: list[str], gain: Mapping[tuple[str, str], float]) -> bool:
    """Move a stage to the place that fits best; whether it moved."""
    here = order.index(stage)
    rest = order[:here] + order[here + 1 :]
    # Standing at place 0 the stage is before all; each step right swaps it with one neighbour.
    value = sum(gain[stage, other] for other in rest)
    values = [value]
    for other in rest:
        value -= 2 * gain[stage, other]
        values.append(value)
    best = max(values)
    if values[here] >= best - 1e-9:
        return False
    order[:] = rest
    order.insert(values.index(best), stage)
    return True


def inserted(
    stage: str, order: Sequence[str], before: Before, depth: Callable[[str], float | None]
) -> list[str]:
    """The order with one more stage where it fits best; among equal places the last."""
    value = sum(_preference(stage, other, before, depth) for other in order)
    values = [value]
    for other in order:
        value -= 2 * _preference(stage, other, before, depth)
        values.append(value)
    best = max(values)
    place = max(i for i, each in enumerate(values) if each >= best - 1e-9)
    return [*order[:place], stage, *order[place:]]
