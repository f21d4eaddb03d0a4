"""What pages rest on: the facts, the agreement they are read under, how fresh they are."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from django.conf import settings

from onefunnel.agreement.document import Agreement
from onefunnel.facts.personal import personal_columns
from onefunnel.facts.store import Facts
from onefunnel.facts.tables import TABLES
from onefunnel.server.agree.queries import agreement_for_the_copy, proposed_from_data
from onefunnel.server.people.queries import workspace
from onefunnel.server.warehouse import queries as warehouse
from onefunnel.server.warehouse.kept import Kept

_proposals = Kept(4)
_personal = Kept(4)


@dataclass(frozen=True)
class Basis:
    """Facts of one version of the data, and the agreement they are read under.

    Without an agreement in use the one proposed from the data stands in, not agreed. Days and
    quarters begin in `zone`. `is_behind` says that data came in which these facts lack although
    nothing is at work to bring it: numbers are then old, and pages say so instead of showing them.
    """

    facts: Facts
    agreement: Agreement
    version: Hashable
    zone: ZoneInfo
    fiscal_year_starts: int
    is_behind: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to show yet."""
        return "leads" not in self.facts and "moves" not in self.facts

    @cached_property
    def personal(self) -> frozenset[str]:
        """The columns ("leads.mobile") that hold personal data."""
        return self.facts.personal_columns

    @property
    def data_at(self) -> datetime | None:
        """The data's time, as pages print it."""
        at = self.facts.data_at
        return at.replace(tzinfo=UTC) if at else None


def current_basis() -> Basis:
    """What pages rest on at this moment."""
    facts, number = warehouse.current_data()  # one look: answers are kept by this version
    version = (str(settings.WORKSPACE), number, facts.data_at)
    site = workspace()
    return Basis(
        facts=facts,
        agreement=agreement_for_the_copy()
        or _proposals.get(version, lambda: proposed_from_data(facts)),
        version=version,
        zone=ZoneInfo(site.time_zone),
        fiscal_year_starts=site.fiscal_year_starts,
        is_behind=warehouse.copy_is_behind(),
    )


def personal_columns_now() -> frozenset[str]:
    """The columns that hold personal data, without all that a page with numbers rests on."""
    facts, number = warehouse.current_data()
    living = tuple(name for name, _ in warehouse.lead_columns())

    def found() -> frozenset[str]:
        columns = {name: list(table.column_names) for name, table in TABLES.items()}
        for name, table in facts.tables.items():
            columns[name] = [*columns[name], *table.columns]
        columns["leads"] += living  # the copy follows a moment later
        return personal_columns(columns, facts.personal)

    return _personal.get(("personal", str(settings.WORKSPACE), number, living), found)
