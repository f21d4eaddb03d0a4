"""Which of the stages found are won, lost, disqualified or recycled, and why we think so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import get_args

from onefunnel.agreement.proposal.found import Found
from onefunnel.agreement.proposal.stage_words import depth_of, end_rank, kind_of
from onefunnel.agreement.stage import Kind

#: How a note begins that says of a stage without a telling name what it was taken for.
NOT_CALLED = "No stage is called"
#: Fewer leads than this prove nothing about how a stage behaves.
_FEW = 20
#: So many that came to a stage and left it show that the data tell the way of leads.
_PASSED = 3


@dataclass
class Kinds:
    """The kind of each stage and why it was taken for that, as half sentences."""

    of: dict[str, Kind]
    why: dict[str, str] = field(default_factory=dict)

    def named(self, *kinds: Kind) -> list[str]:
        return [stage for stage, kind in self.of.items() if kind in kinds]


def first_guess(found: Found, stages: Sequence[str]) -> Kinds:
    """What the source says; where it says nothing of any end, what the names say."""
    valid: tuple[Kind, ...] = get_args(Kind)
    said = {row.stage: row.kind for row in found.declared if row.kind in valid}
    trusts_source = any(kind != "open" for kind in said.values())
    kinds = Kinds({})
    for stage in stages:
        declared = next((kind for kind in valid if kind == said.get(stage)), None)
        if declared is not None and trusts_source:
            kinds.of[stage] = declared
            kinds.why[stage] = "the list of stages says so" if declared != "open" else ""
        else:
            by_name = kind_of(stage)
            kinds.of[stage] = by_name or "open"
            kinds.why[stage] = "its name says so" if by_name else ""
    return kinds


def settle_won(kinds: Kinds, found: Found, order: Sequence[str]) -> str:
    """Make sure that one stage is won where the data allow it; gives the reason as a note."""
    if kinds.named("won"):
        return ""
    path = [stage for stage in order if kinds.of[stage] == "open"]
    by_deals = [stage for stage in path if _ends_deals(found, stage, "won")]
    if by_deals:
        return _set_won(kinds, by_deals[-1], "deals that were won ended there")
    ranked = [(rank, stage) for stage in path if (rank := end_rank(stage)) is not None]
    if ranked:
        best = min(rank for rank, _ in ranked)
        stage = [stage for rank, stage in ranked if rank == best][-1]
        return _set_won(kinds, stage, "of all stages its name comes nearest to a good end")
    if len(path) > 1 and found.has_order and _tells_the_way(found):
        last = path[-1]
        depth = depth_of(last)
        if _is_terminal(found, last) and (depth is None or depth >= 9):
            return _set_won(kinds, last, "it is the last stage that leads reach")
    return (
        "No stage of the data is won: nothing counts as won until the agreement says which one is."
    )


def settle_lost(kinds: Kinds, found: Found) -> str:
    """Find stages off the path that end a lead without being called lost."""
    won = kinds.named("won")
    if not won or kinds.named("lost"):
        return ""
    lost = []
    for stage in kinds.named("open"):
        is_known_open = depth_of(stage) is not None  # "Working" is open, whoever never left it yet
        never_wins = _tells_the_way(found) and not is_known_open and _never_wins(found, stage, won)
        if never_wins or _ends_deals(found, stage, "lost"):
            kinds.of[stage] = "lost"
            kinds.why[stage] = "leads end there and none of them was won before or after"
            lost.append(stage)
    if not lost:
        return ""
    return (
        f"{NOT_CALLED} lost; {_listed(lost)} taken as lost because leads end there and none of "
        "them is won."
    )


def _set_won(kinds: Kinds, stage: str, why: str) -> str:
    kinds.of[stage] = "won"
    kinds.why[stage] = f"no stage is called won, and {why}"
    return f"{NOT_CALLED} won; {stage} is taken as won because {why}."


def _ends_deals(found: Found, stage: str, outcome: str) -> bool:
    """Whether leads of this stage that have a deal ended almost all in that outcome."""
    counts = found.outcomes.get(stage, {})
    total, hits = sum(counts.values()), counts.get(outcome, 0)
    all_hits = max((each.get(outcome, 0) for each in found.outcomes.values()), default=0)
    return total >= 5 and hits >= 0.95 * total and hits >= 0.5 * all_hits and _is_end(found, stage)


def _tells_the_way(found: Found) -> bool:
    """Whether leads are seen to come to a stage and to leave it. Where only the stage of today is
    known, every stage looks as if leads ended there."""
    return any(
        min(found.came.get(stage, 0), found.left.get(stage, 0)) >= _PASSED
        for stage in found.sampled
    )


def _is_end(found: Found, stage: str) -> bool:
    sampled = found.sampled.get(stage, 0)
    return sampled > 0 and found.left.get(stage, 0) <= 0.2 * sampled


def _is_terminal(found: Found, stage: str) -> bool:
    """Whether leads come from elsewhere and hardly ever go on."""
    sampled = found.sampled.get(stage, 0)
    return (
        sampled > 0
        and found.left.get(stage, 0) <= 0.1 * sampled
        and found.came.get(stage, 0) >= 0.5 * sampled
    )


def _never_wins(found: Found, stage: str, won: Sequence[str]) -> bool:
    sampled = found.sampled.get(stage, 0)
    meets = sum(
        found.before.get((stage, end), 0) + found.before.get((end, stage), 0) for end in won
    )
    return sampled >= _FEW and _is_terminal(found, stage) and meets <= 0.02 * sampled


def _listed(names: Sequence[str]) -> str:
    return f"{', '.join(names)} {'is' if len(names) == 1 else 'are'}"
