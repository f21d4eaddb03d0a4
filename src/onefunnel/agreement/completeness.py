"""Is the agreement complete: what is missing before it can come into force?"""

from __future__ import annotations

from collections.abc import Collection, Set
from dataclasses import dataclass

from onefunnel.agreement.compare.pairing import folded
from onefunnel.agreement.document import Agreement
from onefunnel.agreement.rules import (
    audiences,
    charter_fields,
    credit_policy,
    handover_cards,
    promises_kept,
    remit_gap,
    remit_overlap,
    signatures,
    stage_definition,
    stage_measure,
    stage_place,
    stage_term,
    success_path,
    success_sheet,
    teams_known,
    working_time,
)
from onefunnel.agreement.rules.gap import Columns, Gap, Rule

#: Every rule about the document itself, in the order people mend things.
RULES: tuple[Rule, ...] = (
    charter_fields.gaps,
    success_sheet.gaps,
    success_path.gaps,
    stage_definition.gaps,
    stage_place.gaps,
    remit_gap.gaps,
    remit_overlap.gaps,
    stage_measure.gaps,
    stage_term.gaps,
    handover_cards.gaps,
    promises_kept.gaps,
    working_time.gaps,
    audiences.gaps,
    credit_policy.gaps,
)


def check(
    agreement: Agreement,
    columns: Columns,
    signed_by: Set[str] | None = None,
    teams: Collection[str] = (),
) -> tuple[Gap, ...]:
    """Every gap of the agreement, given the columns its definitions may use.

    Signatures stand where people sign, not in the document: they are judged only when `signed_by`
    (the teams that signed this digest) is given; so are teams, by the names of those there are.
    """
    found = [gap for rule in RULES for gap in rule(agreement, columns)]
    if teams:
        found += teams_known.gaps(agreement, teams)
    if signed_by is not None:
        found += signatures.gaps(agreement, signed_by)
    return tuple(found)


def is_complete(agreement: Agreement, columns: Columns, signed_by: Set[str] | None = None) -> bool:
    """Whether nothing is missing."""
    return not check(agreement, columns, signed_by)


@dataclass(frozen=True)
class Tick:
    """One of the five things each stage needs, and what is missing where it is not done."""

    name: str
    is_done: bool
    missing: tuple[str, ...] = ()


def five_ticks(
    agreement: Agreement, columns: Columns, signed_by: Set[str] = frozenset()
) -> dict[str, tuple[Tick, ...]]:
    """For each stage by name: defined, drawn, owned, measured, agreed by both."""
    rules: dict[str, tuple[Rule, ...]] = {
        "defined": (stage_definition.gaps,),
        "drawn": (stage_place.gaps,),
        "owned": (remit_gap.gaps, remit_overlap.gaps),
        "measured": (stage_measure.gaps,),
    }
    missing: dict[tuple[str, str], list[str]] = {}
    for name, checks in rules.items():
        for gap in (gap for rule in checks for gap in rule(agreement, columns)):
            missing.setdefault((name, gap.where), []).append(gap.what)
    unsigned = [gap.what for gap in signatures.gaps(agreement, signed_by)]
    if len({folded(each.team) for each in agreement.charter.signatories}) < 2:
        unsigned.append("fewer than two teams are named to sign")
    ticks = {}
    for stage in agreement.stages:
        of_stage = {name: missing.get((name, f"stage {stage.name}"), []) for name in rules}
        of_stage["agreed by both"] = unsigned
        ticks[stage.name] = tuple(
            Tick(name, not lacks, tuple(lacks)) for name, lacks in of_stage.items()
        )
    return ticks
