"""What would another version of the agreement have done to the leads of all history?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

import ibis

from onefunnel.agreement.compare.matching import Match, match_stages
from onefunnel.agreement.document import Agreement
from onefunnel.facts.store import Facts
from onefunnel.measures.differences import shared_leads
from onefunnel.measures.result import AgreementRef, Records
from onefunnel.measures.scope import Scope
from onefunnel.measures.steps.cohort import as_of_data, cohort
from onefunnel.measures.steps.defined import move_columns
from onefunnel.measures.steps.path import Path
from onefunnel.measures.steps.run import rows
from onefunnel.measures.steps.shares import MAX_WIDTH, MIN_LEADS, too_few
from onefunnel.measures.words import count_of_leads
from onefunnel.statistics.intervals import wilson
from onefunnel.statistics.kappa import Kappa, cohens_kappa

if TYPE_CHECKING:
    import ibis.expr.types as ir

QUESTION = "Which leads would another version have moved, and is it better at letting in winners?"
Moved = Literal["entered_before", "entered_after", "both", "moved_in", "moved_out"]
#: States in one whole number of 64 bits.
_WORD = 60
_NOWHERE = -1


@dataclass(frozen=True)
class WonShare:
    """Of the leads let in, how many were won so far (`share`, with its 95 % interval), and how many
    are still `open`. `share` is None where `note` says it is too few to tell."""

    entered: int
    won: int
    open: int
    share: float | None
    low: float
    high: float
    note: str = ""


@dataclass(frozen=True)
class StageReplay:
    """One stage under both versions; a name is None where a version has no such stage.

    `moved_in` leads enter it under the new version only, `moved_out` under the old only, `both`
    under either. `kappa` says how far the versions agree on who enters, over all leads.
    """

    before: str | None
    after: str | None
    both: int
    moved_in: int
    moved_out: int
    won_before: WonShare
    won_after: WonShare
    kappa: Kappa | None


@dataclass(frozen=True)
class Replay:
    """Two versions over the same leads. `kappa` compares the furthest stage each lead reached."""

    before: AgreementRef
    after: AgreementRef
    as_of: datetime | None
    scope: Scope
    leads: int
    matches: tuple[Match, ...]
    stages: tuple[StageReplay, ...]
    kappa: Kappa | None
    sentence: str
    notes: tuple[str, ...]


def replay(
    facts: Facts,
    before: Agreement,
    after: Agreement,
    *,
    scope: Scope | None = None,
    matches: Sequence[Match] | None = None,
) -> Replay:
    """What would `after` have done to the leads that `before` sorted?

    Every move up to `as_of` is read under each whole agreement: it enters one stage, the first
    detour it meets, else the furthest stage of the success path. A lead entered a stage if any of
    its moves did, dated or not. One yardstick for both: a lead is won, open or lost as `before`
    says, so that a version cannot look better by calling more leads won. The won share counts open
    leads as not won so far; how many are open stands beside it. Stages are matched as `matches`
    says, else by `match_stages` (with the leads in common only where names and definitions leave
    stages over). Kappa: Cohen (1960), interval of Fleiss, Cohen and Everitt (1969); won share:
    Wilson (1927).

    Raises:
        MissingFacts: there are no moves.
        NoSuccessPath: a version has no stage of kind open or won.
        PredicateError: a definition cannot be read against these facts.
    """
    asked = as_of_data(facts, scope or Scope())
    if matches is None:
        matches = _matches(facts, before, after, asked)
    paths = Path(before), Path(after)
    sorted_leads = _Sorted(rows(_sorted(facts, paths, asked)), paths)
    pairs = _pairs(matches, paths)
    stages = tuple(_stage(sorted_leads, paths, one, other) for one, other in pairs)
    kappa = cohens_kappa(_furthest_table(sorted_leads, paths, pairs))
    return Replay(
        before=_ref(before),
        after=_ref(after),
        as_of=asked.as_of,
        scope=asked,
        leads=sorted_leads.total,
        matches=tuple(matches),
        stages=stages,
        kappa=kappa,
        sentence=_sentence(sorted_leads.total, stages, kappa),
        notes=_notes(before, after),
    )


def replay_records(
    facts: Facts,
    before: Agreement,
    after: Agreement,
    stage: StageReplay,
    figure: Moved,
    *,
    scope: Scope | None = None,
) -> Records:
    """The leads behind a count of a stage."""
    asked = as_of_data(facts, scope or Scope())
    paths = Path(before), Path(after)
    leads = _with_states(facts, paths, asked)
    one, other = (
        _has(leads, side, None if name is None else path.is_at(name))
        for side, name, path in zip(
            ("before", "after"), (stage.before, stage.after), paths, strict=True
        )
    )
    chosen = {
        "entered_before": one,
        "entered_after": other,
        "both": one & other,
        "moved_in": other & ~one,
        "moved_out": one & ~other,
    }[figure]
    return Records(leads.filter(chosen).select("lead_id"))


def _matches(facts: Facts, before: Agreement, after: Agreement, scope: Scope) -> tuple[Match, ...]:
    columns = move_columns(facts)
    found = match_stages(before, after, columns=columns)
    if len(found) == min(len(before.stages), len(after.stages)):
        return found
    shared = shared_leads(facts, before, after, scope)
    return match_stages(before, after, columns=columns, shared=shared)


def _with_states(facts: Facts, paths: tuple[Path, Path], scope: Scope) -> ir.Table:
    """The leads of the scope with the states they entered under each version, as bits."""
    moves = facts["moves"]
    if scope.as_of is not None:
        moves = moves.filter(moves["at"].isnull() | (moves["at"] <= scope.as_of))
    leads = facts.tables.get("leads")
    for side, path in zip(("before", "after"), paths, strict=True):
        moves = path.with_state(moves, leads).rename({f"_state_{side}": "state"})
    bits = {
        f"{side}_{word}": _bits(moves[f"_state_{side}"], word)
        for side, path in zip(("before", "after"), paths, strict=True)
        for word in range(_words(path))
    }
    entered = moves.group_by(_of=moves["lead_id"]).agg(**bits)
    chosen = cohort(facts, paths[0].agreement, scope).select("lead_id", "outcome")
    joined = chosen.left_join(entered, chosen["lead_id"] == entered["_of"]).drop("_of")
    return joined.mutate(**{name: joined[name].fill_null(0) for name in bits})


def _sorted(facts: Facts, paths: tuple[Path, Path], scope: Scope) -> ir.Table:
    leads = _with_states(facts, paths, scope)
    keys = [name for name in leads.columns if name != "lead_id"]
    return leads.group_by(keys).agg(leads=leads.count())


def _bits(state: ir.IntegerColumn, word: int) -> ir.IntegerScalar:
    first = word * _WORD
    is_in = (state >= first) & (state < first + _WORD)
    one = ibis.literal(1, "int64")
    return ibis.ifelse(is_in, one << (state - first).cast("int64"), 0).bit_or()


def _has(leads: ir.Table, side: str, state: int | None) -> ir.BooleanValue:
    if state is None:
        return ibis.literal(False)
    word, place = divmod(state, _WORD)
    return (leads[f"{side}_{word}"] & (1 << place)) != 0


def _words(path: Path) -> int:
    return (len(path.names) - 1) // _WORD + 1


class _Sorted:
    """How many leads entered which states under both versions, by how they stand."""

    def __init__(self, found: Sequence[Mapping[str, Any]], paths: tuple[Path, Path]) -> None:
        self._groups = [
            (
                *(
                    sum(row[f"{side}_{word}"] << (word * _WORD) for word in range(_words(path)))
                    for side, path in zip(("before", "after"), paths, strict=True)
                ),
                row["outcome"],
                int(row["leads"]),
            )
            for row in found
        ]
        self.total = sum(leads for *_, leads in self._groups)

    def by_entry(self, one: int | None, other: int | None) -> Counter[tuple[bool, bool, str]]:
        """Leads by whether they entered a state of each version, and how they stand."""
        found: Counter[tuple[bool, bool, str]] = Counter()
        for before, after, outcome, leads in self._groups:
            is_in = one is not None and bool(before >> one & 1)
            is_in_other = other is not None and bool(after >> other & 1)
            found[is_in, is_in_other, str(outcome)] += leads
        return found

    def by_furthest(self, paths: tuple[Path, Path]) -> Counter[tuple[int, int]]:
        """Leads by the furthest success stage under each version; 0 where only a detour."""
        found: Counter[tuple[int, int]] = Counter()
        for before, after, _, leads in self._groups:
            found[_furthest(before, paths[0]), _furthest(after, paths[1])] += leads
        return found


def _furthest(bits: int, path: Path) -> int:
    if not bits:
        return _NOWHERE
    return max((bits & ((1 << path.length) - 1)).bit_length() - 1, 0)


def _pairs(
    matches: Sequence[Match], paths: tuple[Path, Path]
) -> list[tuple[int | None, int | None]]:
    """The states of both versions side by side: those of the old in order, then what is new."""
    partner = {each.ours: paths[1].is_at(each.theirs) for each in matches}
    pairs: list[tuple[int | None, int | None]] = [
        (state, partner.get(name)) for state, name in paths[0].names.items()
    ]
    taken = {other for _, other in pairs}
    return pairs + [(None, state) for state in paths[1].names if state not in taken]


def _stage(
    found: _Sorted, paths: tuple[Path, Path], one: int | None, other: int | None
) -> StageReplay:
    counted = found.by_entry(one, other)

    def leads(is_in: bool, is_in_other: bool) -> int:
        return sum(n for (a, b, _), n in counted.items() if (a, b) == (is_in, is_in_other))

    both, moved_in, moved_out = leads(True, True), leads(False, True), leads(True, False)
    neither = leads(False, False)
    return StageReplay(
        before=None if one is None else paths[0].names[one],
        after=None if other is None else paths[1].names[other],
        both=both,
        moved_in=moved_in,
        moved_out=moved_out,
        won_before=_won_share(Counter({k: n for k, n in counted.items() if k[0]})),
        won_after=_won_share(Counter({k: n for k, n in counted.items() if k[1]})),
        kappa=None
        if one is None or other is None
        else cohens_kappa([[both, moved_out], [moved_in, neither]]),
    )


def _won_share(counted: Counter[tuple[bool, bool, str]]) -> WonShare:
    by_outcome: Counter[str] = Counter()
    for (_, _, outcome), leads in counted.items():
        by_outcome[outcome] += leads
    entered, won = by_outcome.total(), by_outcome["won"]
    interval = wilson(won, entered)
    is_too_few = entered < MIN_LEADS or interval.width > MAX_WIDTH
    still_open = by_outcome["open"] + by_outcome["late"]
    return WonShare(
        entered=entered,
        won=won,
        open=still_open,
        share=None if is_too_few else won / entered,
        low=interval.low,
        high=interval.high,
        note=too_few(entered) if is_too_few else "",
    )


def _furthest_table(
    found: _Sorted, paths: tuple[Path, Path], pairs: Sequence[tuple[int | None, int | None]]
) -> list[list[int]]:
    """Leads by furthest stage under both, matched stages being one class."""
    class_of = {("before", _NOWHERE): 0, ("after", _NOWHERE): 0}
    for number, (one, other) in enumerate(pairs, start=1):
        class_of["before", one] = class_of["after", other] = number  # type: ignore[index]
    table = [[0] * (len(pairs) + 1) for _ in range(len(pairs) + 1)]
    for (one, other), leads in found.by_furthest(paths).items():
        table[class_of["before", one]][class_of["after", other]] += leads
    return table


def _ref(agreement: Agreement) -> AgreementRef:
    return AgreementRef(agreement.version, agreement.digest, agreement.is_agreed)


def _sentence(total: int, stages: Sequence[StageReplay], kappa: Kappa | None) -> str:
    moved = max(stages, key=lambda each: each.moved_in + each.moved_out)
    if not moved.moved_in + moved.moved_out:
        return f"Of {count_of_leads(total)}, both versions let the same ones into every stage."
    agree = f" Overall they agree on {kappa.agreement_share:.1%} of leads." if kappa else ""
    return (
        f"Of {count_of_leads(total)}, the new version lets {moved.moved_in:,} more into "
        f"{moved.after or moved.before} and {moved.moved_out:,} no longer.{agree}"
    )


def _notes(before: Agreement, after: Agreement) -> tuple[str, ...]:
    notes = ["Open leads count as not won so far, under both versions."]
    won = [each.won.when if each.won else "" for each in (before, after)]
    if won[0] != won[1]:
        notes.append("The versions define won differently: won is judged by the old one for both.")
    return tuple(notes)
