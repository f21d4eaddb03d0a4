"""The leads that an ideal lead is learnt from: what is known of each, and whether it was won."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import TYPE_CHECKING, Any

import ibis
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.predicates.table_columns import columns_of
from onefunnel.facts.declaration import Type
from onefunnel.facts.store import Facts
from onefunnel.measures.scope import Scope
from onefunnel.measures.steps.cohort import as_of_data, in_period, matching
from onefunnel.measures.steps.followed import with_account
from onefunnel.measures.steps.groups import attributes
from onefunnel.measures.steps.journeys import journeys
from onefunnel.measures.steps.path import Path
from onefunnel.measures.steps.reached import with_reached
from onefunnel.measures.steps.run import batches, rows
from onefunnel.statistics.competing_risks import aalen_johansen

if TYPE_CHECKING:
    import ibis.expr.types as ir

Bools = NDArray[np.bool_]
#: Of more leads than these the latest are learnt from.
MOST_LEADS = 200_000
#: So many wins with a known time, at least, say how long winning takes.
FEWEST_WINS = 20
_A_WEEK = 7
#: Columns that say who a lead is or who looks after it, not what it is.
_NO_TRAITS = frozenset({"lead_id", "account_id", "created_at", "owner", "name", "domain"})


class TooFewWins(ValueError):
    """Too few leads were won to learn anything from."""

    def __init__(self, wins: int, needed: int, what: str) -> None:
        self.wins, self.what = wins, what
        super().__init__(
            f"too few to tell: {wins:,} {what}, and {needed} are needed to learn what they have in "
            "common. Bring in more history, or look again later."
        )


@dataclass(frozen=True)
class Known:
    """A column as the leads have it: `values` (text as objects, numbers as floats, flags as
    booleans; anything where not known) and which of them are `known`."""

    type: Type
    values: NDArray[Any]
    known: Bools


@dataclass(frozen=True)
class Sample:
    """One row per lead that could have been won in time, the earliest first.

    Attributes:
        lead_ids: Whose rows these are.
        columns: What is known of them, by name.
        won: Won within `days` after it came into the stage.
        passed: It got into `rule_stage`, or further: what the agreement in force lets through.
        went_on: It got beyond the stage it is looked at in.
        at: When it came into that stage.
        account: A number for each account; a lead without one is its own.
        stage, rule_stage: Names of stages.
        days: So long a lead has to be won.
        young: Leads that came in too late to be told about, and are in none of the rows.
        undated: Leads that were won at a time nobody knows, and are in none of the rows.
    """

    lead_ids: NDArray[np.object_]
    columns: Mapping[str, Known]
    won: Bools
    passed: Bools
    went_on: Bools
    at: NDArray[np.datetime64]
    account: NDArray[np.int64]
    stage: str = ""
    rule_stage: str = ""
    days: int = 0
    young: int = 0
    undated: int = 0

    def __len__(self) -> int:
        return len(self.won)

    def part(self, rows: NDArray[Any]) -> Sample:
        """Some of the rows, by their places or by a mask."""
        columns = {
            name: Known(one.type, one.values[rows], one.known[rows])
            for name, one in self.columns.items()
        }
        return Sample(
            self.lead_ids[rows], columns, self.won[rows], self.passed[rows], self.went_on[rows],
            self.at[rows], self.account[rows], self.stage, self.rule_stage, self.days, self.young,
            self.undated,
        )  # fmt: skip


@dataclass(frozen=True)
class Told:
    """The leads that can be told about, as a table that is not run yet.

    `leads`: lead_id, account (a lead without one is its own), at, is_won (in time), passed,
    went_on, one row per lead; of more than MOST_LEADS the latest. The rest as in Sample.
    """

    leads: ir.Table
    stage: str
    rule_stage: str
    days: int
    young: int
    undated: int


def told_leads(
    facts: Facts, agreement: Agreement, scope: Scope, *, stage: str = "", days: int | None = None
) -> Told:
    """The leads that came into a stage long enough ago to be told about.

    Args:
        stage: The stage in which a lead is looked at; the first one where left out.
        days: So long it has to be won; where left out so long as 8 of 10 of those take that are
            won in the end, in whole weeks.

    A lead younger than that is in none of the rows, won or not: of young leads only the quick
    wins are known. Source: methods.md 4.

    Raises:
        TooFewWins: too few were won to say how long winning takes.
        KeyError: the agreement has no such stage on its way to the win.
    """
    path = Path(agreement)
    names = [one.name for one in agreement.success_path]
    place = names.index(stage) if stage in names[: path.won] else 0
    if stage and names[place] != stage:
        raise KeyError(f"{stage} is no stage on the way to the win: there are "
                       f"{', '.join(names[: path.won])}")  # fmt: skip
    rule = _rule_place(agreement, names, place, path.won)
    asked = as_of_data(facts, scope)
    leads = with_reached(journeys(facts, agreement, asked.as_of), path)
    leads = in_period(matching(leads, facts, scope.where), scope)
    came = leads[f"reached_{place}"]
    leads = leads.filter((leads["furthest"] >= place) & came.notnull()).select(
        "lead_id",
        at=came,
        won_at=leads[f"reached_{path.won}"],
        has_won=leads["furthest"] >= path.won,
        passed=leads["furthest"] >= rule,
        went_on=leads["furthest"] > place,
        gone=leads["outcome"].isin(["lost", "disqualified"]).fill_null(False),
        gone_at=leads["outcome_at"],
    )
    assert asked.as_of is not None, "facts with moves have a time"
    days = days if days is not None else _days_to_win(leads, asked.as_of)
    last = asked.as_of - timedelta(days=days)
    is_undated = leads["has_won"] & leads["won_at"].isnull()
    (counts,) = rows(
        leads.agg(
            young=(leads["at"] > last).sum(), undated=((leads["at"] <= last) & is_undated).sum()
        )
    )
    told = leads.filter((leads["at"] <= last) & ~is_undated)
    told = told.order_by(told["at"].desc(), "lead_id").limit(MOST_LEADS)
    in_time = told["won_at"] <= told["at"] + ibis.interval(days=days)
    found = with_account(facts, told).select(
        "lead_id", "account", "at", "passed", "went_on", is_won=in_time.fill_null(False)
    )
    young, undated = counts["young"] or 0, counts["undated"] or 0
    return Told(found, names[place], names[rule], days, young, undated)


def sample_of(facts: Facts, told: Told) -> Sample:
    """The leads with what is known of them, read into memory."""
    described = told.leads.left_join(_described(facts), "lead_id").drop("lead_id_right")
    read = pa.Table.from_batches(batches(described), described.schema().to_pyarrow())
    order = np.lexsort((read["lead_id"].to_numpy(), _moments(read, "at")))
    fixed = ("lead_id", "account", "at", "is_won", "passed", "went_on")
    columns = {name: _known(read[name], order) for name in read.column_names if name not in fixed}
    account = np.asarray(read["account"].to_pylist(), dtype=str)[order]
    return Sample(
        lead_ids=np.asarray(read["lead_id"].to_pylist(), dtype=object)[order],
        columns=columns,
        won=_flags(read, "is_won", order),
        passed=_flags(read, "passed", order),
        went_on=_flags(read, "went_on", order),
        at=_moments(read, "at")[order],
        account=np.unique(account, return_inverse=True)[1].astype(np.int64),
        stage=told.stage,
        rule_stage=told.rule_stage,
        days=told.days,
        young=told.young,
        undated=told.undated,
    )


def _rule_place(agreement: Agreement, names: list[str], place: int, won: int) -> int:
    """The stage that the agreement lets leads into at their hand-over; else the next one."""
    for card in agreement.handovers:
        if card.at_stage in names[place + 1 : won]:
            return names.index(card.at_stage)
    return min(place + 1, won)


def _days_to_win(leads: ir.Table, as_of: datetime) -> int:
    """Whole weeks in which 8 of 10 of those who are won in the end are won: the open ones are
    censored, so that a young funnel is not taken for a quick one."""
    is_won = leads["has_won"].fill_null(False)
    end = ibis.cases((is_won, leads["won_at"]), (leads["gone"], leads["gone_at"]), else_=as_of)
    known = leads.mutate(end=end, cause=ibis.cases((is_won, 1), (leads["gone"], 2), else_=0))
    known = known.filter(known["end"].notnull() & known["at"].notnull())
    timed = known.mutate(took=ibis.greatest(known["end"].delta(known["at"], unit="day"), 0))
    counts = rows(timed.group_by("took", "cause").agg(n=timed.count()))
    wins = sum(row["n"] for row in counts if row["cause"] == 1)
    if wins < FEWEST_WINS:
        raise TooFewWins(wins, FEWEST_WINS, "leads were won at a known time")
    found = aalen_johansen(*([row[name] for row in counts] for name in ("took", "cause", "n")))
    days = found.quantile(0.8)
    assert days is not None, "some were won"
    return max(ceil(days / _A_WEEK), 1) * _A_WEEK


def _described(facts: Facts) -> ir.Table:
    """What may be a trait of each lead: its own columns and its account's, none that is personal
    or says who it is."""
    personal = facts.personal_columns
    own = [
        name
        for name in columns_of(facts["leads"])
        if name not in _NO_TRAITS and f"leads.{name}" not in personal
    ]
    account: list[str] = []
    if "accounts" in facts and "account_id" in facts["leads"].columns:
        account = [
            name
            for name in columns_of(facts["accounts"])
            if name not in _NO_TRAITS and name not in own and f"accounts.{name}" not in personal
        ]
    return attributes(facts, [*own, *account])


def _moments(read: pa.Table, name: str) -> NDArray[np.datetime64]:
    found: NDArray[np.datetime64] = read[name].cast(pa.timestamp("us")).to_numpy()
    return found


def _flags(read: pa.Table, name: str, order: NDArray[np.intp]) -> Bools:
    found: Bools = read[name].fill_null(False).to_numpy().astype(bool)[order]
    return found


def _known(column: pa.ChunkedArray, order: NDArray[np.intp]) -> Known:
    kind: Type
    known = column.is_valid().to_numpy()[order]
    if pa.types.is_boolean(column.type):
        return Known("flag", column.fill_null(False).to_numpy().astype(bool)[order], known)
    if pa.types.is_timestamp(column.type) or pa.types.is_date(column.type):
        kind = "time" if pa.types.is_timestamp(column.type) else "day"
        return Known(kind, column.cast(pa.timestamp("us")).to_numpy()[order], known)
    if pa.types.is_integer(column.type) or pa.types.is_floating(column.type) or (
        pa.types.is_decimal(column.type)
    ):  # fmt: skip
        kind = "int" if pa.types.is_integer(column.type) else "number"
        if pa.types.is_decimal(column.type):
            kind = "money"
        values = column.cast(pa.float64()).fill_null(0).to_numpy()[order]
        return Known(kind, np.nan_to_num(values), known & np.isfinite(values))
    values = np.asarray(column.to_pylist(), dtype=object)[order]
    return Known("text", values, known)
