"""Attribution beside a plain second computation on random facts: loops over rows, no arrays.

Journeys are put together from the rows by the definitions in words; the chain is followed by
multiplying its steps out until nothing moves, not by solving it.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from onefunnel.agreement.charter import CreditPolicy
from onefunnel.facts.store import Facts
from onefunnel.measures.catalogue import compute_measure
from onefunnel.measures.scope import Scope
from onefunnel.measures.steps.credited import RULES
from onefunnel.measures.steps.journeys import journeys
from tests.library.measures.random_facts import AGREEMENT, AS_OF, START, random_facts
from tests.library.statistics.test_credit_rules import plainly

WINDOW = 60
POLICY = CreditPolicy("linear", WINDOW, "to learn")
SIGNED = replace(AGREEMENT, credit=POLICY, status="agreed")
SINCE, UNTIL = START + timedelta(days=40), START + timedelta(days=90)


@dataclass
class Journey:
    is_won: bool
    ended_at: datetime | None
    margin: Decimal | None = None
    currency: str = ""
    created_at: datetime | None = None
    opened_at: datetime | None = None
    touches: list[tuple[datetime, str]] = field(default_factory=list)

    def weights(self, rule: str) -> list[float]:
        size = len(self.touches)
        if rule == "shapley":
            names = [name for _, name in self.touches]
            return [1 / len(set(names)) / names.count(name) for name in names]
        assert self.ended_at is not None
        ages = [(self.ended_at - at).total_seconds() / 86_400 for at, _ in self.touches]
        places = [
            sum(at <= last(day) for at, _ in self.touches) - 1 if day else -1
            for day in (self.created_at, self.opened_at)
        ]
        return plainly(rule, size, places[0], places[1], ages)


def last(at: datetime) -> datetime:
    is_day = at.hour == at.minute == 0
    return at + timedelta(days=1, seconds=-1) if is_day else at


def rows_of(facts: Facts, name: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = facts[name].to_pyarrow().to_pylist()
    return rows


def journeys_of(facts: Facts, since: datetime | None, until: datetime | None) -> list[Journey]:
    leads = {row["lead_id"]: row for row in rows_of(facts, "leads")}
    deals = rows_of(facts, "deals")
    company = {lead: row["account_id"] for lead, row in leads.items() if row["account_id"]}
    for table in ("deals", "touches"):
        own: dict[str, list[str]] = defaultdict(list)
        for row in rows_of(facts, table):
            if row.get("lead_id") and row.get("account_id"):
                own[row["lead_id"]].append(row["account_id"])
        sure = {lead: names[0] for lead, names in own.items() if len(set(names)) == 1}
        company = sure | company

    def whose(row: Mapping[str, Any]) -> tuple[str, str] | None:
        account = row.get("account_id") or company.get(row["lead_id"])
        if account:
            return ("account", account)
        return ("lead", row["lead_id"]) if row["lead_id"] else None

    touches = defaultdict(list)
    for row in rows_of(facts, "touches"):
        if (key := whose(row)) and row["at"]:
            touches[key].append((row["at"], row["channel"]))
    first: dict[str, datetime] = {}
    for row in leads.values():
        if row["account_id"] and row["created_at"]:
            at = first.get(row["account_id"], row["created_at"])
            first[row["account_id"]] = min(at, row["created_at"])

    found = []
    for row in [*deals, *lost_leads(facts, {row["lead_id"] for row in deals})]:
        closed = row["closed_at"]
        if (closed and closed > AS_OF) or row["outcome"] == "open":
            continue
        if row.get("opened_at") and row["opened_at"] > AS_OF:
            continue
        if (since and not (closed and closed >= since)) or (
            until and not (closed and closed < until)
        ):
            continue
        key = whose(row)
        created = leads.get(row["lead_id"] or "", {}).get("created_at")
        if not row["lead_id"] and key:
            created = first.get(key[1])
        made = Journey(
            row["outcome"] == "won", closed, row.get("margin"), row.get("currency") or "", created,
            row.get("opened_at"),
        )  # fmt: skip
        if closed and key:
            begin = closed - timedelta(days=WINDOW)
            made.touches = sorted(t for t in touches[key] if begin <= t[0] <= last(closed))
        found.append(made)
    return found


def lost_leads(facts: Facts, with_deal: set[str | None]) -> Iterator[dict[str, Any]]:
    """Leads that the funnel lost without a deal; journeys have a second opinion of their own."""
    ends = {"Lost", "Bad fit", "Later"}
    stands = {
        row["lead_id"]: row for row in journeys(facts, AGREEMENT, AS_OF).to_pyarrow().to_pylist()
    }
    for lead, row in stands.items():
        if lead in with_deal or row["current_stage"] not in ends:
            continue
        yield {"lead_id": lead, "outcome": "lost", "closed_at": row["outcome_at"]}


def chain_credit(found: list[Journey], names: list[str]) -> dict[str, float]:
    """Credit by removal effects: the share of wins that is left when a channel leads nowhere."""

    def share(without: str) -> float:
        steps: dict[str, list[str]] = defaultdict(list)
        for journey in found:
            path = ["start", *(name for _, name in journey.touches)]
            for one, other in pairwise([*path, "won" if journey.is_won else "lost"]):
                steps[one].append(other)
        there, won = {"start": 1.0}, 0.0
        for _ in range(4000):
            after: dict[str, float] = defaultdict(float)
            for state, mass in there.items():
                if state in ("won", "lost", without):
                    won += mass * (state == "won")
                    continue
                for other in steps[state]:
                    after[other] += mass / len(steps[state])
            there = after
        return won

    whole = share("")
    effects = {name: 1 - share(name) / whole for name in names}
    wins = sum(journey.is_won for journey in found)
    return {name: wins * effect / sum(effects.values()) for name, effect in effects.items()}


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("period", [(None, None), (SINCE, UNTIL)])
def test_credits(seed: int, period: tuple[datetime | None, datetime | None]) -> None:
    facts = random_facts(seed)
    since, until = period
    result = compute_measure("attribution", facts, SIGNED, Scope(since=since, until=until))
    every = journeys_of(facts, since, until)
    found = [journey for journey in every if journey.touches]
    won = [journey for journey in found if journey.is_won]
    *rows, alone = result.rows
    assert alone["n"] == sum(journey.is_won and not journey.touches for journey in every)
    assert result.totals["lost"] == len(found) - len(won)
    names = [str(row["channel"]) for row in rows]
    by_chain = chain_credit(found, names)
    for row in rows:
        for rule in RULES:
            expected = by_chain[str(row["channel"])] if rule == "markov" else sum(
                weight
                for journey in won
                for weight, (_, name) in zip(
                    journey.weights(rule), journey.touches, strict=True
                )
                if name == row["channel"]
            )  # fmt: skip
            assert float(str(row[f"{rule}_credit"])) == pytest.approx(expected, abs=2e-3), rule
        theirs = [j for j in won if row["channel"] in {name for _, name in j.touches}]
        assert row["n"] == len(theirs)


@pytest.mark.parametrize("seed", range(2))
def test_margin_of_touches_of_a_period(seed: int) -> None:
    facts = random_facts(seed)
    result = compute_measure("returns", facts, SIGNED, Scope(since=SINCE, until=UNTIL))
    won = [one for one in journeys_of(facts, None, None) if one.is_won and one.touches]
    for row in result.rows:
        if row["linear_margin"] is None or row["channel"] == "(no touch known)":
            continue
        expected = sum(
            float(journey.margin) * weight
            for journey in won
            if journey.margin is not None and journey.currency == row["currency"]
            for weight, (at, name) in zip(
                journey.weights("linear"), journey.touches, strict=True
            )
            if name == row["channel"] and SINCE <= at < UNTIL
        )  # fmt: skip
        assert float(str(row["linear_margin"])) == pytest.approx(expected, abs=0.011)
