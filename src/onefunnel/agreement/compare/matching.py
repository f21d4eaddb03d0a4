"""Which stage of one draft is which stage of the other, why, and how sure is that?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from onefunnel.agreement.compare.definitions import Columns, Definition
from onefunnel.agreement.compare.pairing import folded, matched
from onefunnel.agreement.document import Agreement
from onefunnel.agreement.stage import Stage
from onefunnel.agreement.standard_columns import PREDICATE_COLUMNS

By = Literal["name", "definition", "records", "kind", "people"]
#: The share of common leads by our stage and their stage: of the leads that enter either, how many
#: enter both (Jaccard). What no lead enters is left out.
Shared = Mapping[tuple[str, str], float]

#: Stages with fewer leads in common than this are not matched by their leads.
LEAST_SHARED = 0.5
#: Two won stages with fewer leads in common than this are two different things.
HARDLY_SHARED = 0.1


@dataclass(frozen=True)
class Match:
    """One stage of ours is taken for one of theirs. `confidence` is 0..1; `shared` is the share of
    common leads, None where no records were looked at or none enter."""

    ours: str
    theirs: str
    by: By
    reason: str
    confidence: float
    shared: float | None = None

    def swapped(self) -> Match:
        """The match as the other side reads it."""
        return Match(self.theirs, self.ours, self.by, self.reason, self.confidence, self.shared)


class UnknownStage(LookupError):
    """A match names a stage that the draft does not have, or names one twice."""


def match_stages(
    ours: Agreement,
    theirs: Agreement,
    *,
    columns: Columns = PREDICATE_COLUMNS,
    shared: Shared | None = None,
    chosen: Iterable[tuple[str, str]] = (),
) -> tuple[Match, ...]:
    """The stages of two drafts that are one, each with the reason it is taken for so.

    In this order, each only where it tells one to one: pairs that people have `chosen`; equal
    names (capitals, accents and punctuation aside); equal definitions; where `shared` is given,
    the leads that enter, at least half of them in common and more than with any other stage; the
    only won, lost, disqualified or recycled stage of each. A stage that none of these finds a
    partner for is left alone: nothing is matched by likeness of names. In the order of ours.

    Raises:
        UnknownStage: `chosen` names a stage that is not there, or one twice.
    """
    search = _Search(ours, theirs, columns, shared or {})
    search.take_chosen(tuple(chosen))
    search.by_name()
    search.by_definition()
    search.by_records()
    search.by_kind()
    order = {stage.name: place for place, stage in enumerate(ours.stages)}
    return tuple(sorted(search.found, key=lambda match: order[match.ours]))


class _Search:
    def __init__(
        self, ours: Agreement, theirs: Agreement, columns: Columns, shared: Shared
    ) -> None:
        self.all_ours, self.all_theirs = ours.stages, theirs.stages
        self.ours, self.theirs = list(ours.stages), list(theirs.stages)
        self.columns, self.shared = columns, shared
        self.found: list[Match] = []

    def take_chosen(self, chosen: Sequence[tuple[str, str]]) -> None:
        for ours, theirs in chosen:
            one = next((stage for stage in self.ours if stage.name == ours), None)
            other = next((stage for stage in self.theirs if stage.name == theirs), None)
            for name, stage, side in ((ours, one, "our"), (theirs, other, "their")):
                if stage is None:
                    raise UnknownStage(
                        f"{side} draft has no stage {name!r} that is still free to be matched"
                    )
            assert one is not None
            assert other is not None
            self._take(one, other, "people", "chosen by people", 1.0)

    def by_name(self) -> None:
        for one, other in matched(self.ours, self.theirs, _folded_name, _folded_name):
            share = self.shared.get((one.name, other.name))
            if share is not None and share < LEAST_SHARED:
                reason = f"the same name, though only {_percent(share)} of their leads are the same"
                self._take(one, other, "name", reason, LEAST_SHARED)
            else:
                self._take(one, other, "name", "the same name", 1.0)

    def by_definition(self) -> None:
        def key(stage: Stage) -> str | None:
            return Definition(stage.when, self.columns).canonical or None

        for one, other in matched(self.ours, self.theirs, key, key):
            self._take(one, other, "definition", "the same definition under another name", 0.9)

    def by_records(self) -> None:
        is_found = True
        while is_found:
            is_found = False
            for one in list(self.ours):
                other = self._closest(one, self.theirs)
                if other is not None and self._closest_of_ours(other) is one:
                    share = self.shared[one.name, other.name]
                    reason = f"{_percent(share)} of the leads that enter either enter both"
                    self._take(one, other, "records", reason, round(share, 4))
                    is_found = True

    def by_kind(self) -> None:
        ours = Counter(stage.kind for stage in self.all_ours)
        theirs = Counter(stage.kind for stage in self.all_theirs)
        for one in list(self.ours):
            other = next((each for each in self.theirs if each.kind == one.kind), None)
            is_only = one.kind != "open" and ours[one.kind] == theirs[one.kind] == 1
            if other is None or not is_only:
                continue
            share = self.shared.get((one.name, other.name))
            if share is None or share >= HARDLY_SHARED:
                reason = f"the only {one.kind} stage of each draft"
                self._take(one, other, "kind", reason, 0.6)

    def _closest(self, one: Stage, others: list[Stage]) -> Stage | None:
        return _first(others, [self.shared.get((one.name, other.name), 0.0) for other in others])

    def _closest_of_ours(self, other: Stage) -> Stage | None:
        shares = [self.shared.get((one.name, other.name), 0.0) for one in self.ours]
        return _first(self.ours, shares)

    def _take(self, one: Stage, other: Stage, by: By, reason: str, confidence: float) -> None:
        share = self.shared.get((one.name, other.name))
        self.found.append(Match(one.name, other.name, by, reason, confidence, share))
        self.ours.remove(one)
        self.theirs.remove(other)


def _first(stages: list[Stage], shares: list[float]) -> Stage | None:
    """The stage with the greatest share, if that is enough and no other has the same."""
    greatest = max(shares, default=0.0)
    if greatest < LEAST_SHARED or shares.count(greatest) > 1:
        return None
    return stages[shares.index(greatest)]


def _folded_name(stage: Stage) -> str:
    return folded(stage.name)


def _percent(share: float) -> str:
    return f"{share * 100:.0f} %"
