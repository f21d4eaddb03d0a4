"""What can a measure be split by, and which group is a lead in?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from onefunnel.facts.store import Facts

if TYPE_CHECKING:
    import ibis.expr.types as ir

#: What people read where a lead has no value in the column.
NONE = "(none)"

#: Periods of entry that leads can be grouped by, and how a period is written.
PERIODS = {"year": "%Y", "month": "%Y-%m", "week": "%G-W%V"}


class UnknownGroup(ValueError):
    """There is no such column to split by."""

    def __init__(self, by: str, known: list[str]) -> None:
        super().__init__(
            f"there is no column {by!r} to split by; leads can be split by {', '.join(known)}"
        )


def group_columns(facts: Facts) -> list[str]:
    """Every name that `by` may take for leads: their own columns, their account's, their team,
    and the period they entered in."""
    own = [name for name in facts["leads"].columns if _is_open(name)] if "leads" in facts else []
    if "accounts" in facts and "account_id" in own:
        own += [name for name in facts["accounts"].columns if _is_open(name) and name not in own]
        own += [f"accounts.{name}" for name in facts["accounts"].columns if _is_open(name)]
    if "moves" in facts and "team" in facts["moves"].columns and "team" not in own:
        own.append("team")
    return own + [period for period in (*PERIODS, "quarter") if period not in own]


def _is_open(name: str) -> bool:
    return not name.startswith("_") and name != "lead_id"


def with_attributes(leads: ir.Table, facts: Facts, columns: frozenset[str]) -> ir.Table:
    """A table with `lead_id` joined with the named columns of leads, accounts and moves.

    A column of that name which the table has already is replaced. Raises UnknownGroup for a name
    that is in none of them.
    """
    missing = sorted(columns - set(group_columns(facts)) - {"lead_id"})
    if missing:
        raise UnknownGroup(missing[0], group_columns(facts))
    result = leads.drop(*(columns & set(leads.columns)) - {"lead_id"})
    own = facts["leads"].columns if "leads" in facts else ()
    from_leads = [name for name in sorted(columns) if name in own and name != "lead_id"]
    rest = [
        name for name in sorted(columns) if name not in own and name not in (*PERIODS, "quarter")
    ]
    from_account = [name for name in rest if name != "team"]
    if from_leads or from_account:
        keys = ["account_id"] if from_account and "account_id" not in from_leads else []
        attributes = facts["leads"].select(*from_leads, *keys, _lead="lead_id")
        result = result.left_join(attributes, result["lead_id"] == attributes["_lead"]).drop(
            "_lead"
        )
    if from_account:
        chosen = {name: name.removeprefix("accounts.") for name in from_account}
        accounts = facts["accounts"]
        known = accounts.select(
            _account="account_id", **{n: accounts[c] for n, c in chosen.items()}
        )
        result = result.left_join(known, result["account_id"] == known["_account"]).drop("_account")
    if "team" in rest:
        latest = _latest_team(facts)
        result = result.left_join(latest, result["lead_id"] == latest["_lead"]).drop("_lead")
    return result


def group_value(table: ir.Table, by: str, at: str = "entered_at") -> ir.StringValue:
    """The group of each row as text; "(none)" where there is no value."""
    if by not in table.columns and by in (*PERIODS, "quarter"):
        when = table[at]
        if by == "quarter":
            text = when.year().cast("string") + "-Q" + when.quarter().cast("string")
        else:
            text = when.strftime(PERIODS[by])
        return text.fill_null(NONE)
    text = table[by].cast("string")
    return ibis.ifelse(text.strip() == "", NONE, text).fill_null(NONE)


def _latest_team(facts: Facts) -> ir.Table:
    """The team of each lead's latest move that names one."""
    moves = facts["moves"]
    moves = moves.filter(moves["team"].notnull())
    seq = moves["seq"].fill_null(0) if "seq" in moves.columns else ibis.literal(0)
    latest_first = ibis.window(
        group_by="lead_id",
        order_by=[moves["at"].desc(nulls_first=False), seq.desc(), moves["team"]],
    )
    ranked = moves.select(_lead="lead_id", team="team", _place=ibis.row_number().over(latest_first))
    return ranked.filter(ranked["_place"] == 0).drop("_place")
