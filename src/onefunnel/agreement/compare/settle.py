"""One text out of two drafts: each discrepancy settled by ours, by theirs, or by new words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Literal

from onefunnel.agreement.charter import CreditPolicy
from onefunnel.agreement.compare.discrepancy import Discrepancy, Thing
from onefunnel.agreement.compare.matching import Match
from onefunnel.agreement.compare.pairing import folded, words
from onefunnel.agreement.compare.typed import BadValue, value_of
from onefunnel.agreement.document import Agreement
from onefunnel.agreement.duties import Handover, Promise, WorkingTime
from onefunnel.agreement.stage import Stage
from onefunnel.agreement.words import Term

Choice = Literal["ours", "theirs", "new"]

#: Where the things of a kind stand in the document.
_SHELVES: dict[Thing, str] = {
    "stage": "stages", "hand-over": "handovers", "promise": "promises", "segment": "segments",
    "persona": "personas", "term": "glossary",
}  # fmt: skip
#: Things that a document may lack whole: where they stand, and what an empty one is.
_MAY_BE_MISSING: dict[Thing, tuple[str, Any]] = {
    "credit policy": ("credit", CreditPolicy()), "working time": ("working_time", WorkingTime()),
}  # fmt: skip
#: Parts of a duty that name a stage.
_NAMING_A_STAGE = ("at_stage", "from_stage", "to_stage")


@dataclass(frozen=True)
class Decision:
    """How one discrepancy is settled: `text` is the new text where neither draft is taken."""

    choice: Choice
    text: str = ""


class NotSettled(ValueError):
    """Discrepancies without a decision, or with one that cannot be carried out."""

    def __init__(self, reasons: Mapping[int, str]) -> None:
        self.reasons = dict(reasons)
        said = "; ".join(f"{number}: {why}" for number, why in self.reasons.items())
        super().__init__(f"not settled: {said}")


def settle(
    ours: Agreement,
    theirs: Agreement,
    found: Sequence[Discrepancy],
    decisions: Mapping[str, Decision],
    matches: Iterable[Match],
) -> Agreement:
    """The agreement that follows from two drafts and a decision for each of their discrepancies.

    `found` and `matches` are those of `compare(ours, theirs)`, `decisions` go by a discrepancy's
    `key`. What the drafts say alike stands as ours has it. Names of stages that are renamed or
    taken from the other draft are renamed wherever hand-overs, promises and terms name them. All
    decided for theirs, the result says what theirs says, and the other way round.

    Raises:
        NotSettled: a discrepancy lacks a decision, or its new text cannot be read.
    """
    our_stage = {folded(match.theirs): match.ours for match in matches}
    drafts = _Drafts(ours, theirs, our_stage)
    reasons: dict[int, str] = {}
    made, later = ours, list[Discrepancy]()
    renamed: dict[Thing, dict[str, str]] = {}
    naming: dict[Thing, list[int]] = {}
    for each in found:
        decision = decisions.get(each.key)
        if decision is None:
            reasons[each.number] = "nobody has decided it yet"
        elif decision.choice == "ours":
            continue
        elif decision.choice == "new" and (not each.field or each.field == "order"):
            reasons[each.number] = "choose one of the two drafts here; new words do not fit"
        elif not each.field or each.field == "order":
            later.append(each)
            naming.setdefault(each.thing, []).append(each.number)
        elif each.field == "name":
            name = decision.text.strip() if decision.choice == "new" else each.their_name
            if not name:
                reasons[each.number] = "a name is needed"
            else:
                renamed.setdefault(each.thing, {})[folded(str(each.our_name))] = name
                naming.setdefault(each.thing, []).append(each.number)
        else:
            try:
                made = drafts.changed(made, each, decision)
            except BadValue as problem:
                reasons[each.number] = str(problem)
    if reasons:
        raise NotSettled(reasons)
    for each in later:
        made = drafts.with_order(made, each) if each.field else drafts.with_thing(made, each)
    for thing, names in renamed.items():
        made = _renamed(made, thing, names)
    _check_names(made, naming)
    made = _with_stage_terms(made, drafts, renamed.get("stage", {}))
    return replace(made, version="draft", status="not agreed")


def _check_names(made: Agreement, naming: Mapping[Thing, Sequence[int]]) -> None:
    """Two things of one name are refused with the numbers of what gave things their names."""
    for thing, numbers in naming.items():
        if thing not in _SHELVES:
            continue
        names = [folded(one.name) for one in getattr(made, _SHELVES[thing])]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            why = f"two of the {_SHELVES[thing]} would be called “{twice[0]}”; name one otherwise"
            raise NotSettled(dict.fromkeys(numbers, why))


class _Drafts:
    """Both drafts, and what their stages are called in ours."""

    def __init__(self, ours: Agreement, theirs: Agreement, our_stage: Mapping[str, str]) -> None:
        self.ours, self.theirs, self.our_stage = ours, theirs, our_stage

    def changed(self, made: Agreement, each: Discrepancy, decision: Decision) -> Agreement:
        """The text with one field of one thing as theirs, or as newly worded."""
        if each.thing in _SHELVES:
            shelf = _SHELVES[each.thing]
            own = _by_name(getattr(made, shelf), each.our_name)
            new = self._with_field(own, _by_name(getattr(self.theirs, shelf), each.their_name),
                                   each.field, decision)  # fmt: skip
            things = tuple(new if one is own else one for one in getattr(made, shelf))
            return _with(made, shelf, things)
        if each.thing == "agreement" or (each.thing, each.field) == ("charter", "title"):
            return _with(made, each.field, _value(made, self.theirs, each.field, decision))
        if each.thing in _MAY_BE_MISSING:
            place, none = _MAY_BE_MISSING[each.thing]
            own, other = (getattr(one, place) or none for one in (made, self.theirs))
            new = self._with_field(own, other, each.field, decision)
            return _with(made, place, None if new == none else new)
        own, other = getattr(made, each.thing), getattr(self.theirs, each.thing)
        return _with(made, each.thing, self._with_field(own, other, each.field, decision))

    def _with_field(self, own: Any, other: Any, field: str, decision: Decision) -> Any:
        value = _value(own, other, field, decision)
        if field in _NAMING_A_STAGE and decision.choice == "theirs":
            value = self.our_stage.get(folded(value), value)
        more: dict[str, object] = {}
        if field == "leads" and isinstance(own, Stage) and isinstance(other, Stage):
            more["is_joint"] = other.is_joint if decision.choice == "theirs" else len(value) > 1
        return replace(own, **{field: value}, **more)

    def with_thing(self, made: Agreement, each: Discrepancy) -> Agreement:
        """The text with a thing that only theirs has, or without one that theirs lacks."""
        shelf = _SHELVES[each.thing]
        things = getattr(made, shelf)
        if each.their_name is None:
            return _with(made, shelf, tuple(t for t in things if t.name != each.our_name))
        others = getattr(self.theirs, shelf)
        new = theirs = _by_name(others, each.their_name)
        if isinstance(new, Handover | Promise):
            named = {f: getattr(new, f) for f in _NAMING_A_STAGE if hasattr(new, f)}
            own = {f: self.our_stage.get(folded(name), name) for f, name in named.items()}
            new = replace(new, **own)
        before = [one.name for one in others[: others.index(theirs)]]
        known = [self.our_stage.get(folded(n), n) if shelf == "stages" else n for n in before]
        present = {folded(one.name): place for place, one in enumerate(things)}
        at = max((present[folded(n)] + 1 for n in known if folded(n) in present), default=0)
        return _with(made, shelf, (*things[:at], new, *things[at:]))

    def with_order(self, made: Agreement, each: Discrepancy) -> Agreement:
        """The text with a run of stages in their order."""
        assert isinstance(each.theirs, tuple)
        wanted = [self.our_stage.get(folded(name), name) for name in each.theirs]
        by_name = {stage.name: stage for stage in made.stages}
        run = iter([by_name[name] for name in wanted if name in by_name])
        stages = tuple(next(run) if stage.name in wanted else stage for stage in made.stages)
        return replace(made, stages=stages)


def _value(own: object, other: object, field: str, decision: Decision) -> Any:
    if decision.choice == "theirs":
        return getattr(other, field)
    return value_of(type(own), field, decision.text, getattr(own, field))


def _by_name(things: Sequence[Any], name: str | None) -> Any:
    return next(one for one in things if one.name == name)


def _with_stage_terms(made: Agreement, drafts: _Drafts, renamed: Mapping[str, str]) -> Agreement:
    """The text whose terms that only repeat what a stage means go with the stage: `compare` names
    no difference of them beside the stage's own."""
    own = {folded(renamed.get(folded(term.name), term.name)) for term in _repeating(drafts.ours)}
    stages = {folded(stage.name): stage for stage in made.stages}
    kept: list[Term] = []
    for term in made.glossary:
        name = folded(term.name)
        if name not in own:
            kept.append(term)
        elif name in stages:
            kept.append(replace(term, meaning=stages[name].meaning))
    known = {folded(stage.name) for stage in drafts.ours.stages} | {folded(t.name) for t in kept}
    for term in _repeating(drafts.theirs):
        name = folded(term.name)
        if name in stages and name not in known:
            kept.append(replace(term, meaning=stages[name].meaning))
    return replace(made, glossary=tuple(kept))


def _repeating(draft: Agreement) -> list[Term]:
    """The terms that say of a stage what the stage says of itself."""
    meanings = {folded(stage.name): words(stage.meaning) for stage in draft.stages}
    return [t for t in draft.glossary if meanings.get(folded(t.name)) == words(t.meaning)]


def _renamed(made: Agreement, thing: Thing, names: Mapping[str, str]) -> Agreement:
    """The text with things of other names, all at once, and with them all that names them."""

    def name(given: str) -> str:
        return names.get(folded(given), given)

    shelf = _SHELVES[thing]
    made = _with(made, shelf, _each(getattr(made, shelf), ("name",), name))
    if thing == "segment":
        return replace(made, outcome=replace(made.outcome, segment=name(made.outcome.segment)))
    if thing != "stage":
        return made
    return replace(
        made,
        handovers=_each(made.handovers, _NAMING_A_STAGE, name),
        promises=_each(made.promises, _NAMING_A_STAGE, name),
        glossary=_each(made.glossary, ("name",), name),
    )


def _each(
    things: tuple[Any, ...], named: Sequence[str], name: Callable[[str], str]
) -> tuple[Any, ...]:
    return tuple(
        replace(one, **{f.name: name(getattr(one, f.name)) for f in fields(one) if f.name in named})
        for one in things
    )


def _with(made: Agreement, part: str, value: object) -> Agreement:
    return replace(made, **{part: value})  # type: ignore[arg-type]
