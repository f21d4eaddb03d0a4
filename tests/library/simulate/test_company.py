"""The simulated company: the same from the same seed, inside its documented truth."""

from datetime import UTC, datetime, timedelta, timezone

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from onefunnel.facts.declaration import SQL_TYPES
from onefunnel.facts.tables import TABLES
from onefunnel.simulate.company.company import Company, simulate, simulate_company
from onefunnel.simulate.company.parameters import EMPLOYEES_QUALIFIED, SCORE_QUALIFIED

UNTIL = datetime(2026, 11, 21, 12)


@pytest.fixture(scope="module")
def company() -> Company:
    return simulate(seed=7, until=UNTIL)


@pytest.fixture(scope="module")
def db(company):
    connection = duckdb.connect()
    for name, table in company.tables.items():
        connection.register(name, table)
    return connection


def test_the_same_seed_gives_identical_tables_and_another_seed_others():
    one, same = (simulate(seed=3, until=UNTIL, leads=2_000) for _ in range(2))
    other = simulate(seed=4, until=UNTIL, leads=2_000)
    for name in TABLES:
        assert one.tables[name].equals(same.tables[name]), name
    assert not one.tables["moves"].equals(other.tables["moves"])


def test_it_holds_every_standard_table_with_the_declared_columns_and_types(company, db):
    assert set(company.tables) == set(TABLES)
    for name, declared in TABLES.items():
        found = {row[0]: row[1] for row in db.sql(f"DESCRIBE {name}").fetchall()}
        for column in declared.columns:
            assert found[column.name] == SQL_TYPES[column.type], (name, column.name)
        if not declared.is_open:
            extra = set(found) - set(declared.column_names)
            assert extra == {"_file", "_row"}, name
        for key in declared.required:
            assert company.tables[name][key].null_count == 0, (name, key)


def test_keys_are_unique_and_references_lead_somewhere(db):
    for name, declared in TABLES.items():
        if declared.key:
            keys = ", ".join(f'"{key}"' for key in declared.key)
            rows, distinct = db.sql(
                f"SELECT count(*), count(DISTINCT ({keys})) FROM {name}"
            ).fetchone()
            assert rows == distinct, name
        for column in declared.columns:
            if column.refers_to and column.name != "content_id":
                table, key = column.refers_to.split(".")
                missing = db.sql(
                    f"SELECT count(*) FROM {name} WHERE {column.name} IS NOT NULL "
                    f"AND {column.name} NOT IN (SELECT {key} FROM {table})"
                ).fetchone()[0]
                assert missing == 0, (name, column.name)


def test_nothing_happens_before_the_first_month_or_after_until(db):
    begins = datetime(2025, 5, 1)
    for name, column in [
        ("leads", "created_at"), ("moves", "at"), ("touches", "at"), ("deals", "opened_at"),
        ("deals", "closed_at"), ("handovers", "offered_at"), ("handovers", "answered_at"),
        ("orders", "at"), ("spend", "at"), ("awareness", "at"), ("uses", "at"),
    ]:  # fmt: skip
        first, last = db.sql(f'SELECT min("{column}"), max("{column}") FROM {name}').fetchone()
        assert begins <= first, (name, column)
        assert last <= UNTIL, (name, column)


def test_a_time_with_a_zone_means_the_same_moment_in_utc():
    berlin = timezone(timedelta(hours=1))
    there = simulate(until=datetime(2026, 11, 21, 13, tzinfo=berlin), leads=300)
    here = simulate(until=datetime(2026, 11, 21, 12, tzinfo=UTC), leads=300)
    assert there.until == here.until == UNTIL
    assert there.tables["moves"].equals(here.tables["moves"])


def test_people_move_leads_in_office_hours_only(db):
    outside = db.sql(
        """SELECT avg((isodow("at") > 5 OR hour("at") < 8 OR hour("at") > 17)::INT)
           FROM moves WHERE stage IN ('Sales accepted', 'Sales qualified', 'Proposal', 'Won')"""
    ).fetchone()[0]
    assert outside < 0.01


def test_moves_of_a_lead_go_forward_in_time_and_link_up(db):
    broken, gaps = db.sql(
        """SELECT count(*) FILTER ("at" < before_at),
                  count(*) FILTER (from_stage IS DISTINCT FROM before_stage
                                   AND before_stage <> 'Sales qualifed')
           FROM (SELECT *, lag("at") OVER w AS before_at, lag(stage) OVER w AS before_stage
                 FROM moves WINDOW w AS (PARTITION BY lead_id ORDER BY seq))"""
    ).fetchone()
    assert (broken, gaps) == (0, 0)


def test_every_lead_enters_once_at_inquiry_when_it_was_created(db):
    odd = db.sql(
        """SELECT count(*) FROM leads LEFT JOIN moves ON moves.lead_id = leads.lead_id AND seq = 0
           WHERE moves.stage IS DISTINCT FROM 'Inquiry' OR moves.at <> leads.created_at"""
    ).fetchone()[0]
    assert odd == 0


def test_the_funnel_narrows_as_documented(db):
    leads = db.sql("SELECT count(*) FROM leads").fetchone()[0]
    assert leads == 40_000
    reached = dict(
        db.sql("SELECT stage, count(DISTINCT lead_id) FROM moves GROUP BY stage").fetchall()
    )
    assert 0.36 < reached["Marketing qualified"] / leads < 0.44
    assert 0.02 < reached["Won"] / leads < 0.04
    path = ["Inquiry", "Marketing qualified", "Sales accepted", "Sales qualified", "Proposal",
            "Won", "Onboarded", "In use", "Repeat order"]  # fmt: skip
    counts = [reached[stage] for stage in path]
    assert counts == sorted(counts, reverse=True)
    assert all(reached[stage] > 100 for stage in ("Lost", "Disqualified", "Recycled"))


def test_leads_grow_by_about_two_percent_a_month(db):
    # The same twelve months apart have the same season and fairs: 1.02 ** 12 = 1.27.
    first, later = db.sql(
        """SELECT count(*) FILTER (created_at BETWEEN '2025-05-01' AND '2025-10-31'),
                  count(*) FILTER (created_at BETWEEN '2026-05-01' AND '2026-10-31') FROM leads"""
    ).fetchone()
    assert 1.18 < later / first < 1.36


def test_the_way_to_won_takes_weeks_to_months(db):
    median = db.sql(
        """SELECT median(date_diff('hour', created_at, moves."at")) / 24 FROM moves JOIN leads
           USING (lead_id) WHERE stage = 'Won' AND source <> 'Service'"""
    ).fetchone()[0]
    assert 50 < median < 130


def test_referrals_and_service_findings_win_more_often_than_outbound(db):
    share = dict(
        db.sql(
            """SELECT source, avg((lead_id IN (SELECT lead_id FROM moves WHERE stage = 'Won'))::INT)
               FROM leads GROUP BY source"""
        ).fetchall()
    )
    assert share["Service"] > 2 * share["Web form"]
    assert share["Referral"] > 2 * share["Web form"]
    assert share["Outbound"] < share["Web form"]


def test_the_same_lead_runs_from_first_touch_to_repeat_order_in_one_query(db):
    whole = db.sql(
        """SELECT count(*) FROM (
             SELECT lead_id FROM moves JOIN touches USING (lead_id)
             GROUP BY lead_id HAVING bool_or(moves.stage = 'Inquiry')
               AND bool_or(moves.stage = 'Repeat order') AND min(touches.at) < max(moves.at))"""
    ).fetchone()[0]
    assert whole > 100


def test_marketing_and_sales_mean_different_things_by_qualified(db):
    by_score, meets = db.sql(
        f"""SELECT bool_and(score >= {SCORE_QUALIFIED}),
                   avg((budget_known AND employees >= {EMPLOYEES_QUALIFIED})::INT)
            FROM leads WHERE lead_id IN (SELECT lead_id FROM moves
              WHERE stage = 'Marketing qualified' AND from_stage = 'Inquiry')"""
    ).fetchone()
    assert by_score
    assert 0.25 < meets < 0.6
    accepted = dict(
        db.sql(
            f"""SELECT budget_known AND employees >= {EMPLOYEES_QUALIFIED},
                       avg((outcome = 'accepted')::INT)
                FROM handovers JOIN leads USING (lead_id)
                WHERE from_team = 'marketing' AND outcome IS NOT NULL GROUP BY 1"""
        ).fetchall()
    )
    assert accepted[True] > 0.88
    assert accepted[False] < 0.6


def test_rejections_name_a_reason_that_fits_the_lead(db):
    without, wrong = db.sql(
        """SELECT count(*) FILTER (reason IS NULL),
                  count(*) FILTER (reason = 'No budget known' AND budget_known
                                   OR reason = 'Company too small' AND employees >= 50)
           FROM handovers JOIN leads USING (lead_id) WHERE outcome = 'rejected'"""
    ).fetchone()
    assert (without, wrong) == (0, 0)


def test_follow_up_is_late_when_the_week_is_full(db):
    quiet, full = db.sql(
        """WITH load AS (SELECT date_trunc('week', created_at) AS week, count(*) AS n
                         FROM leads GROUP BY 1),
           late AS (SELECT date_trunc('week', offered_at) AS week,
                           avg((answered_at > due_at)::INT) AS share
                    FROM handovers WHERE from_team = 'marketing' GROUP BY 1)
           SELECT avg(share) FILTER (n < 500), avg(share) FILTER (n > 800)
           FROM load JOIN late USING (week)"""
    ).fetchone()
    assert quiet < 0.25
    assert full > 2 * quiet


def test_operations_recycled_thousands_in_one_second(company, db):
    at, count = company.planted.bulk_edit
    found = db.sql(
        'SELECT "at", count(*) AS n FROM moves GROUP BY "at" HAVING n > 100 ORDER BY n DESC'
    ).fetchall()
    assert found == [(at, count)]
    assert count == 2_000


def test_people_who_come_back_are_typed_differently(company, db):
    again = company.planted.same_person
    assert 700 < len(again) < 1_100
    emails = dict(db.sql("SELECT lead_id, email FROM leads").fetchall())
    same = sum(emails[one] == emails[other] for one, other in again.items())
    assert same < len(again) / 2


def test_amounts_margins_and_currencies_are_as_people_keep_them(db):
    no_amount, no_margin, pounds = db.sql(
        """SELECT avg((amount IS NULL)::INT), avg((margin IS NULL)::INT),
                  avg((currency = 'GBP')::INT) FROM deals WHERE outcome = 'won'"""
    ).fetchone()
    assert 0.005 < no_amount < 0.06
    assert 0.12 < no_margin < 0.30
    assert 0.2 < pounds < 0.5
    assert db.sql(
        "SELECT count(*) FROM deals WHERE outcome <> 'won' AND margin > 0"
    ).fetchone() == (0,)


def test_service_findings_come_from_visits_to_machines_of_that_account(db):
    strays = db.sql(
        """SELECT count(*) FROM leads WHERE source = 'Service' AND NOT EXISTS (
             SELECT 1 FROM touches WHERE touches.account_id = leads.account_id
             AND kind = 'serviced' AND touches.at <= created_at
             AND touches.at >= created_at - INTERVAL 2 DAY)"""
    ).fetchone()[0]
    assert strays == 0
    assert db.sql("SELECT count(*) FROM leads WHERE source = 'Service'").fetchone()[0] > 900


def test_names_are_misspelt_now_and_then(db):
    stray = db.sql("SELECT count(*) FROM moves WHERE stage NOT IN (SELECT stage FROM stages)")
    assert stray.fetchone()[0] == 12
    sources = {row[0] for row in db.sql("SELECT DISTINCT source FROM leads").fetchall()}
    assert {"Trade fair", "Trade fiar", "Web form", "web form"} <= sources


def test_every_address_is_under_the_example_domain(company):
    emails = company.tables["leads"]["email"].combine_chunks()
    ends = pc.match_substring_regex(pc.utf8_lower(emails), r"\.example\s*$")
    assert pc.all(ends).as_py()
    assert pc.all(pc.ends_with(company.tables["accounts"]["domain"], ".example")).as_py()


@pytest.mark.parametrize("leads", [1, 2, 40])
def test_a_tiny_company_is_still_whole(leads):
    tables = simulate(until=datetime(2024, 2, 29, 3), leads=leads).tables
    assert tables["leads"].num_rows == leads
    assert isinstance(tables["orders"], pa.Table)


def test_no_leads_at_all_is_refused():
    with pytest.raises(ValueError, match="at least one lead"):
        simulate(until=UNTIL, leads=0)


def test_facts_read_it_through_one_connection():
    facts = simulate_company(until=UNTIL, leads=500)
    assert facts.data_at == UNTIL
    joined = facts["moves"].join(facts["leads"], "lead_id")
    assert joined.count().execute() == facts["moves"].count().execute()
