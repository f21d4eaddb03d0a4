"""Which stage does a lead stand in by the agreement, and what would a move need to enter another?

A move enters one stage: the first detour whose definition it meets, else the furthest stage of the
success path; one that meets none enters none (`measures.steps.path` says the same in bulk, and a
test holds the two to each other). Definitions are read against a move joined with its lead; on a
clash of names the move's column counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from itertools import product

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.predicates import tree
from onefunnel.agreement.predicates.errors import PredicateError
from onefunnel.agreement.predicates.parse import parse
from onefunnel.agreement.predicates.predicate import Predicate
from onefunnel.agreement.predicates.record_values import WrongValueError
from onefunnel.agreement.predicates.tokens import names_in
from onefunnel.agreement.stage import Stage
from onefunnel.agreement.standard_columns import PREDICATE_COLUMNS
from onefunnel.facts.declaration import Type

Record = Mapping[str, object]
#: What is said by a move, not by its lead: a definition over none of these is over attributes.
SAID_BY_MOVES = frozenset({"stage", "from_stage", "team", "by", "reason"})

#: An undated move without a dated one before it stands first.
_FIRST = datetime(1, 1, 1)  # noqa: DTZ001
_GUESSES: tuple[Type, ...] = ("text", "number", "flag", "time")
#: More unknown columns than this in one definition are not guessed at.
_MOST_UNKNOWN = 4


@dataclass(frozen=True)
class Clause:
    """One condition as a sentence, whether it holds (None: not known), and what the lead has."""

    words: str
    holds: bool | None
    found: str = ""


@dataclass(frozen=True)
class Standing:
    """The stage a record stands in and how it meets each clause; None: it meets no definition."""

    stage: Stage | None
    clauses: tuple[Clause, ...] = ()


@dataclass(frozen=True)
class Entry:
    """A move with these columns enters the stage."""

    stage: Stage
    columns: Mapping[str, object]


@dataclass(frozen=True)
class NotYet:
    """No move enters the stage as the lead is: the clauses that fail, with what the lead has."""

    stage: Stage
    clauses: tuple[Clause, ...]

    @property
    def sentence(self) -> str:
        """What lacks, in one sentence."""
        said = "; ".join(f"{one.words} ({one.found})" for one in self.clauses)
        return f"“{self.stage.name}” needs that {said}."


@dataclass(frozen=True)
class Rulebook:
    """An agreement's definitions, read once against columns of known types.

    A definition that cannot be read against them is met by no lead; `unreadable` says which.
    """

    agreement: Agreement
    columns: Mapping[str, Type]

    @cached_property
    def _read(self) -> dict[str, Predicate | str]:
        found: dict[str, Predicate | str] = {}
        for stage in self.agreement.stages:
            try:
                found[stage.name] = parse(stage.when, self.columns)
            except PredicateError as error:
                found[stage.name] = str(error)
        return found

    @cached_property
    def _predicates(self) -> dict[str, Predicate]:
        return {name: one for name, one in self._read.items() if isinstance(one, Predicate)}

    @property
    def unreadable(self) -> dict[str, str]:
        """Stages whose definition cannot be read, and why."""
        return {name: one for name, one in self._read.items() if isinstance(one, str)}

    @cached_property
    def _said(self) -> dict[str, tuple[str, ...]]:
        """What the `stage` of a move into each stage may be."""
        return {
            stage.name: _literals(stage, self._predicates[stage.name])
            for stage in self.agreement.stages
            if stage.name in self._predicates
        }

    @cached_property
    def _order(self) -> tuple[tuple[Stage, Predicate], ...]:
        """The stages in the order in which a move is asked which one it enters."""
        asked = (*self.agreement.detours, *reversed(self.agreement.success_path))
        return tuple((s, self._predicates[s.name]) for s in asked if s.name in self._predicates)

    def stage_of(self, record: Record) -> Stage | None:
        """The stage that a move joined with its lead enters."""
        return next((stage for stage, rule in self._order if _holds(rule, record)), None)

    def standing(self, record: Record) -> Standing:
        """The stage of a record, and its definition clause by clause."""
        stage = self.stage_of(record)
        return Standing(stage, self.clauses(stage, record) if stage else ())

    def clauses(self, stage: Stage, record: Record) -> tuple[Clause, ...]:
        """How a record stands against every clause of a stage's definition."""
        rule = self._predicates.get(stage.name)
        return () if rule is None else tuple(_conditions(rule, record, every=True))

    def current(self, lead: Record, moves: Sequence[Record]) -> tuple[Stage | None, Record | None]:
        """The stage a lead stands in after all its moves, and the move that brought it there.

        Both None for a lead whose moves enter no stage. Moves come in any order. A lead of several
        deals stands where its best deal stands (`measures.steps.walks`).
        """
        ranks = {stage.name: n for n, stage in enumerate(self._states)}
        placed = []
        for move, place in zip(moves, places(moves), strict=True):
            stage = self.stage_of({**lead, **move})
            if stage is not None:
                placed.append((place, _seq(move), ranks[stage.name], stage, move))
        placed.sort(key=lambda one: one[:3])
        steps = [(stage, move) for *_, stage, move in placed]
        deals = dict.fromkeys(deal for _, move in steps if (deal := move.get("deal_id")))
        if len(deals) < 2:
            return _stands(steps)
        walks = [[s for s in steps if s[1].get("deal_id") in (None, deal)] for deal in deals]
        stands = [(walk, *_stands(walk)) for walk in walks]
        # of the walks that stand best, the one that has stood there longest
        _, state, entered = max(
            stands,
            key=lambda one: (
                self._worth(one[0][-1][0]), _place(steps, one[0][-1][1]), -_place(steps, one[2])
            ),
        )  # fmt: skip
        return state, entered

    def _worth(self, stage: Stage) -> int:
        """Which of several deals says how their lead stands: a won one, else one that is open."""
        path = self.agreement.success_path
        if stage not in path:
            return 0
        won = next((n for n, one in enumerate(path) if one.kind == "won"), len(path) - 1)
        return 2 if path.index(stage) >= won else 1

    @cached_property
    def _states(self) -> tuple[Stage, ...]:
        return (*self.agreement.success_path, *self.agreement.detours)

    def entering(self, stage: Stage, record: Record) -> Entry | NotYet:
        """The move that enters a stage as the lead is, or the clauses that stand against it.

        Args:
            record: The lead's columns and those of the move to be that are decided already (`at`,
                `by`, `team`, `from_stage`, `reason`); its `stage` is what this finds.
        """
        rule = self._predicates.get(stage.name)
        if rule is None:
            why = self._read.get(stage.name, "it has no definition")
            return NotYet(stage, (Clause("its definition can be read", False, str(why)),))
        best: tuple[Clause, ...] = ()
        for literal in self._said[stage.name]:
            tried = {**record, "stage": literal}
            entered = self.stage_of(tried)
            if entered == stage:
                return Entry(stage, {"stage": literal})
            if entered is not None and _holds(rule, tried):
                return NotYet(stage, (self._in_the_way(entered, tried),))
            failing = tuple(_conditions(rule, tried, every=False))
            best = failing if not best or len(failing) < len(best) else best
        return NotYet(stage, best)

    def said_of(self, stage: Stage, record: Record) -> str:
        """What the `stage` of a move says that meets the stage's own definition; else its name."""
        rule = self._predicates.get(stage.name)
        literals = self._said.get(stage.name, ())
        fit = (one for one in literals if rule and _holds(rule, {**record, "stage": one}))
        return next(fit, stage.name)

    def named(self, stage: Stage | None, entered: Record | None) -> str | None:
        """What a stage is called by the move that entered it, where its definition asks that word.

        A definition over attributes alone takes moves whose word names another stage: then it is
        the stage's own name.
        """
        if stage is None or entered is None:
            return None
        is_asked = "stage" in self._predicates[stage.name].columns
        return str(entered["stage"]) if is_asked else stage.name

    def _in_the_way(self, entered: Stage, record: Record) -> Clause:
        said = self._predicates[entered.name].sentence()
        where = "which goes before" if not entered.is_success else "which is further"
        return Clause(
            f"it does not meet the definition of “{entered.name}”, {where}", False, f"{said}"
        )

    def by_attributes(self, record: Record) -> Stage | None:
        """The stage that the lead's attributes alone put it into, whatever its moves say."""
        for stage, rule in self._order:
            if not rule.columns & SAID_BY_MOVES and _holds(rule, record):
                return stage
        return None


def standing(
    agreement: Agreement, record: Record, columns: Mapping[str, Type] = PREDICATE_COLUMNS
) -> Standing:
    """Which stage does a record (a move joined with its lead) stand in by the agreement?"""
    return Rulebook(agreement, columns).standing(record)


def entering(
    agreement: Agreement,
    stage: str,
    record: Record,
    columns: Mapping[str, Type] = PREDICATE_COLUMNS,
) -> Entry | NotYet:
    """What move brings a lead into a stage? KeyError where the agreement has no such stage."""
    return Rulebook(agreement, columns).entering(agreement.stage(stage), record)


def columns_asked(agreement: Agreement, known: Mapping[str, Type]) -> dict[str, Type]:
    """Columns that definitions ask for and the data lacks, with the type they are compared as.

    A new workspace has no data yet: what the agreement asks may then be entered all the same.
    """
    asked: dict[str, Type] = {}
    for stage in agreement.stages:
        try:
            names = names_in(stage.when)
        except PredicateError:
            continue
        have = {name.casefold() for name in (*known, *asked)}
        unknown = sorted({name for name in names if name.casefold() not in have})
        for types in product(_GUESSES, repeat=min(len(unknown), _MOST_UNKNOWN)):
            guess = dict(zip(unknown, types, strict=False))
            if _is_read(stage.when, {**known, **asked, **guess}):
                asked |= guess
                break
    return asked


def _place(steps: Sequence[tuple[Stage, Record]], move: Record | None) -> int:
    """Where that very move stands among the steps."""
    return next((n for n, (_, one) in enumerate(steps) if one is move), -1)


def _stands(steps: Sequence[tuple[Stage, Record]]) -> tuple[Stage | None, Record | None]:
    """The last stage of the steps, and the step that entered it."""
    state: Stage | None = None
    entered: Record | None = None
    for stage, move in steps:
        if stage != state:
            state, entered = stage, move
    return state, entered


def places(moves: Sequence[Record]) -> list[datetime]:
    """Where each move stands in its lead's history; moves of one place go by `seq`.

    A dated move stands at its time, an undated one after the dated moves with a smaller `seq`.
    """
    dated = [(_seq(move), move["at"]) for move in moves if isinstance(move["at"], datetime)]
    found: list[datetime] = []
    for move in moves:
        at = move["at"]
        if not isinstance(at, datetime):
            earlier = [when for seq, when in dated if seq < _seq(move)]
            at = max(earlier, default=_FIRST)
        found.append(at)
    return found


def next_seq(moves: Iterable[Record], at: datetime) -> int | None:
    """The `seq` of a move made at `at`, so that it comes after all that are there; None: needless.

    Args:
        at: Naive UTC, as in the facts.
    """
    beside = [_seq(move) for move in moves if move["at"] is None or move["at"] == at]
    return max(beside) + 1 if beside else None


def _seq(move: Record) -> int:
    value = move.get("seq")
    return value if isinstance(value, int) else 0


def _holds(rule: Predicate, record: Record) -> bool:
    try:
        return rule.matches(record)
    except WrongValueError:
        return False


def _conditions(rule: Predicate, record: Record, *, every: bool) -> Iterator[Clause]:
    """What has to hold at once, each with its truth; without `every` only what does not hold."""
    try:
        conditions = rule.conditions(record)
    except WrongValueError as wrong:
        yield Clause(rule.sentence(), None, str(wrong))
        return
    for words, holds, columns in conditions:
        if every or holds is not True:
            yield Clause(words, holds, _found(rule, columns, record))


def _found(rule: Predicate, columns: Iterable[str], record: Record) -> str:
    """What the lead has in the columns of a condition, in words."""
    said = []
    for name in sorted(columns):
        value = record.get(name)
        said.append(f"{rule.spoken(name)} is {'not known' if value is None else _worded(value)}")
    return ", ".join(said) or "always so"


def _worded(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    return f"“{value}”" if isinstance(value, str) else str(value)


def _literals(stage: Stage, rule: Predicate) -> tuple[str, ...]:
    """What the `stage` of a move into this stage may be: its name, and what its definition says."""
    found = [stage.name]
    for node in tree.walk(rule.tree):
        if not isinstance(node, tree.Comparison | tree.Within | tree.Like | tree.Between):
            continue
        below = tuple(tree.walk(node))
        if not any(isinstance(one, tree.Column) and one.name == "stage" for one in below):
            continue
        constants = (one.value for one in below if isinstance(one, tree.Constant))
        found += reversed([one for one in constants if isinstance(one, str)])  # as written
        if isinstance(node, tree.Like):
            found.append(node.pattern.replace("%", "").replace("_", " ").strip() or stage.name)
    return tuple(dict.fromkeys(one for one in found if one))


def _is_read(text: str, columns: Mapping[str, Type]) -> bool:
    try:
        parse(text, columns)
    except PredicateError:
        return False
    return True
