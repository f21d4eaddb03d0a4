"""The facts of one company: standard tables as Ibis tables on one engine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from onefunnel.facts.findings import Finding
from onefunnel.facts.personal import personal_columns
from onefunnel.facts.tables import TABLES

if TYPE_CHECKING:
    import ibis.expr.types as ir


class MissingFacts(LookupError):
    """A measure needs a standard table that these facts do not have."""

    def __init__(self, table: str) -> None:
        self.table = table
        super().__init__(
            f"these facts have no {table} ({TABLES[table].meaning.lower()}); "
            f"import a file with one row per {TABLES[table].grain.removeprefix('one ')}"
        )


@dataclass(frozen=True)
class Journeys:
    """Ready-made journeys: one row per lead; `digest` says by which agreement, in which shape
    (`measures.steps.journeys.made_by`).

    `table` is as of `as_of` and has the columns that `measures.steps.journeys` documents.
    """

    table: ir.Table
    digest: str
    as_of: datetime | None


@dataclass(frozen=True)
class Facts:
    """The standard tables that exist, what was found in them, and how fresh they are.

    Only tables that exist are present. Every time in them is UTC (without a zone), money is
    DECIMAL(18,4). `data_at` is the latest recorded time in the data that is not in the future:
    the default as-of of every measure. `personal` says of columns ("leads.mobile") whether they
    are personal data, where that was decided. `renamed` says which column of the files ("Fonte")
    is a standard one of leads or accounts ("source"). `journeys` are ready-made, when an engine
    keeps them.
    """

    tables: Mapping[str, ir.Table]
    findings: tuple[Finding, ...] = ()
    data_at: datetime | None = None
    origin: str = ""
    notes: tuple[str, ...] = ()
    personal: Mapping[str, bool] = field(default_factory=dict)
    renamed: Mapping[str, str] = field(default_factory=dict)
    journeys: Journeys | None = field(default=None, repr=False)
    #: Small things worked out of these very tables, to be thrown away with them.
    worked_out: dict[object, object] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def __contains__(self, table: str) -> bool:
        return table in self.tables

    def __getitem__(self, table: str) -> ir.Table:
        """The Ibis table of that name; MissingFacts where these facts do not have it."""
        try:
            return self.tables[table]
        except KeyError:
            raise MissingFacts(table) from None

    @property
    def personal_columns(self) -> frozenset[str]:
        """The columns ("leads.mobile") that hold personal data: as decided, else by their names."""
        columns = {name: table.columns for name, table in self.tables.items()}
        return personal_columns(columns, self.personal)

    def with_findings(self, findings: Iterable[Finding]) -> Facts:
        """The same facts with further findings."""
        return replace(self, findings=(*self.findings, *findings))
