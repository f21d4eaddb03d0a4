"""Which leads were offered from one team to another, and what went wrong between the two?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import ibis
import pyarrow as pa

from onefunnel.measures.scope import Scope
from onefunnel.measures.steps.defined import Rule, meeting, problem_of
from onefunnel.measures.steps.followed import Cohort, fetched, with_account
from onefunnel.measures.steps.offers import offers_of

if TYPE_CHECKING:
    import ibis.expr.types as ir

UNWORKED, LATE, TURNED_AWAY, OFF = (
    "never worked", "late", "sent back without a reason", "outside the definition"
)  # fmt: skip
CAUSES = (UNWORKED, LATE, TURNED_AWAY, OFF)
DUPLICATE = "entered twice"
#: Each lead's cost goes to the first of these that it has.
WASTES = (DUPLICATE, OFF, UNWORKED, LATE)
LOST, WASTED, YOUNG = "lost margin", "wasted spend", "not decided yet"
ALL = "all together"
_FLAGS = {UNWORKED: "unworked", LATE: "late", TURNED_AWAY: "turned_away", OFF: "off"}
#: Mailboxes that several people read: the same address does not make the same lead.
_SHARED = "^(info|office|contact|kontakt|sales|mail|hello)@"
FLAG = {**_FLAGS, DUPLICATE: "duplicate"}
#: What must have become of a lead for its cost to be wasted: who was won was worth what it cost,
#: and who was accepted, though late or outside the definition, may be won as long as it is open.
IN_VAIN = {DUPLICATE: "is_not_won", UNWORKED: "is_not_won", OFF: "is_over", LATE: "is_over"}
#: The same address so many days later asks anew: it did not enter twice.
_TWICE_WITHIN = 90


@dataclass(frozen=True)
class Offered:
    """The leads of a question that were offered and answered, or whose time to answer is over."""

    cohort: Cohort

    @cached_property
    def off_rule(self) -> Rule | None:
        """The tests that hand-over cards agree on; None where no card has one that can be run."""
        tests = [card.accepted_when for card in self.cohort.agreement.handovers]
        texts = tuple(dict.fromkeys(text for text in tests if text.strip()))
        if not texts:
            return None
        joined = " OR ".join(f"({text})" for text in texts)
        rule = Rule("moves", (joined,))
        return None if problem_of(self.cohort.facts, rule) else rule

    @cached_property
    def causes(self) -> tuple[str, ...]:
        """The causes that can be told from these data under this agreement."""
        return tuple(cause for cause in CAUSES if cause != OFF or self.off_rule is not None)

    @cached_property
    def table(self) -> ir.Table:
        """One row per offered lead: offered_at (first), a flag per cause, won_at, and `of_<column>`
        for each column of the cohort.

        Flags are of the first offer alone, from which on wins are counted: who lives longer is
        offered more often, and would be late or in time by that. never worked: it was neither
        accepted nor sent back in its time. late: accepted, not in time. sent back: without a
        reason, and not put aside for later; what became of the lead afterwards does not count, as
        it would choose leads by how they ended. outside the definition: accepted although it meets
        no test of a hand-over card. An offer that is not due yet, or was taken back, tells nothing.
        """
        scope = replace(self.cohort.scope, by=None, where=None, since=None, until=None)
        offers = offers_of(self.cohort.facts, self.cohort.agreement, scope, None)
        told = ["in_time", "late", "sent_back", "no_answer"]
        offers = offers.filter(offers["answer"].isin(told) & offers["offered_at"].notnull())
        first = ibis.window(group_by="lead_id", order_by=["offered_at", "handover_id"])
        offers = offers.mutate(_place=ibis.row_number().over(first))
        offers = offers.filter(offers["_place"] == 0)
        answer = offers["answer"]
        has_reason = offers["reason"].fill_null("").strip() != ""
        leads = offers.select(
            "lead_id",
            "offered_at",
            in_time=answer == "in_time",
            accepted=answer.isin(["in_time", "late"]),
            back=answer == "sent_back",
            bare=(answer == "sent_back") & ~has_reason,
            again=(offers["outcome"] == "recycled").fill_null(False),
        )
        cohort, won = self.cohort.table, self.cohort.path.won
        columns = [f"of_{name}" for name in self.cohort.columns]
        journeys = cohort.select(
            "outcome",
            *columns,
            _lead="lead_id",
            has_won=(cohort["furthest"] >= won).fill_null(False),
            won_at=cohort[f"reached_{won}"],
        )
        leads = leads.inner_join(journeys, leads["lead_id"] == journeys["_lead"]).drop("_lead")
        flags = {
            "unworked": ~leads["accepted"] & ~leads["back"],
            "late": leads["accepted"] & ~leads["in_time"],
            "turned_away": ~leads["accepted"] & leads["bare"] & ~leads["again"],
        }
        return with_account(self.cohort.facts, self._with_off(leads.mutate(**flags)))

    def _with_off(self, leads: ir.Table) -> ir.Table:
        if self.off_rule is None:
            return leads.mutate(off=ibis.literal(False))
        scope = Scope(as_of=self.cohort.scope.as_of)
        met = meeting(self.cohort.facts, {"met": self.off_rule}, scope)
        met = met.filter(met["met"]).select(_met="lead_id")
        joined = leads.left_join(met, leads["lead_id"] == met["_met"])
        return joined.mutate(off=joined["accepted"] & joined["_met"].isnull()).drop("_met")

    @cached_property
    def held(self) -> pa.Table:
        """The offered leads, fetched once."""
        return fetched(self.table)

    @cached_property
    def counted(self) -> pa.Table:
        """Every lead that entered: its channel, and a flag per waste; as `entered`, put together
        here, as the engine would have to read all offers again."""
        flags = [FLAG[cause] for cause in (OFF, UNWORKED, LATE)]
        columns = ("lead_id", "duplicate", "is_not_won", "is_over", self.channel)
        leads = fetched(self._entered().select(*columns))
        return leads.join(self.held.select(["lead_id", *flags]), "lead_id")

    @property
    def channel(self) -> str:
        """The column of a lead's channel."""
        return f"of_{self.cohort.columns[-1]}"

    @cached_property
    def entered(self) -> ir.Table:
        """Every lead that entered, with the flags of those that were offered, `duplicate` (a lead
        of the same e-mail address had come in within _TWICE_WITHIN days before), `is_not_won` and
        `is_over` (lost or disqualified)."""
        flags = [FLAG[cause] for cause in (OFF, UNWORKED, LATE)]
        offered = self.table.select(*flags, _lead="lead_id")
        leads = self._entered()
        leads = leads.left_join(offered, leads["lead_id"] == offered["_lead"]).drop("_lead")
        return leads.mutate(**{name: leads[name].fill_null(False) for name in flags})

    def _entered(self) -> ir.Table:
        columns = [f"of_{name}" for name in self.cohort.columns]
        cohort = self.cohort.table
        leads = cohort.select(
            "lead_id",
            "entered_at",
            *columns,
            is_not_won=(cohort["furthest"] < self.cohort.path.won).fill_null(True),
            is_over=cohort["outcome"].isin(["lost", "disqualified"]).fill_null(False),
        )
        again = self._again()
        if again is None:
            return leads.mutate(duplicate=ibis.literal(False))
        joined = leads.left_join(again, leads["lead_id"] == again["_again"])
        return joined.mutate(duplicate=joined["_again"].notnull()).drop("_again")

    def _again(self) -> ir.Table | None:
        leads = self.cohort.facts["leads"]
        if not {"email", "created_at"} <= set(leads.columns):
            return None
        address = leads["email"].strip().lower()
        is_own = (address != "") & ~address.re_search(_SHARED)
        known = leads.filter(is_own.fill_null(False)).mutate(address=address)
        order = ibis.window(group_by="address", order_by=["created_at", "lead_id"])
        after = known.mutate(before=known["created_at"].lag().over(order))
        soon = after["created_at"] <= after["before"] + ibis.interval(days=_TWICE_WITHIN)
        return after.filter(soon.fill_null(False)).select(_again="lead_id")

    def wasted(self, cause: str) -> ir.Table:
        """The leads whose cost goes to a cause, or to any (ALL): those in vain that have it and
        none before it."""
        table, every = self.entered, ibis.literal(False)
        for one in WASTES:
            is_wasted = table[FLAG[one]] & table[IN_VAIN[one]]
            if one == cause:
                return table.filter(is_wasted & ~every)
            every = every | is_wasted
        if cause != ALL:
            raise KeyError(cause)
        return table.filter(every)
