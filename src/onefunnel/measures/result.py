"""What a measure answers: rows, and all that is needed to believe them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from onefunnel.facts.findings import Finding
from onefunnel.measures.scope import Scope

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd


@dataclass(frozen=True)
class AgreementRef:
    """Under which definition a number was computed. `is_agreed` is False for a proposal."""

    version: str
    digest: str
    is_agreed: bool


@dataclass(frozen=True)
class Result:
    """One measure's answer.

    `rows` hold plain values (str, int, float, Decimal, datetime, None); `columns` is their order.
    Shares are 0..1. `low` and `high` of a row are its 95 % interval. A value that the data cannot
    support is None and the row's `note` says why ("too few to tell (n=7)"). `sentence` is the
    reading in one plain sentence. `totals` holds figures of the whole (not of a row).
    """

    measure: str
    question: str
    as_of: datetime | None
    agreement: AgreementRef | None
    scope: Scope
    columns: tuple[str, ...]
    rows: tuple[Mapping[str, object], ...]
    sentence: str = ""
    totals: Mapping[str, object] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()

    def to_pandas(self) -> pd.DataFrame:
        """The rows as a data frame, one column each, in the order of `columns`."""
        import pandas as pd

        return pd.DataFrame([dict(row) for row in self.rows], columns=list(self.columns))


@dataclass(frozen=True)
class Records:
    """The list behind one figure.

    `table` has one row per counted record with its key (`lead_id` and, where money is summed,
    `amount` and `currency`); its row count, or the sum of `sum_column`, equals the figure.
    """

    table: ir.Table
    sum_column: str | None = None
