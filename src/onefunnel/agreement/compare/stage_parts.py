"""What two drafts say differently of their stages."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from onefunnel.agreement.compare import said
from onefunnel.agreement.compare.definitions import Columns, Definition, kind_of_difference
from onefunnel.agreement.compare.discrepancy import DifferenceKind, Discrepancy, Value
from onefunnel.agreement.compare.pairing import folded, name_of
from onefunnel.agreement.stage import Stage


@dataclass(frozen=True)
class _Part:
    """One part of a stage beside its name and definition: how it is read, compared and said."""

    field: str
    kind: DifferenceKind
    what: str
    value: Callable[[Stage], Value]
    says: Callable[[Stage], str]
    is_same: Callable[[Stage, Stage], bool]


def _text(field: str, kind: DifferenceKind, what: str) -> _Part:
    def value(stage: Stage) -> str:
        return str(getattr(stage, field))

    return _Part(
        field, kind, what, value, lambda stage: said.plain(value(stage)),
        lambda one, other: said.same_text(value(one), value(other)),
    )  # fmt: skip


def _list(field: str, kind: DifferenceKind, what: str) -> _Part:
    def value(stage: Stage) -> tuple[str, ...]:
        found: tuple[str, ...] = getattr(stage, field)
        return found

    return _Part(
        field, kind, what, value, lambda stage: said.plain(value(stage)),
        lambda one, other: said.same_names(value(one), value(other)),
    )  # fmt: skip


def _same_owner(one: Stage, other: Stage) -> bool:
    is_joint = len(one.leads) > 1 and one.is_joint != other.is_joint
    return said.same_names(one.leads, other.leads) and not is_joint


def _same_promise(one: Stage, other: Stage) -> bool:
    return said.promised(one.customer_promise) == said.promised(other.customer_promise)


def _promise_value(stage: Stage) -> str | None:
    return None if stage.customer_promise is None else said.promised(stage.customer_promise)


#: Every part of a stage beside name and definition, in the order people settle them.
PARTS = (
    _text("kind", "other kind", "is of another kind"),
    _Part("leads", "other owner", "is led by others", lambda stage: stage.leads, said.led,
          _same_owner),
    _Part("supports", "other remit", "is supported by others", lambda stage: stage.supports,
          said.supported, lambda one, other: said.same_names(one.supports, other.supports)),
    _text("lane", "other place", "stands elsewhere on the map"),
    _text("measure", "other measure", "is measured by something else"),
    _Part("target", "other target", "has another target", lambda stage: stage.target, said.target,
          lambda one, other: one.target == other.target),
    _Part("customer_promise", "other promise", "promises the customer something else",
          _promise_value, lambda stage: said.promised(stage.customer_promise), _same_promise),
    _text("meaning", "other term", "means something else in words"),
    _list("initiatives", "other initiatives", "is worked on by other initiatives"),
    _list("touchpoints", "other touchpoints", "has other touchpoints"),
)  # fmt: skip


def stage_differences(
    ours: Stage | None, theirs: Stage | None, columns: Columns
) -> Iterator[Discrepancy]:
    """Every difference of one pair of stages; one side None where only one draft has it."""
    if ours is None or theirs is None:
        yield _missing(ours, theirs, columns)
        return
    if folded(ours.name) != folded(theirs.name):
        yield _differ(ours, theirs, "renamed stage", "name", "One stage goes by two names.",
                      (ours.name, theirs.name), (ours.name, theirs.name))  # fmt: skip
    one, other = Definition(ours.when, columns), Definition(theirs.when, columns)
    kind = kind_of_difference(one, other)
    if kind is not None:
        what = (
            f"The boundary of {_named(ours, theirs)} is drawn at other values."
            if kind == "moved boundary"
            else f"{_named(ours, theirs)} is entered by another criterion."
        )
        yield _differ(
            ours, theirs, kind, "when", what, (ours.when, theirs.when), (one.says, other.says)
        )
    for part in PARTS:
        if not part.is_same(ours, theirs):
            yield _differ(
                ours, theirs, part.kind, part.field, f"{_named(ours, theirs)} {part.what}.",
                (part.value(ours), part.value(theirs)), (part.says(ours), part.says(theirs)),
            )  # fmt: skip


def order_differences(
    ours: Mapping[str, int], theirs: Mapping[str, int], pairs: Mapping[str, str]
) -> Iterator[tuple[int, Discrepancy]]:
    """Runs of stages of the success path that the other draft has in another order.

    `ours` and `theirs` give each stage's place, `pairs` our stage's name in their draft. A run is
    as short as can be: what comes before and after it is the same in both. With each comes the
    place of its first stage among the pairs.
    """
    path = sorted((name for name in pairs if name in ours and pairs[name] in theirs), key=ours.get)  # type: ignore[arg-type]
    rank = {name: i for i, name in enumerate(sorted(path, key=lambda name: theirs[pairs[name]]))}
    start, highest = 0, -1
    for i, name in enumerate(path):
        highest = max(highest, rank[name])
        if highest > i:
            continue
        if i > start:
            run = path[start : i + 1]
            our_run = tuple(run)
            their_run = tuple(pairs[each] for each in sorted(run, key=rank.__getitem__))
            yield start, Discrepancy(
                kind="other order", thing="stages", field="order",
                what="The same stages follow each other in another order.",
                our_name=", ".join(our_run), their_name=", ".join(their_run),
                ours=our_run, theirs=their_run,
                ours_says=", then ".join(our_run), theirs_says=", then ".join(their_run),
            )  # fmt: skip
        start = i + 1


def _missing(ours: Stage | None, theirs: Stage | None, columns: Columns) -> Discrepancy:
    def says(stage: Stage | None) -> str:
        if stage is None:
            return "no such stage"
        return f"{stage.kind} stage, entered when {Definition(stage.when, columns).says}"

    stage = ours or theirs
    assert stage is not None
    return _differ(
        ours, theirs, "missing stage", "", f"Only one draft has the stage {stage.name}.",
        (None if ours is None else ours.when, None if theirs is None else theirs.when),
        (says(ours), says(theirs)),
    )  # fmt: skip


def _differ(
    ours: Stage | None,
    theirs: Stage | None,
    kind: DifferenceKind,
    field: str,
    what: str,
    values: tuple[Value, Value],
    says: tuple[str, str],
) -> Discrepancy:
    our_name, their_name = name_of(ours), name_of(theirs)
    return Discrepancy(
        kind=kind, thing="stage", field=field, what=what, our_name=our_name, their_name=their_name,
        ours=values[0], theirs=values[1], ours_says=says[0], theirs_says=says[1],
        our_stage=our_name, their_stage=their_name,
    )  # fmt: skip


def _named(ours: Stage, theirs: Stage) -> str:
    return " / ".join(sorted({ours.name, theirs.name}))
