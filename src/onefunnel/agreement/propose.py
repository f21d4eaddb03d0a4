"""An agreement proposed from the data, so that the first look needs no set-up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from onefunnel.agreement.charter import Charter
from onefunnel.agreement.document import Agreement
from onefunnel.agreement.proposal.found import Found, find
from onefunnel.agreement.proposal.kinds import Kinds, first_guess, settle_lost, settle_won
from onefunnel.agreement.proposal.path import order_path
from onefunnel.agreement.proposal.spellings import merged, stage_is
from onefunnel.agreement.proposal.stage_order import in_order
from onefunnel.agreement.proposal.stage_words import depth_of
from onefunnel.agreement.stage import AS_FOUND, Kind, Stage
from onefunnel.facts.store import Facts

#: A source with more stage names than this keeps free text where a stage belongs.
MOST_STAGES = 200
#: The end of the path where the data have none (an export of open deals only): without it the last
#: open stage would have to stand for a sale that nobody recorded.
_NOT_SEEN = Stage(
    name="Won",
    kind="won",
    when="stage = 'Won'",
    meaning="No stage of the data is won: say here which one is.",
    lane="the sale",
)
_DETOURS: tuple[Kind, ...] = ("lost", "disqualified", "recycled")

#: What a proposal is called until people give it a title of their own.
TITLE = "The funnel as found in the data"


def propose(facts: Facts) -> Agreement:
    """The funnel as the data show it: stages as found, in order, marked "not agreed".

    The source's own stage list decides order and kinds where it has one; else the order is the
    one most leads went through, and won, lost, disqualified and recycled are told by name (in
    many languages), by the deals' outcomes, or by where leads end. The reasons are in the
    charter's notes. The text holds no counts, so the same stages give the same digest whatever
    the number of leads. Aggregates in the engine; the order is read from a sample of leads when
    there are very many.

    Raises:
        MissingFacts: there are neither moves nor a stage list.
    """
    found, spellings = merged(find(facts))
    notes = _spelling_notes(spellings)
    names = sorted(spellings, key=lambda name: (-found.leads.get(name, 0), name))
    if len(names) > MOST_STAGES:
        notes.append(
            f"The source has more than {MOST_STAGES} stage names; only the most used are stages "
            "here. Is the right column taken for the stage?"
        )
        names = names[:MOST_STAGES]
    kinds = first_guess(found, names)
    rough = in_order([n for n in names if kinds.of[n] in ("open", "won")], found.before, depth_of)
    notes += [note for note in (settle_won(kinds, found, rough), settle_lost(kinds, found)) if note]
    path = order_path(found, kinds.named("open", "won"), kinds.named("won"))
    stages = [
        *_success_stages(path.steps, kinds, found, spellings),
        *([_NOT_SEEN] if path.steps and not kinds.named("won") else []),
        *_detour_stages(kinds, found, spellings),
    ]
    return Agreement(
        title=TITLE,
        version="proposed",
        status="not agreed",
        currency=_currency(facts),
        charter=Charter(
            what="The stages as the data name them, in the order found.",
            notes=(*path.notes, *notes),
        ),
        stages=tuple(_with_unique_names(stages)),
    )


def _success_stages(
    steps: Sequence[tuple[str, ...]],
    kinds: Kinds,
    found: Found,
    spellings: Mapping[str, tuple[str, ...]],
) -> list[Stage]:
    won_at = next((i for i, step in enumerate(steps) if kinds.of[step[0]] == "won"), len(steps))
    stages = []
    for i, step in enumerate(steps):
        kind: Kind = "won" if i == won_at else "open"
        lane = "before the sale" if i < won_at else "the sale" if i == won_at else "after the sale"
        stages.append(_stage(step, kind, lane, kinds, found, spellings))
    return stages


def _detour_stages(
    kinds: Kinds, found: Found, spellings: Mapping[str, tuple[str, ...]]
) -> list[Stage]:
    return [
        _stage((name,), kind, "detour", kinds, found, spellings)
        for kind in _DETOURS
        for name in kinds.named(kind)
    ]


def _stage(
    step: tuple[str, ...],
    kind: Kind,
    lane: str,
    kinds: Kinds,
    found: Found,
    spellings: Mapping[str, tuple[str, ...]],
) -> Stage:
    name = _step_name(step, kind, found)
    why = " and ".join(dict.fromkeys(kinds.why[each] for each in step if kinds.why[each]))
    declared = {row.stage: row.team for row in found.declared if row.team}
    teams = [declared.get(each) or found.team.get(each, "") for each in step]
    return Stage(
        name=name,
        kind=kind,
        when=stage_is(spelling for each in step for spelling in spellings[each]),
        meaning=f"{AS_FOUND} Taken as {kind}: {why}." if why else AS_FOUND,
        lane=lane,
        leads=tuple(dict.fromkeys(team for team in teams if team))[:1],
    )


def _step_name(step: tuple[str, ...], kind: Kind, found: Found) -> str:
    names = [" ".join(name.split()) for name in step]
    if kind == "won":
        return max(zip(step, names, strict=True), key=lambda each: found.leads.get(each[0], 0))[1]
    return " / ".join(names) if len(names) < 3 else f"{names[0]} and {len(names) - 1} more"


def _with_unique_names(stages: Sequence[Stage]) -> list[Stage]:
    taken: Counter[str] = Counter()
    unique = []
    for stage in stages:
        taken[stage.name] += 1
        count = taken[stage.name]
        unique.append(stage if count == 1 else replace(stage, name=f"{stage.name} ({count})"))
    return unique


def _spelling_notes(spellings: Mapping[str, tuple[str, ...]]) -> list[str]:
    return [
        f"{name} is spelled {len(names)} ways ({', '.join(repr(each) for each in names)})."
        for name, names in spellings.items()
        if len(names) > 1
    ]


def _currency(facts: Facts) -> str:
    """The currency most rows with money are in; empty where none is named."""
    counts: Counter[str] = Counter()
    for name in ("deals", "orders", "spend"):
        if name in facts and "currency" in facts[name].columns:
            table = facts[name]
            named = table.filter(table.currency.notnull() & (table.currency != ""))
            rows = named.group_by("currency").agg(n=named.count()).to_pyarrow().to_pylist()
            counts.update({str(row["currency"]): int(row["n"]) for row in rows})
    return max(sorted(counts), key=lambda code: counts[code]) if counts else ""
