"""What pages rest on: the facts, the agreement they are read under, how fresh they are."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from django.conf import settings

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.propose import propose
from onefunnel.agreement.yaml_text import read_yaml
from onefunnel.facts.store import Facts
from onefunnel.server.people.queries import workspace
from onefunnel.server.run.kept import Kept
from onefunnel.server.warehouse import queries as warehouse
from onefunnel.server.warehouse.agreement_in_force import agreement_in_force
from onefunnel.server.warehouse.columns.reading import copy_in
from onefunnel.server.warehouse.columns.refresh import folder

_proposals = Kept(4)


@dataclass(frozen=True)
class Basis:
    """Facts of one version of the data, and the agreement they are read under.

    Without an agreement in force the one proposed from the data stands in, not agreed. Days and
    quarters begin in `zone`.
    """

    facts: Facts
    agreement: Agreement
    version: Hashable
    zone: ZoneInfo
    fiscal_year_starts: int

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to show yet."""
        return "leads" not in self.facts and "moves" not in self.facts

    @property
    def data_at(self) -> datetime | None:
        """The data's time, as pages print it."""
        at = self.facts.data_at
        return at.replace(tzinfo=UTC) if at else None


def current_basis() -> Basis:
    """What pages rest on at this moment."""
    facts = warehouse.current_facts()
    version = (str(settings.WORKSPACE), warehouse.copy_version(), facts.data_at)
    site = workspace()
    return Basis(
        facts=facts,
        agreement=agreement_in_force() or _proposals.get(version, lambda: _proposed(facts)),
        version=version,
        zone=ZoneInfo(site.time_zone),
        fiscal_year_starts=site.fiscal_year_starts,
    )


def _proposed(facts: Facts) -> Agreement:
    """The proposal the copy's journeys follow, else a new one."""
    text = copy_in(folder()).manifest().proposed
    return read_yaml(text, "proposed agreement") if text else propose(facts)
