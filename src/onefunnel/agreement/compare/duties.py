"""What two drafts say differently of hand-overs and of the promises teams give each other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from onefunnel.agreement.compare import said
from onefunnel.agreement.compare.definitions import Columns, Definition
from onefunnel.agreement.compare.discrepancy import DifferenceKind, Discrepancy, Thing, Value
from onefunnel.agreement.compare.pairing import Pair, folded, name_of, paired, words
from onefunnel.agreement.compare.stage_names import StageNames
from onefunnel.agreement.duties import Handover, Promise
from onefunnel.agreement.promised import KINDS, promised

T = TypeVar("T", Handover, Promise)


@dataclass(frozen=True)
class _Part(Generic[T]):
    field: str
    what: str
    value: Callable[[T], Value]
    says: Callable[[T], str]
    is_same: Callable[[T, T], bool]


@dataclass(frozen=True)
class _Card(Generic[T]):
    """A sort of duty: what it is called, which of its stages its leads enter, how it is said."""

    thing: Thing
    kind: DifferenceKind
    stage: Callable[[T], str]
    says: Callable[[T], str]
    parts: Sequence[_Part[T]]


def handover_differences(
    ours: Sequence[Handover], theirs: Sequence[Handover], names: StageNames, columns: Columns
) -> Iterator[tuple[float, Discrepancy]]:
    """Hand-overs, matched by name, else by who gives to whom at which stage."""
    keys = (
        (_name, _name),
        (
            lambda one: (folded(one.from_team), folded(one.to_team), names.ours(one.at_stage)),
            lambda one: (folded(one.from_team), folded(one.to_team), names.theirs(one.at_stage)),
        ),
    )
    card = _Card("hand-over", "other hand-over", lambda one: one.at_stage, _says_handover,
                 _handover_parts(names, columns))  # fmt: skip
    for pair in paired(ours, theirs, keys):
        yield from ((pair.place, found) for found in _differences(pair, card))


def promise_differences(
    ours: Sequence[Promise], theirs: Sequence[Promise], names: StageNames
) -> Iterator[tuple[float, Discrepancy]]:
    """Promises, matched by name, else by kind and who owes whom which step."""
    keys = (
        (_name, _name),
        (
            lambda one: (one.kind, folded(one.by_team), folded(one.to_team),
                         names.ours(one.from_stage), names.ours(one.to_stage)),
            lambda one: (one.kind, folded(one.by_team), folded(one.to_team),
                         names.theirs(one.from_stage), names.theirs(one.to_stage)),
        ),
    )  # fmt: skip
    card = _Card("promise", "other promise", lambda one: one.from_stage, _says_promise,
                 _promise_parts(names))  # fmt: skip
    for pair in paired(ours, theirs, keys):
        yield from ((pair.place, found) for found in _differences(pair, card))


def _differences(pair: Pair[T], card: _Card[T]) -> Iterator[Discrepancy]:
    ours, theirs = pair.ours, pair.theirs
    our_name, their_name = name_of(ours), name_of(theirs)
    our_stage = (card.stage(ours) or None) if ours is not None else None
    their_stage = (card.stage(theirs) or None) if theirs is not None else None

    def differ(field: str, what: str, values: tuple[Value, Value], says: tuple[str, str]) -> (
        Discrepancy
    ):  # fmt: skip
        return Discrepancy(
            kind=card.kind, thing=card.thing, field=field, what=what,
            our_name=our_name, their_name=their_name, ours=values[0], theirs=values[1],
            ours_says=says[0], theirs_says=says[1], our_stage=our_stage, their_stage=their_stage,
        )  # fmt: skip

    if ours is None or theirs is None:
        only = our_name or their_name
        none = f"no such {card.thing}"
        yield differ(
            "", f"Only one draft has the {card.thing} {only}.", (our_name, their_name),
            (none if ours is None else card.says(ours),
             none if theirs is None else card.says(theirs)),
        )  # fmt: skip
        return
    named = " / ".join(sorted({ours.name, theirs.name}))
    if folded(ours.name) != folded(theirs.name):
        both = (ours.name, theirs.name)
        yield differ("name", f"One {card.thing} goes by two names.", both, both)
    for part in card.parts:
        if not part.is_same(ours, theirs):
            yield differ(
                part.field, f"The {card.thing} {named} {part.what}.",
                (part.value(ours), part.value(theirs)), (part.says(ours), part.says(theirs)),
            )  # fmt: skip


def _handover_parts(names: StageNames, columns: Columns) -> tuple[_Part[Handover], ...]:
    return (
        _team("from_team", "is given by others"),
        _team("to_team", "goes to others"),
        _Part("at_stage", "is due at another stage", lambda one: one.at_stage,
              lambda one: f"at {said.plain(one.at_stage)}",
              lambda one, other: names.ours(one.at_stage) == names.theirs(other.at_stage)),
        _Part("required", "requires other data", lambda one: one.required,
              lambda one: f"requires {said.listed(one.required) or 'nothing'}",
              lambda one, other: set(one.required) == set(other.required)),
        _Part("answer_within_hours", "is answered within another time",
              lambda one: one.answer_within_hours,
              lambda one: f"answered within {said.hours(one.answer_within_hours)}",
              lambda one, other: one.answer_within_hours == other.answer_within_hours),
        _Part("accepted_when", "is accepted by another test", lambda one: one.accepted_when,
              lambda one: Definition(one.accepted_when, columns).says,
              lambda one, other: Definition(one.accepted_when, columns).same(
                  Definition(other.accepted_when, columns))),
        _Part("fallback", "has another way out when nobody answers", lambda one: one.fallback,
              lambda one: said.plain(one.fallback),
              lambda one, other: said.same_text(one.fallback, other.fallback)),
    )  # fmt: skip


def _promise_parts(names: StageNames) -> tuple[_Part[Promise], ...]:
    return (
        _team("by_team", "is given by others"),
        _team("to_team", "is given to others"),
        _Part("from_stage", "begins at another stage", lambda one: one.from_stage,
              lambda one: f"from {said.plain(one.from_stage)}",
              lambda one, other: names.ours(one.from_stage) == names.theirs(other.from_stage)),
        _Part("to_stage", "ends at another stage", lambda one: one.to_stage,
              lambda one: f"to {said.plain(one.to_stage)}",
              lambda one, other: names.ours(one.to_stage) == names.theirs(other.to_stage)),
        _Part("within_hours", "is kept within another time", lambda one: one.within_hours,
              lambda one: f"within {said.hours(one.within_hours)}",
              lambda one, other: one.within_hours == other.within_hours),
        _Part("kept_share", "shall be kept in another share of cases", lambda one: one.kept_share,
              lambda one: _kept(one),
              lambda one, other: one.kept_share == other.kept_share),
        _Part("kind", "is of another kind", lambda one: one.kind,
              lambda one: KINDS[one.kind], lambda one, other: one.kind == other.kind),
        _Part("leads", "is of another number of leads", lambda one: one.leads,
              lambda one: f"{said.plain(one.leads)} leads",
              lambda one, other: one.leads == other.leads),
        _Part("per", "counts by another period", lambda one: one.per,
              lambda one: f"per {said.plain(one.per)}", lambda one, other: one.per == other.per),
        _Part("attempts", "is of another number of attempts", lambda one: one.attempts,
              lambda one: f"{said.plain(one.attempts)} attempts",
              lambda one, other: one.attempts == other.attempts),
        _Part("within_days", "is kept within other days", lambda one: one.within_days,
              lambda one: f"within {said.plain(one.within_days)} days",
              lambda one, other: one.within_days == other.within_days),
        _Part("counts", "counts other contacts", lambda one: one.counts,
              lambda one: f"counts {said.listed(one.counts) or 'nothing'}",
              lambda one, other: said.same_names(one.counts, other.counts)),
    )  # fmt: skip


def _team(field: str, what: str) -> _Part[T]:
    def value(one: T) -> str:
        return str(getattr(one, field))

    return _Part(
        field, what, value, lambda one: value(one) or "nobody",
        lambda one, other: folded(value(one)) == folded(value(other)),
    )  # fmt: skip


def _name(one: Handover | Promise) -> str:
    return folded(one.name)


def _says_handover(one: Handover) -> str:
    return (
        f"{one.from_team or 'nobody'} hands over to {one.to_team or 'nobody'} at "
        f"{one.at_stage or 'no stage'}, answered within {said.hours(one.answer_within_hours)}"
    )


def _says_promise(one: Promise) -> str:
    if one.kind:
        return (
            f"{one.by_team or 'nobody'} promises {one.to_team or 'nobody'}: {promised(one)}, "
            f"{_kept(one)}"
        )
    step = words(f"from {one.from_stage or 'no stage'} to {one.to_stage or 'no stage'}")
    return (
        f"{one.by_team or 'nobody'} promises {one.to_team or 'nobody'} the step {step} within "
        f"{said.hours(one.within_hours)}, {_kept(one)}"
    )


def _kept(one: Promise) -> str:
    if one.kept_share is None:
        return "in no stated share of cases"
    return f"in {said.plain(round(one.kept_share * 100, 6))} % of cases"
