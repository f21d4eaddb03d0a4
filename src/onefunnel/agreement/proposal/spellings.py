"""Spellings of one stage name, and the predicate that catches them all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from onefunnel.agreement.proposal.found import Found
from onefunnel.facts.sql_text import literal


def merged(found: Found) -> tuple[Found, dict[str, tuple[str, ...]]]:
    """The same findings with names that differ in capitals and blanks only taken as one.

    Also gives, for each name kept (the most used spelling), all its spellings.
    """
    spelled: dict[str, list[str]] = {}
    declared = [row.stage for row in found.declared]
    for name in dict.fromkeys((*declared, *found.leads)):
        spelled.setdefault(" ".join(name.split()).casefold(), []).append(name)
    kept: dict[str, tuple[str, ...]] = {}
    for names in spelled.values():
        best = max(names, key=lambda name: (name in declared, found.leads.get(name, 0)))
        kept[best] = tuple(sorted(names))
    by_spelling = {name: best for best, names in kept.items() for name in names}
    before: dict[tuple[str, str], float] = {}
    for (a, b), count in found.before.items():
        pair = (by_spelling[a], by_spelling[b])
        if pair[0] != pair[1]:
            before[pair] = before.get(pair, 0.0) + count
    outcomes: dict[str, dict[str, int]] = {}
    for stage, counts in found.outcomes.items():
        into = outcomes.setdefault(by_spelling[stage], {})
        for outcome, count in counts.items():
            into[outcome] = into.get(outcome, 0) + count
    return replace(
        found,
        leads=_summed(found.leads, by_spelling),
        before=before,
        left=_summed(found.left, by_spelling),
        came=_summed(found.came, by_spelling),
        sampled=_summed(found.sampled, by_spelling),
        team={by_spelling[stage]: team for stage, team in found.team.items()},
        declared=tuple(replace(row, stage=by_spelling[row.stage]) for row in found.declared),
        outcomes=outcomes,
    ), kept


def _summed(counts: Mapping[str, int], by_spelling: Mapping[str, str]) -> dict[str, int]:
    total: dict[str, int] = {}
    for stage, count in counts.items():
        total[by_spelling[stage]] = total.get(by_spelling[stage], 0) + count
    return total


def stage_is(names: Iterable[str]) -> str:
    """The predicate text that holds for moves into any of these stages."""
    exact = list(dict.fromkeys(names))
    odd = [name for name in exact if any(_is_control(letter) for letter in name)]
    plain = [literal(name) for name in exact if name not in odd]
    parts = []
    if plain:
        parts.append(f"stage = {plain[0]}" if len(plain) == 1 else f"stage IN ({', '.join(plain)})")
    for name in odd:  # control characters cannot be written down: _ stands for each
        pattern = "".join("_" if _is_control(letter) else letter for letter in name)
        parts.append(f"stage LIKE {literal(pattern.replace(chr(92), '_'))}")
    return " OR ".join(parts)


def _is_control(letter: str) -> bool:
    return letter < " "
