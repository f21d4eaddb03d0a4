"""What two drafts say differently of segments, personas and the meaning of words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

from onefunnel.agreement.compare import said
from onefunnel.agreement.compare.definitions import Columns, Definition
from onefunnel.agreement.compare.discrepancy import DifferenceKind, Discrepancy, Thing, Value
from onefunnel.agreement.compare.pairing import Pair, folded, name_of, paired
from onefunnel.agreement.compare.stage_names import StageNames
from onefunnel.agreement.document import Agreement
from onefunnel.agreement.stage import Stage
from onefunnel.agreement.words import Persona, Segment, Term

Group = TypeVar("Group", Segment, Persona)
Named = Segment | Persona | Term


def group_differences(
    ours: Sequence[Group],
    theirs: Sequence[Group],
    thing: Thing,
    kind: DifferenceKind,
    columns: Columns,
) -> Iterator[tuple[float, Discrepancy]]:
    """Segments or personas, matched by name, else by an equal definition."""

    def name(one: Group) -> str:
        return folded(one.name)

    def definition(one: Group) -> str | None:
        return Definition(one.when, columns).canonical or None

    for pair in paired(ours, theirs, ((name, name), (definition, definition))):
        yield from ((pair.place, found) for found in _of_group(pair, thing, kind, columns))


def term_differences(
    ours: Agreement, theirs: Agreement, names: StageNames
) -> Iterator[tuple[float, Discrepancy]]:
    """Words of the glossary, matched by name or as the names of one stage.

    A word that a stage explains in the very same texts is a difference of that stage only.
    """
    our_stages = {folded(stage.name): stage for stage in ours.stages}
    their_stages = {folded(stage.name): stage for stage in theirs.stages}
    keys = (
        (lambda one: folded(one.name), lambda one: folded(one.name)),
        (lambda one: names.ours(one.name), lambda one: names.theirs(one.name)),
    )
    for pair in paired(ours.glossary, theirs.glossary, keys):
        stages = (_stage_of(pair.ours, our_stages), _stage_of(pair.theirs, their_stages))
        yield from ((pair.place, found) for found in _of_term(pair, stages))


def _of_group(
    pair: Pair[Group], thing: Thing, kind: DifferenceKind, columns: Columns
) -> Iterator[Discrepancy]:
    one, other = pair.ours, pair.theirs
    if one is None or other is None:
        yield _only_one(pair.ours, pair.theirs, thing, kind, columns)
        return
    named = " / ".join(sorted({one.name, other.name}))
    if folded(one.name) != folded(other.name):
        yield _differ(one, other, thing, kind, "name", f"One {thing} goes by two names.",
                      (one.name, other.name), (one.name, other.name))  # fmt: skip
    ours, theirs = Definition(one.when, columns), Definition(other.when, columns)
    if not ours.same(theirs):
        yield _differ(one, other, thing, kind, "when", f"The {thing} {named} holds other leads.",
                      (one.when, other.when), (ours.says, theirs.says))  # fmt: skip
    if not said.same_text(one.meaning, other.meaning):
        yield _differ(one, other, thing, kind, "meaning",
                      f"The {thing} {named} means something else in words.",
                      (one.meaning, other.meaning),
                      (said.plain(one.meaning), said.plain(other.meaning)))  # fmt: skip
    if isinstance(one, Persona) and isinstance(other, Persona):
        behaviours = (one.behaviours, other.behaviours)
        if not said.same_names(*behaviours):
            yield _differ(one, other, thing, kind, "behaviours",
                          f"The {thing} {named} behaves otherwise.", behaviours,
                          (said.plain(one.behaviours), said.plain(other.behaviours)))  # fmt: skip


def _of_term(pair: Pair[Term], stages: tuple[Stage | None, Stage | None]) -> Iterator[Discrepancy]:
    one, other = pair.ours, pair.theirs
    if one is None or other is None:
        if stages == (None, None) or not _is_said_by_stage(one or other, stages):
            yield _only_one(one, other, "term", "other term", {}, stages)
        return
    named = " / ".join(sorted({one.name, other.name}))
    is_same = said.same_text(one.meaning, other.meaning)
    is_of_stage = _is_said_by_stage(one, stages[:1]) and _is_said_by_stage(other, stages[1:])
    if not is_same and not is_of_stage:
        yield _differ(one, other, "term", "other term", "meaning",
                      f"The word {named} means something else.", (one.meaning, other.meaning),
                      (said.plain(one.meaning), said.plain(other.meaning)), stages)  # fmt: skip
    if folded(one.owner) != folded(other.owner):
        yield _differ(one, other, "term", "other term", "owner",
                      f"Others answer for the word {named}.", (one.owner, other.owner),
                      (f"{one.owner or 'nobody'} answers for it",
                       f"{other.owner or 'nobody'} answers for it"), stages)  # fmt: skip


def _is_said_by_stage(term: Term | None, stages: Sequence[Stage | None]) -> bool:
    """Whether a stage of that name explains it in the very same words."""
    return term is not None and any(
        stage is not None and said.same_text(stage.meaning, term.meaning) for stage in stages
    )


def _stage_of(term: Term | None, stages: Mapping[str, Stage]) -> Stage | None:
    return None if term is None else stages.get(folded(term.name))


def _only_one(
    ours: Named | None,
    theirs: Named | None,
    thing: Thing,
    kind: DifferenceKind,
    columns: Columns,
    stages: tuple[Stage | None, Stage | None] = (None, None),
) -> Discrepancy:
    def says(one: Named | None) -> str:
        if one is None:
            return f"no such {thing}"
        if isinstance(one, Term):
            return said.plain(one.meaning)
        return Definition(one.when, columns).says

    def value(one: Named | None) -> str | None:
        return None if one is None else one.meaning if isinstance(one, Term) else one.when

    only = ours or theirs
    assert only is not None
    return _differ(ours, theirs, thing, kind, "", f"Only one draft has the {thing} {only.name}.",
                   (value(ours), value(theirs)), (says(ours), says(theirs)), stages)  # fmt: skip


def _differ(
    ours: Named | None,
    theirs: Named | None,
    thing: Thing,
    kind: DifferenceKind,
    field: str,
    what: str,
    values: tuple[Value, Value],
    says: tuple[str, str],
    stages: tuple[Stage | None, Stage | None] = (None, None),
) -> Discrepancy:
    return Discrepancy(
        kind=kind, thing=thing, field=field, what=what,
        our_name=name_of(ours), their_name=name_of(theirs),
        ours=values[0], theirs=values[1], ours_says=says[0], theirs_says=says[1],
        our_stage=name_of(stages[0]), their_stage=name_of(stages[1]),
    )  # fmt: skip
