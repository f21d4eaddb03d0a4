"""Which columns the definitions of this workspace may use."""

from __future__ import annotations

from onefunnel.agreement.predicates.table_columns import columns_of
from onefunnel.agreement.rules.gap import Columns
from onefunnel.agreement.standard_columns import PREDICATE_COLUMNS
from onefunnel.facts.store import Facts


def definition_columns(facts: Facts) -> Columns:
    """The columns of the moves and leads there are; the standard ones before there is any data.

    On a clash of names the move's column wins, as when stages are told apart.
    """
    if "moves" not in facts:
        return PREDICATE_COLUMNS
    tables = [facts["moves"], *([facts["leads"]] if "leads" in facts else [])]
    return {**PREDICATE_COLUMNS, **columns_of(*tables)}
