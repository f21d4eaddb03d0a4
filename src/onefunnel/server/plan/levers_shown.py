"""The levers of an objective as a form shows them: where each stands, and how far it reaches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from onefunnel.server.plan.capacities import words_of as words_of_capacity
from onefunnel.server.plan.models import Wording
from onefunnel.server.plan.scenarios import INFLOW, PACE, STEP, Moved
from onefunnel.server.plan.taking import Answer
from onefunnel.server.plan.wording import words_of

#: Channels that get a lever of their own, the largest first.
MOST_CHANNELS = 8


@dataclass(frozen=True)
class Slider:
    """One lever in per cent of what is usual."""

    name: str
    label: str
    value: str
    least: int
    most: int
    step: int


@dataclass(frozen=True)
class LeverGroup:
    """Levers of one kind under one head."""

    head: str
    help: str
    sliders: tuple[Slider, ...]


@dataclass(frozen=True)
class LeverForm:
    """The whole form; `people` is empty where nobody said who works on the leads."""

    groups: tuple[LeverGroup, ...]
    amount: str
    until: str
    people: str


def lever_form(
    answer: Answer, wording: Wording, moved: Moved, typed: Mapping[str, str]
) -> LeverForm:
    """The levers there are for an objective, each where the address put it."""
    past = answer.past
    channels = [cell.name for cell in past.cells[:MOST_CHANNELS]] if past else []
    stages = list(past.stages) if past else []

    def slider(name: str, label: str, ends: tuple[int, int, int]) -> Slider:
        return Slider(name, label, typed.get(name) or "100", *ends)

    steps = [
        slider(f"step.{stage}", f"{stage} → {after}", STEP) for stage, after in pairwise(stages)
    ]
    usual = words_of(wording)
    people = words_of_capacity(moved.capacity)["people"] if moved.capacity else ""
    groups = (
        LeverGroup(
            "New leads", "Per cent of what usually comes.",
            tuple(slider(f"inflow.{name}", name, INFLOW) for name in channels),
        ),
        LeverGroup(
            "How many go on", "Per cent of the share that usually goes on.", tuple(steps)
        ),
        LeverGroup(
            "How long it takes", "Per cent of the usual time: 80 is a fifth faster.",
            (slider("pace", "Every step", PACE),),
        ),
    )  # fmt: skip
    return LeverForm(
        groups=tuple(group for group in groups if group.sliders),
        amount=typed.get("amount") or usual["amount"],
        until=typed.get("until") or usual["until"],
        people=(typed.get("people") or people) if moved.capacity else "",
    )
