"""Event logs: cases become leads, events moves, changes of team handovers; known counts hold."""

from __future__ import annotations

from pathlib import Path

import ibis
import pytest

from onefunnel.connectors.apply.apply import Applied, apply_mapping
from onefunnel.connectors.event_log.columns import find_log_columns
from onefunnel.connectors.event_log.propose import propose_event_log, propose_mapping
from onefunnel.connectors.event_log.read import prepare
from onefunnel.connectors.mapping import read_mapping, write_mapping
from onefunnel.connectors.reading.read import read_tables
from onefunnel.connectors.reading.tables import Tables

LOG = """Case ID;Activity;Complete Timestamp;Resource;Team;Product
A;Open;01.03.2024 09:00;Ann;First;P1
A;Forward;01.03.2024 10:00;Ann;Second;P1
B;Open;01.03.2024 10:30;Bob;First;P2
A;Return;02.03.2024 10:00;Cy;First;P1
A;Close;02.03.2024 10:00;Ann;First;P1
B;Close;15.03.2024 11:00;Bob;First;P2
"""


def _read(path: Path, scratch: Path) -> Tables:
    return prepare(read_tables(path, scratch=scratch))


def _apply(tables: Tables) -> Applied:
    mapping = propose_mapping(tables.tables)
    assert mapping is not None
    assert read_mapping(write_mapping(mapping)) == mapping
    return apply_mapping(mapping, tables.tables, ibis.duckdb.connect())


@pytest.fixture
def small(tmp_path: Path) -> Tables:
    """The log above, read."""
    (tmp_path / "log.csv").write_text(LOG)
    return _read(tmp_path / "log.csv", tmp_path)


def test_every_event_is_a_move_in_the_order_of_the_file(small: Tables) -> None:
    moves = _apply(small).tables["moves"]
    found = moves.order_by("lead_id", "seq").select("lead_id", "seq", "stage", "team", "by")
    assert [tuple(row.values()) for row in found.to_pyarrow().to_pylist()] == [
        ("A", 0, "Open", "First", "Ann"),
        ("A", 1, "Forward", "Second", "Ann"),
        ("A", 2, "Return", "First", "Cy"),
        ("A", 3, "Close", "First", "Ann"),
        ("B", 0, "Open", "First", "Bob"),
        ("B", 1, "Close", "First", "Bob"),
    ]


def test_a_change_of_team_is_a_handover(small: Tables) -> None:
    handovers = _apply(small).tables["handovers"].order_by("handover_id")
    found = handovers.select("lead_id", "from_team", "to_team", "answered_at")
    assert [tuple(row.values()) for row in found.to_pyarrow().to_pylist()] == [
        ("A", "First", "Second", None),
        ("A", "Second", "First", None),
    ]


def test_a_case_is_a_lead_from_its_first_event_with_what_never_changes(small: Tables) -> None:
    leads = _apply(small).tables["leads"].order_by("lead_id")
    found = leads.select("lead_id", "created_at", "product").to_pyarrow().to_pylist()
    assert [(row["lead_id"], str(row["created_at"]), row["product"]) for row in found] == [
        ("A", "2024-03-01 09:00:00", "P1"),
        ("B", "2024-03-01 10:30:00", "P2"),
    ]


def test_stages_stand_by_their_median_place(small: Tables) -> None:
    proposal = propose_event_log(small.tables[0])
    assert proposal is not None
    assert [stage.stage for stage in proposal.stages] == ["Open", "Forward", "Return", "Close"]


def test_a_log_with_the_newest_event_first_is_turned_round(tmp_path: Path) -> None:
    head, *lines = LOG.strip().splitlines()
    (tmp_path / "log.csv").write_text("\n".join([head, *reversed(lines)]) + "\n")
    moves = _apply(_read(tmp_path / "log.csv", tmp_path)).tables["moves"]
    found = moves.filter(moves.lead_id == "A").order_by("seq").select("stage")
    stages = [row["stage"] for row in found.to_pyarrow().to_pylist()]
    assert stages == ["Open", "Forward", "Return", "Close"]


@pytest.mark.parametrize(
    "header",
    [
        "case:concept:name,concept:name,time:timestamp,org:resource",
        "Vorgangsnummer,Aktivität,Zeitstempel,Bearbeiter",
        "Numéro de dossier,Activité,Horodatage,Utilisateur",
        "ID caso,Actividad,Fecha y hora,Recurso",
        "Zaaknummer,Activiteit,Tijdstip,Medewerker",
        "Ticket,Action,When,Agent",
    ],
)
def test_logs_are_recognised_in_several_languages(tmp_path: Path, header: str) -> None:
    lines = [header]
    lines += [
        f"c{n},{step},2024-01-{n + 1:02d}T0{hour}:00:00Z,r{n % 3}"
        for n in range(20)
        for hour, step in enumerate(("start", "work", "end"))
    ]
    (tmp_path / "x.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (table,) = read_tables(tmp_path / "x.csv", scratch=tmp_path).tables
    log = find_log_columns(table)
    assert log is not None
    assert (log.case, log.activity, log.at) == table.columns[:3]


@pytest.mark.parametrize(
    "text",
    [
        "lead_id,stage,changed_at\n" + "".join(f"{n % 9},s{n % 3},2024-01-01\n" for n in range(40)),
        "id,name,created\n1,Ann,2024-01-01\n2,Bob,2024-01-02\n",
        "contact_id,activity,timestamp\n"
        + "".join(f"{n % 9},call,2024-01-01\n" for n in range(40)),
        "Case Number,Subject,Date Opened\n" + "".join(f"{n},s{n},2024-01-01\n" for n in range(40)),
    ],
)
def test_what_is_no_event_log_is_left_to_the_general_proposal(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.csv").write_text(text)
    (table,) = read_tables(tmp_path / "x.csv", scratch=tmp_path).tables
    assert find_log_columns(table) is None


@pytest.mark.data
@pytest.mark.slow
@pytest.mark.parametrize("file", ["bpic2013_incidents.xes.gz", "bpic2013_incidents_events.csv.gz"])
def test_the_incidents_of_2013(exports: Path, tmp_path: Path, file: str) -> None:
    made = _apply(_read(exports / "bpic2013" / file, tmp_path))
    leads, moves, handovers = (made.tables[name] for name in ("leads", "moves", "handovers"))
    assert leads.count().execute() == 7_554
    assert moves.count().execute() == 65_533
    assert handovers.count().execute() == 9_454
    assert handovers.lead_id.nunique().execute() == 3_820
    con = handovers.get_backend().con
    names = {name: f"{table.op().namespace.database}.{name}" for name, table in made.tables.items()}
    # A > B > A: in the chain of teams a case went through (a handover each), one comes back
    # right after the next. Events in between that stay with a team make no new link.
    (back,) = con.execute(
        f"SELECT count(DISTINCT lead_id) FROM (SELECT lead_id, to_team, lag(from_team) OVER "
        f"(PARTITION BY lead_id ORDER BY split_part(handover_id, '#', 2)::INT) AS before "
        f"FROM {names['handovers']}) WHERE before = to_team"
    ).fetchone()
    assert back == 1_177
    lines = con.execute(
        "SELECT line, count(*) FROM (SELECT lead_id, max(CASE WHEN team LIKE '%3rd%' THEN 3 "
        f"WHEN team LIKE '%2nd%' THEN 2 ELSE 1 END) AS line FROM {names['moves']} "
        "GROUP BY lead_id) GROUP BY line ORDER BY line"
    ).fetchall()
    assert lines == [(1, 4_546), (2, 2_464), (3, 544)]
    (median,) = con.execute(
        f'SELECT median(d) / 86400 FROM (SELECT epoch(max("at")) - epoch(min("at")) AS d '
        f"FROM {names['moves']} GROUP BY lead_id)"
    ).fetchone()
    assert median == pytest.approx(7.55, abs=0.005)


@pytest.mark.data
@pytest.mark.slow
def test_the_help_desk_lies_there_twice_and_is_read_once(exports: Path, tmp_path: Path) -> None:
    tables = _read(exports / "helpdesk", tmp_path)
    assert [left.file for left in tables.left_out] == ["helpdesk_events.csv.gz"]
    made = _apply(tables)
    assert made.tables["leads"].count().execute() == 4_580
    assert made.tables["moves"].count().execute() == 21_348
    assert made.tables["moves"].stage.nunique().execute() == 14
