"""Marketing mail blind to sales, by a small table told by hand and by stepping over each mail."""

from datetime import UTC, datetime, time, timedelta

import ibis
import numpy as np
import pyarrow as pa
import pytest

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.stage import Stage
from onefunnel.agreement.working_time import calendar_of
from onefunnel.business_time import WorkCalendar, elapsed
from onefunnel.facts.store import Facts
from onefunnel.measures.catalogue import compute_measure, records_of
from onefunnel.measures.scope import Scope
from onefunnel.measures.steps.contacted import is_marketing_mail, is_sales_contact

MONDAY = datetime(2026, 1, 5)
AGREEMENT = Agreement("Ours", stages=(Stage("Won", kind="won", when="stage = 'Won'"),))
MAIL = {"channel": "E-mail", "kind": "sent", "team": "Marketing"}
CALL = {"channel": "call", "kind": "called", "team": "sales"}
Row = dict[str, object]


def at(day: int, hour: float = 10) -> datetime:
    return MONDAY + timedelta(days=day, hours=hour)


def touch(lead: str, when: datetime, said: dict[str, str]) -> Row:
    return {"touch_id": f"{lead}-{when}-{said['kind']}", "lead_id": lead, "at": when, **said}


def facts_of(touches: list[Row], handovers: list[Row] | None = None) -> Facts:
    connection = ibis.duckdb.connect()
    moves = [{"lead_id": str(one["lead_id"]), "at": MONDAY, "stage": "Won"} for one in touches]
    tables = {"touches": touches, "moves": moves, "leads": [{"lead_id": "a", "segment": "S"}]}
    if handovers:
        tables["handovers"] = handovers
    made = {
        name: connection.create_table(name, pa.Table.from_pylist(rows))
        for name, rows in tables.items()
    }
    return Facts(made, data_at=at(60))


def offer(lead: str, begin: datetime, end: datetime | None, outcome: str | None = None) -> Row:
    return {"handover_id": f"{lead}{begin}", "lead_id": lead, "offered_at": begin,
            "answered_at": end, "outcome": outcome or ("accepted" if end else None)}  # fmt: skip


def test_the_table_by_hand() -> None:
    touches = [
        touch("a", at(0), CALL),
        touch("a", at(1), MAIL),  # one working day after the call: blind
        touch("a", at(2), MAIL),  # exactly two working days: not
        touch("b", at(0), MAIL),  # before anybody called
        touch("b", at(0, 11), CALL),
        touch("c", at(4), CALL),  # Friday
        touch("c", at(7, 16), MAIL),  # Monday: a working day and six hours
        touch("d", at(1), MAIL),  # while it is offered
        touch("d", at(3), MAIL),  # after the answer
        touch("e", at(1), {"channel": "E-mail", "kind": "opened", "team": ""}),
        touch("e", at(2), MAIL | {"team": "sales"}),
    ]
    handovers = [offer("d", at(0), at(2)), offer("d", at(2, 11), None, "expired")]
    facts = facts_of(touches, handovers)
    result = compute_measure("collisions", facts, AGREEMENT)
    assert [(row["met"], row["collisions"], row["n"]) for row in result.rows] == [
        ("while a handover was open", 1, 6), ("just after a sales contact", 2, 6),
    ]  # fmt: skip
    assert result.sentence == "Of 6 marketing mails, 3 went out blind to sales."
    whole = records_of("collisions", facts, AGREEMENT, None, "collisions", {}).table.to_pyarrow()
    assert sorted(whole["lead_id"].to_pylist()) == ["a", "c", "d"]
    hour = compute_measure("collisions", facts, AGREEMENT, Scope(quiet_hours=1))
    assert [row["collisions"] for row in hour.rows] == [1, 0]
    part = compute_measure("collisions", facts, AGREEMENT, Scope(since=at(2), where="segment='S'"))
    assert [row["n"] for row in part.rows] == [1, 1]


def test_the_quiet_time_runs_in_the_hours_of_the_team_that_made_the_contact() -> None:
    """Sales works two hours a day, service as agreed: sixteen hours are eight days or two."""
    short = WorkCalendar.office("UTC", time(13), time(15))
    service = CALL | {"team": "service"}
    touches = [
        touch("a", at(0), CALL),
        touch("a", at(9), MAIL),  # seven days of two hours: blind
        touch("a", at(10), MAIL),  # eight
        touch("b", at(0), service),
        touch("b", at(3), MAIL),
        touch("c", at(0), CALL | {"team": ""}),  # sales' doing
        touch("c", at(3), service),  # it is over before the quiet time of sales is
        touch("c", at(9), MAIL),
        touch("d", at(9), MAIL),
    ]
    scope = Scope(hours=(("Sales", short),))
    facts = facts_of(touches)
    result = compute_measure("collisions", facts, AGREEMENT, scope)
    assert [(row["collisions"], row["n"]) for row in result.rows] == [(0, 5), (2, 5)]
    blind = records_of("collisions", facts, AGREEMENT, scope, "collisions", {}).table.to_pyarrow()
    assert sorted((row["lead_id"], row["contact_at"]) for row in blind.to_pylist()) == [
        ("a", at(0)), ("c", at(0)),
    ]  # fmt: skip
    nobody = compute_measure("collisions", facts_of([touch("a", at(1), MAIL)]), AGREEMENT, scope)
    assert [(row["collisions"], row["n"]) for row in nobody.rows] == [(0, 1), (0, 1)]


@pytest.mark.parametrize(
    ("said", "is_mail", "is_contact"),
    [
        ({"channel": "e-mail", "kind": "nurtured", "team": "marketing"}, True, False),
        ({"channel": "Email", "kind": "Sent"}, True, False),
        ({"channel": "e-mail", "kind": "sent", "team": "sales"}, False, True),
        ({"channel": "e-mail", "kind": "replied"}, False, False),
        ({"channel": "e-mail", "kind": "clicked", "team": "sales"}, False, False),
        ({"channel": "Call", "kind": ""}, False, True),
        ({"channel": "phone", "kind": "called", "team": "marketing"}, False, False),
        ({"channel": "visit", "kind": "serviced"}, False, False),
        ({"channel": "web", "kind": "visited", "team": "sales"}, False, True),
        ({"channel": None, "kind": None}, False, False),
    ],
)
def test_what_is_a_mail_and_what_a_contact(
    said: dict[str, str], is_mail: bool, is_contact: bool
) -> None:
    assert (is_marketing_mail(said), is_sales_contact(said)) == (is_mail, is_contact)


def test_without_mails_it_says_so() -> None:
    result = compute_measure("collisions", facts_of([touch("a", at(0), CALL)]), AGREEMENT)
    assert result.sentence.startswith("The data hold no marketing mail")
    assert all(row["collision_share"] is None for row in result.rows)


def test_one_mail_after_the_other_says_the_same() -> None:
    """A second opinion: each mail by itself, with the exact business time of the library."""
    rng = np.random.default_rng(5)
    touches, handovers = [], []
    for n in range(300):
        said = MAIL if rng.random() < 0.6 else CALL
        when = at(int(rng.integers(0, 40)), float(rng.integers(0, 24)))
        touches.append(touch(f"l{rng.integers(0, 12)}", when, said) | {"touch_id": str(n)})
    for _ in range(15):
        begin = at(int(rng.integers(0, 40)))
        end = begin + timedelta(hours=int(rng.integers(1, 60)))
        handovers.append(offer(f"l{rng.integers(0, 12)}", begin, end))
    facts = facts_of(touches, handovers)
    calendar = calendar_of(AGREEMENT)
    expected = {"while a handover was open": 0, "just after a sales contact": 0}
    for mail in (one for one in touches if one["kind"] == "sent"):
        lead, when = mail["lead_id"], mail["at"]
        mine = [one for one in handovers if one["lead_id"] == lead]
        calls = [
            one["at"] for one in touches
            if one["lead_id"] == lead and one["kind"] == "called" and one["at"] <= when
        ]  # fmt: skip
        if any(one["offered_at"] <= when < one["answered_at"] for one in mine):
            expected["while a handover was open"] += 1
        elif calls and elapsed(
            calendar, max(calls).replace(tzinfo=UTC), when.replace(tzinfo=UTC)
        ) < timedelta(hours=16):
            expected["just after a sales contact"] += 1
    rows = compute_measure("collisions", facts, AGREEMENT).rows
    assert {row["met"]: row["collisions"] for row in rows} == expected
    assert min(expected.values()) > 5
