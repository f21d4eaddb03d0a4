"""The business hours, where the agreement says any, can be read as hours of a clock."""

from __future__ import annotations

from collections.abc import Iterator

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.rules.gap import Columns, Gap, Spot
from onefunnel.agreement.working_time import BadWorkingTime, calendar_of


def gaps(agreement: Agreement, columns: Columns) -> Iterator[Gap]:
    try:
        calendar_of(agreement)
    except BadWorkingTime as wrong:
        yield Gap(
            "working-time",
            "business hours",
            str(wrong),
            wrong.fix,
            Spot("working_time", field="zone"),
        )
