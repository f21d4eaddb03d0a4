"""Every check there is, in the order people meet the findings."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from onefunnel.facts.checks.blank_keys import blank_keys
from onefunnel.facts.checks.bulk_edits import bulk_edits
from onefunnel.facts.checks.context import Context, Tables
from onefunnel.facts.checks.duplicate_rows import duplicate_rows
from onefunnel.facts.checks.future_dates import future_dates
from onefunnel.facts.checks.missing_dates import missing_dates
from onefunnel.facts.checks.misspelt import misspelt
from onefunnel.facts.checks.mixed_currencies import mixed_currencies
from onefunnel.facts.checks.moves_out_of_order import moves_out_of_order
from onefunnel.facts.checks.negative_durations import negative_durations
from onefunnel.facts.checks.several_deals import several_deals
from onefunnel.facts.checks.undeclared_stages import undeclared_stages
from onefunnel.facts.checks.unknown_keys import unknown_keys
from onefunnel.facts.findings import Finding

Check = Callable[[Tables, Context], list[Finding]]

CHECKS: tuple[Check, ...] = (
    unknown_keys,
    blank_keys,
    missing_dates,
    misspelt,
    negative_durations,
    moves_out_of_order,
    future_dates,
    bulk_edits,
    mixed_currencies,
    several_deals,
    undeclared_stages,
    duplicate_rows,
)


def run_checks(tables: Tables, now: datetime, *, days: str = "UTC") -> list[Finding]:
    """All findings on these standard tables; `now` is UTC without a zone.

    `days` is the time zone in which days begin that were written without a time.
    """
    context = Context(now=now, days=days)
    return [finding for check in CHECKS for finding in check(tables, context)]
