"""Each kind of promise by hand: kept, broken, not due yet, not to be measured; both sides shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import ibis
import pyarrow as pa
import pytest

from onefunnel.agreement.charter import Charter, Signatory
from onefunnel.agreement.document import Agreement
from onefunnel.agreement.duties import Handover, Promise, WorkingTime
from onefunnel.agreement.promised import all_promises
from onefunnel.agreement.stage import Stage
from onefunnel.agreement.working_time import calendar_of
from onefunnel.business_time import WorkCalendar, elapsed
from onefunnel.facts.store import Facts
from onefunnel.measures.catalogue import compute_measure, records_of
from onefunnel.measures.scope import Scope
from onefunnel.measures.steps.working import with_seconds

#: A Monday, noon; the office is open from 9 to 17, Monday to Friday.
NOW = datetime(2026, 6, 29, 12)
STAGES = (
    Stage("New", when="stage = 'New'"),
    Stage("Ripe", when="stage = 'Ripe'"),
    Stage("Talking", when="stage = 'Talking'"),
    Stage("Won", "won", when="stage = 'Won'"),
    Stage("Lost", "lost", when="stage = 'Lost'"),
)
SIDES = Charter(signatories=(Signatory("marketing"), Signatory("sales")))
SCHEMAS = {
    "moves": {"lead_id": "s", "at": "t", "stage": "s"},
    "leads": {"lead_id": "s", "created_at": "t", "source": "s"},
    "touches": {"touch_id": "s", "lead_id": "s", "at": "t", "kind": "s", "team": "s"},
    "handovers": {
        "handover_id": "s", "lead_id": "s", "from_team": "s", "to_team": "s", "offered_at": "t",
        "due_at": "t", "answered_at": "t", "outcome": "s", "reason": "s", "clause": "s",
        "reply_due_at": "t", "replied_at": "t",
    },
}  # fmt: skip


def at(day: int, hour: int = 10, month: int = 6) -> datetime:
    return datetime(2026, month, day, hour)


def facts(**tables: Sequence[dict[str, Any]]) -> Facts:
    connection = ibis.duckdb.connect()
    made = {}
    leads = sorted({row["lead_id"] for rows in tables.values() for row in rows})
    given = {"moves": [], "leads": [{"lead_id": one, "source": "Web"} for one in leads]} | tables
    for name, rows in given.items():
        types = {"s": pa.string(), "t": pa.timestamp("us")}
        schema = pa.schema([(c, types[t]) for c, t in SCHEMAS[name].items()])
        made[name] = connection.create_table(
            name, pa.Table.from_pylist([dict.fromkeys(SCHEMAS[name]) | row for row in rows], schema)
        )
    return Facts(made, data_at=NOW)


def offer(lead: str, **known: Any) -> dict[str, Any]:
    return {"handover_id": f"h-{lead}", "lead_id": lead, "from_team": "marketing",
            "to_team": "Field sales", **known}  # fmt: skip


def agreed(*promises: Promise, **more: Any) -> Agreement:
    return Agreement("Ours", stages=STAGES, charter=SIDES, promises=promises, **more)


def row(data: Facts, agreement: Agreement, name: str, scope: Scope | None = None) -> dict[str, Any]:
    result = compute_measure("promises", data, agreement, scope)
    return dict(next(one for one in result.rows if one["promise"] == name))


def counts(found: dict[str, Any]) -> tuple[int, int, int, int]:
    return found["kept"], found["broken"], found["open"], found["unmeasured"]


def listed(data: Facts, agreement: Agreement, name: str, figure: str) -> set[str]:
    records = records_of("promises", data, agreement, None, figure, {"promise": name})
    return {one["lead_id"] for one in records.table.to_pyarrow().to_pylist()}


ANSWER = Promise("Answers", "sales", "marketing", kind="answer", within_hours=8, kept_share=0.9)


def test_answers() -> None:
    """Within eight business hours, or by the due time that was recorded."""
    friday = at(26, 15)  # eight business hours later: Monday 29 June, 15:00
    data = facts(handovers=[
        offer("in-time", offered_at=at(1, 16), answered_at=at(2, 10), outcome="accepted"),
        offer("rejected in time", offered_at=at(1), answered_at=at(1, 12), outcome="Rejected"),
        offer("late", offered_at=at(1, 10), answered_at=at(2, 11), outcome="accepted"),
        offer("by its due time", offered_at=at(1), due_at=at(5), answered_at=at(4),
              outcome="returned"),
        offer("after its due time", offered_at=at(1), due_at=at(1, 11), answered_at=at(1, 12),
              outcome="recycled"),
        offer("expired", offered_at=at(1), answered_at=at(3), outcome="expired"),
        offer("forgotten", offered_at=at(1)),
        offer("not due", offered_at=friday),
        offer("not due by its time", offered_at=at(1), due_at=at(30)),
        offer("undated", answered_at=at(3), outcome="accepted"),
        offer("no time of the answer", offered_at=at(3), outcome="accepted"),
        offer("taken back", offered_at=at(3), answered_at=at(4), outcome="lapsed"),
        offer("later than now", offered_at=at(30)),
        offer("answered later than now", offered_at=friday, answered_at=at(30),
              outcome="accepted"),
        offer("of others", offered_at=at(1), to_team="service"),
    ])  # fmt: skip
    found = row(data, agreed(ANSWER), "Answers")
    assert counts(found) == (3, 4, 3, 3)
    assert listed(data, agreed(ANSWER), "Answers", "kept") == {
        "in-time", "rejected in time", "by its due time"
    }  # fmt: skip
    assert listed(data, agreed(ANSWER), "Answers", "broken") == {
        "late", "after its due time", "expired", "forgotten"
    }  # fmt: skip
    assert found["kept_share"] is None
    assert found["note"].startswith("too few to tell (n=7)")


def test_a_team_with_hours_of_its_own_is_measured_by_these() -> None:
    """Sales works to eight in the evening; marketing, which set none, as the agreement says."""
    own = WorkCalendar.office(opens=time(8), closes=time(20))
    scope = Scope(hours=(("sales", own),))
    late = offer("a", offered_at=at(1, 15), answered_at=at(2, 14), outcome="accepted")
    data = facts(handovers=[late])
    # by the agreement: two hours on Monday and five on Tuesday; by sales' own: five and six
    assert counts(row(data, agreed(ANSWER), "Answers")) == (1, 0, 0, 0)
    assert counts(row(data, agreed(ANSWER), "Answers", scope)) == (0, 1, 0, 0)
    others = Scope(hours=(("marketing", own),))
    assert counts(row(data, agreed(ANSWER), "Answers", others)) == (1, 0, 0, 0)
    card = Handover("Give", "marketing", "sales", at_stage="Ripe", answer_within_hours=8)
    with_card = replace(agreed(ANSWER), handovers=(card,))
    both = facts(handovers=[late, {**late, "handover_id": "h-b", "to_team": None}])
    blank = facts(handovers=[late, {**late, "handover_id": "h-b", "to_team": ""}])
    for data in (both, blank):
        found = compute_measure("handovers", data, with_card, scope).rows
        assert sum(one["offered"] for one in found) == 2  # an offer to nobody stays one
    for asked, expected in ((None, (2, 0)), (scope, (1, 1)), (others, (2, 0))):
        found = compute_measure("handovers", both, with_card, asked).rows
        in_time = sum(one["in_time"] for one in found)
        assert (in_time, sum(one["late"] for one in found)) == expected


def test_business_hours_are_those_of_the_agreement() -> None:
    """Saturday is worked, Monday is a holiday, the clocks are Berlin's (UTC+2 in June)."""
    hours = WorkingTime("Europe/Berlin", ("friday", "saturday", "monday"), "08:00", "12:00",
                        (at(29).date(),))  # fmt: skip
    agreement = agreed(ANSWER, working_time=hours)
    data = facts(handovers=[
        offer("a", offered_at=at(26, 6), answered_at=at(27, 10), outcome="accepted"),
        offer("b", offered_at=at(26, 6), answered_at=at(29, 11), outcome="accepted"),
        offer("c", offered_at=at(20, 6), answered_at=at(26, 10), outcome="accepted"),
        offer("d", offered_at=at(20, 6), answered_at=at(27, 7), outcome="accepted"),
    ])  # fmt: skip
    # a and b: four hours on Friday, four on Saturday; c: Saturday, (Monday) and Friday: twelve
    assert counts(row(data, agreement, "Answers")) == (2, 2, 0, 0)
    assert listed(data, agreement, "Answers", "kept") == {"a", "b"}


def test_working_time_in_bulk_is_that_of_each_pair() -> None:
    zones = ("Europe/Berlin", "Asia/Kathmandu", "Australia/Lord_Howe", "America/New_York")
    pairs = [
        (start := NOW - timedelta(hours=37 * n, seconds=n), start + timedelta(hours=11 * n % 400))
        for n in range(300)
    ]
    connection = ibis.duckdb.connect()
    table = pa.table({"a": [a for a, _ in pairs], "b": [b for _, b in pairs]})
    cases = connection.create_table("cases", table)
    for zone in zones:
        calendar = calendar_of(agreed(working_time=WorkingTime(zone)))
        for one in with_seconds(cases, "a", "b", calendar, NOW).to_pyarrow().to_pylist():
            begun, over = (min(one[name], NOW).replace(tzinfo=UTC) for name in ("a", "b"))
            assert one["seconds"] == elapsed(calendar, begun, over).total_seconds()


def test_quality_counts_each_offer_that_was_decided() -> None:
    promise = Promise("Good leads", "marketing", "sales", kind="quality", kept_share=0.6)
    outcomes = ["accepted"] * 30 + ["rejected"] * 8 + ["returned"] * 2 + ["recycled"] * 2
    offers = [
        offer(f"{n}", offered_at=at(1), answered_at=at(2), outcome=outcome)
        for n, outcome in enumerate([*outcomes, "expired", "lapsed"])
    ]
    again = offer("40", offered_at=at(3), answered_at=at(4), outcome="accepted")
    data = facts(
        handovers=[*offers, again | {"handover_id": "again"}, offer("open", offered_at=at(28))]
    )
    found = row(data, agreed(promise), "Good leads")
    assert counts(found) == (31, 12, 1, 2)
    assert found["kept_share"] == pytest.approx(31 / 43)
    assert (found["verdict"], found["n"]) == ("as agreed", 43)
    strict = agreed(replace(promise, kept_share=0.95))
    assert row(data, strict, "Good leads")["verdict"] == "below"


def test_volume_counts_each_lead_once_by_its_first_offer() -> None:
    """Three weeks are over; the one the data begin in is not measured, the last is not over."""
    promise = Promise("Enough", "marketing", "sales", kind="volume", leads=2, per="week")
    days = {"a": 3, "b": 8, "c": 9, "d": 15, "e": 22, "f": 23, "g": 29}
    offers = [offer(one, offered_at=at(day), answered_at=at(day, 11), outcome="accepted")
              for one, day in days.items()]  # fmt: skip
    offers += [offer("b", offered_at=at(16)) | {"handover_id": "again"},
               offer("h", offered_at=at(24), outcome="rejected", answered_at=at(25))]  # fmt: skip
    data, agreement = facts(handovers=offers), agreed(promise)
    found = row(data, agreement, "Enough")
    # weeks of 8 (b, c) and 22 June (e, f, h) kept, 15 June (d) broken, 1 June cut, 29 June open
    assert counts(found) == (2, 1, 1, 1)
    assert (found["delivered"], found["accepted"]) == (8, 7)
    kept = records_of("promises", data, agreement, None, "kept", {"promise": "Enough"})
    assert sorted(one["period"] for one in kept.table.to_pyarrow().to_pylist()) == [
        "2026-W24", "2026-W26"
    ]  # fmt: skip
    some = row(data, agreement, "Enough", Scope(since=at(8, 0), until=at(22, 0)))
    assert (counts(some), some["delivered"]) == ((1, 1, 0, 0), 3)
    split = row(data, agreement, "Enough", Scope(by="source"))
    assert (split["kept"], split["delivered"]) == (None, 8)


def test_volume_without_handovers_counts_those_who_came_to_the_stage() -> None:
    promise = Promise("Enough", "marketing", "sales", to_stage="Ripe", kind="volume", leads=1,
                      per="month")  # fmt: skip
    data = facts(moves=[{"lead_id": "a", "at": at(2, month=4), "stage": "Ripe"},
                        {"lead_id": "b", "at": at(2, month=5), "stage": "Talking"},
                        {"lead_id": "c", "at": at(2, month=5), "stage": "New"}])  # fmt: skip
    found = row(data, agreed(promise), "Enough")
    assert (found["delivered"], found["accepted"], found["kept"], found["open"]) == (2, None, 2, 1)
    nothing = agreed(replace(promise, to_stage=""))
    assert row(data, nothing, "Enough")["note"].startswith(
        "not measured: the data hold no handovers"
    )


def test_attempts_count_contacts_of_the_team_after_it_accepted() -> None:
    promise = Promise("Calls", "sales", "marketing", to_stage="Talking", kind="attempts",
                      attempts=2, within_days=7, counts=("Called",))  # fmt: skip
    leads = ("enough", "one", "before", "others", "e-mails", "talking", "too late", "running")
    accepted = {one: at(10) for one in leads} | {"running": at(25)}
    touches = [
        ("enough", at(11), "called", "sales"),
        ("enough", at(12), "Called", None),
        ("one", at(11), "called", "sales"),
        ("before", at(9), "called", "sales"),
        ("before", at(11), "called", "sales"),
        ("others", at(11), "called", "marketing"),
        ("others", at(12), "called", "sales"),
        ("e-mails", at(11), "sent", "sales"),
        ("e-mails", at(12), "sent", "sales"),
        ("too late", at(11), "called", "sales"),
        ("too late", at(18), "called", "sales"),
        ("running", at(26), "called", "sales"),
    ]
    data = facts(
        handovers=[offer(one, offered_at=at(9), answered_at=when, outcome="accepted")
                   for one, when in accepted.items()] + [offer("open", offered_at=at(10))],
        touches=[{"touch_id": f"{n}", "lead_id": lead, "at": when, "kind": kind, "team": team}
                 for n, (lead, when, kind, team) in enumerate(touches)],
        moves=[{"lead_id": "talking", "at": at(12), "stage": "Talking"},
               {"lead_id": "one", "at": at(20), "stage": "Talking"}],
    )  # fmt: skip
    assert listed(data, agreed(promise), "Calls", "kept") == {"enough", "talking"}
    assert listed(data, agreed(promise), "Calls", "open") == {"running"}
    assert counts(row(data, agreed(promise), "Calls")) == (2, 5, 1, 0)


def test_replies_are_owed_to_rejections() -> None:
    promise = Promise("Replies", "marketing", "sales", within_hours=8, kind="reply")
    back = {"offered_at": at(1), "answered_at": at(2), "outcome": "rejected"}
    offers = [offer("in time", **back, replied_at=at(3, 9)),
              offer("late", **back, replied_at=at(9)), offer("never", **back),
              offer("due later", **back, reply_due_at=at(30)),
              offer("taken", offered_at=at(1), answered_at=at(2), outcome="accepted")]  # fmt: skip
    data = facts(handovers=offers)
    assert counts(row(data, agreed(promise), "Replies")) == (1, 2, 1, 0)
    silent = facts(handovers=[offer("never", **back)])
    assert row(silent, agreed(promise), "Replies")["note"] == (
        "not measured: the data hold no replies to rejections"
    )


def test_steps_run_until_the_stage_or_a_later_one() -> None:
    promise = Promise("Soon", "sales", "marketing", "Ripe", "Talking", 8.0)
    moves = {
        "in time": [(1, 10, "Ripe"), (2, 9, "Talking")],
        "further in time": [(1, 10, "Ripe"), (1, 12, "Won")],
        "late": [(1, 10, "Ripe"), (3, 10, "Talking")],
        "lost in time": [(1, 10, "Ripe"), (1, 11, "Lost")],
        "lost late": [(1, 10, "Ripe"), (9, 11, "Lost")],
        "waiting": [(29, 9, "Ripe")],
        "forgotten": [(1, 9, "Ripe")],
        "twice": [(1, 9, "Ripe"), (1, 10, "Talking"), (3, 9, "Ripe"), (12, 10, "Talking")],
        "undated": [(None, 0, "Ripe"), (3, 10, "Talking")],
        "elsewhere": [(1, 9, "New")],
    }
    data = facts(moves=[
        {"lead_id": lead, "at": at(day, hour) if day else None, "stage": stage}
        for lead, made in moves.items() for day, hour, stage in made
    ])  # fmt: skip
    found = row(data, agreed(promise), "Soon")
    assert counts(found) == (3, 4, 1, 2)
    assert listed(data, agreed(promise), "Soon", "unmeasured") == {"lost in time", "undated"}


def test_half_of_the_answers_took_so_many_business_hours() -> None:
    """One to seven hours: half are answered after five; who is not answered is censored."""
    offers = [offer(f"{n}", offered_at=at(1, 9), answered_at=at(1, 9) + timedelta(hours=n),
                    outcome="accepted") for n in range(1, 8)]  # fmt: skip
    found = row(facts(handovers=offers), agreed(ANSWER), "Answers")
    assert (found["median_hours"], found["p80_hours"]) == (4, 6)
    waiting = facts(handovers=[*offers, *(offer(f"w{n}", offered_at=at(1, 9)) for n in range(7))])
    assert row(waiting, agreed(ANSWER), "Answers")["median_hours"] == 7


def test_both_sides_are_always_shown() -> None:
    result = compute_measure("promises", facts(handovers=[]), agreed(ANSWER))
    assert [(one["team"], one["promise"]) for one in result.rows] == [
        ("marketing", "nothing promised"), ("sales", "Answers")
    ]  # fmt: skip
    assert any("Marketing has promised nothing" in note for note in result.notes)
    assert result.sentence.startswith("Marketing has promised nothing; sales")
    nobody = compute_measure("promises", facts(), replace(agreed(), charter=Charter()))
    assert [one["team"] for one in nobody.rows] == ["marketing", "sales"]


def test_an_answer_promised_on_a_card_is_a_promise_of_the_team_that_takes() -> None:
    data = facts(handovers=[
        offer("in time", offered_at=at(22, 9), answered_at=at(22, 10), outcome="accepted"),
        offer("late", offered_at=at(22, 9), answered_at=at(23, 12), outcome="rejected"),
        offer("waits", offered_at=at(29, 11)),
    ])  # fmt: skip
    card = Handover("Ripe", "marketing", "sales", "Ripe", answer_within_hours=4)
    found = row(data, agreed(handovers=(card,)), "Answer to Ripe")
    assert (found["team"], found["promised"]) == ("sales", "an answer within 4 business hours")
    assert counts(found) == (1, 1, 1, 0)
    for state in ("kept", "broken", "open", "n"):
        listed = records_of(
            "promises", data, agreed(handovers=(card,)), None, state, {"promise": "Answer to Ripe"}
        )
        assert listed.table.count().execute() == found[state]
    # said already: once is enough; and two cards of other times leave it to what was recorded
    said = Promise("Quick", "Sales", "marketing", kind="answer", within_hours=4)
    names = [one.name for one in all_promises(agreed(said, handovers=(card,)))]
    assert names == ["Quick"]
    other = replace(card, name="Web", answer_within_hours=8)
    (both,) = all_promises(agreed(handovers=(card, other)))
    assert both.within_hours is None
    assert counts(row(data, agreed(handovers=(card, other)), both.name)) == (0, 0, 0, 3)
    (same,) = all_promises(agreed(handovers=(card, replace(other, answer_within_hours=4))))
    assert same.within_hours == 4
