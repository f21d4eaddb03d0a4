"""What may be written where a draft says nothing yet: proposals, each with where it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.conf import settings

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.measured import is_share
from onefunnel.agreement.proposal.first_words import first_meaning, usual_leaders
from onefunnel.agreement.rules.gap import Columns
from onefunnel.agreement.stage import Stage
from onefunnel.facts.store import Facts
from onefunnel.measures.first_targets import SoFar, first_targets
from onefunnel.measures.owned_by import owning_teams
from onefunnel.server.agree.columns import definition_columns
from onefunnel.server.agree.models import Draft
from onefunnel.server.people.models import Team
from onefunnel.server.people.queries import heads_of, people
from onefunnel.server.warehouse import queries as warehouse
from onefunnel.server.warehouse.kept import Kept


@dataclass(frozen=True)
class Proposed:
    """A text that could be kept, and where it comes from, in words."""

    text: str
    source: str


@dataclass(frozen=True)
class Proposals:
    """Proposals by part of the draft, name of the thing and field; what stages came to so far."""

    texts: Mapping[tuple[str, str, str], Proposed] = field(default_factory=dict)
    stages: Mapping[str, SoFar] = field(default_factory=dict)


def proposals_for(draft: Draft, agreement: Agreement) -> Proposals:
    """What could be written in a draft: of its stages by the data, of its charter by who is here.

    Nothing of the other draft is looked at.
    """
    counted, owned = _counted(agreement)
    columns = definition_columns(warehouse.current_facts())
    leaders = _leaders(agreement, owned)
    texts = {
        ("stages", stage.name, name): said
        for stage in agreement.stages
        for name, said in _of_stage(agreement, stage, counted[stage.name], leaders, columns).items()
        if said.text
    }
    texts["charter", "", "process"] = Proposed(
        "Both teams write a draft, settle where they differ, and sign the one text.",
        "how it is done here",
    )
    texts["charter", "", "review_every"] = Proposed("quarter", "as most do")
    texts["charter", "", "signatories"] = Proposed(_signatories(draft), "the teams that draft")
    texts["outcome", "", "measures"] = Proposed("win rate", "as most do")
    return Proposals(texts, counted)


def said(value: float, measure: str) -> str:
    """A value of a measure as people write it: a share in per cent."""
    return f"{value * 100:.4g} %" if is_share(measure) else f"{value:g}"


_kept = Kept(8)


def _counted(agreement: Agreement) -> tuple[dict[str, SoFar], dict[str, tuple[str, int, int]]]:
    facts, version = warehouse.current_data()
    teams = _teams_of_owners()
    key = (str(settings.WORKSPACE), version, agreement.digest, tuple(sorted(teams.items())))
    return _kept.get(key, lambda: _count(facts, agreement, teams))


def _count(
    facts: Facts, agreement: Agreement, teams: Mapping[str, str]
) -> tuple[dict[str, SoFar], dict[str, tuple[str, int, int]]]:
    return first_targets(facts, agreement), owning_teams(facts, agreement, teams)


def _leaders(
    agreement: Agreement, owned: Mapping[str, tuple[str, int, int]]
) -> dict[str, Proposed]:
    """Who could lead each stage: who owns its leads, else who usually does."""
    usual = usual_leaders(agreement)
    return {
        stage: Proposed(team, "usual at this place of a funnel") for stage, team in usual.items()
    } | {
        stage: Proposed(team, "owns most of the leads that stand here")
        for stage, (team, _, _) in owned.items()
    }


def _of_stage(
    agreement: Agreement,
    stage: Stage,
    came: SoFar,
    leaders: Mapping[str, Proposed],
    columns: Columns,
) -> dict[str, Proposed]:
    found = {"meaning": Proposed(first_meaning(agreement, stage, columns), "from its condition")}
    if stage.name in leaders:
        found["leads"] = leaders[stage.name]
    found["measure"] = Proposed(stage.measure or came.measure, "fits the step")
    is_its_own = stage.measure.strip().casefold() in ("", came.measure)
    if came.value is not None and is_its_own:
        value = said(came.value, came.measure)
        days = " days" if came.measure == "time in stage" else ""
        found["target"] = Proposed(value, f"so far {value}{days}")
    return found


def _teams_of_owners() -> dict[str, str]:
    """The team of everybody here, by the name and the address that data may call them by."""
    return {
        name.strip().casefold(): one.team
        for one in people()
        for name in (one.name, one.email)
        if name.strip()
    }


def _signatories(draft: Draft) -> str:
    """The two teams of the round, each with its head where there is exactly one."""
    lines = []
    for team in (draft.round.one, draft.round.other):
        heads = [one.name for one in heads_of(team) if "," not in one.name]
        label = str(Team(team).label)
        lines.append(f"{label} ({heads[0]})" if len(heads) == 1 else label)
    return ", ".join(lines)
