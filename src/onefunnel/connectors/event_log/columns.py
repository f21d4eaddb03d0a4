"""Is this table an event log, and which column is the case, the activity, the time, the team?"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb

from onefunnel.connectors.apply.names import plain_name
from onefunnel.connectors.apply.rows import parquet_sql
from onefunnel.connectors.reading.tables import TextTable
from onefunnel.connectors.values.blanks import plain_text, typed_text
from onefunnel.connectors.values.dates import DateCounts, date_counts_sql, decide_dates
from onefunnel.facts.sql_text import identifier

#: What each part is called, without case and punctuation, the surest words first: XES, then
#: English, German, French, Spanish, Italian, Portuguese, Dutch, Polish, Czech, Russian.
WORDS: Mapping[str, tuple[str, ...]] = {
    "case": (
        "caseconceptname", "caseid", "case", "casekey", "casenumber", "casename", "caseno",
        "traceid", "trace", "processinstance", "processinstanceid", "instanceid", "ticketid",
        "ticket", "ticketnumber", "incidentid", "incidentnumber", "srnumber", "requestid",
        "fallid", "fall", "fallnummer", "fallnr", "vorgangsid", "vorgangsnummer", "vorgangsnr",
        "vorgang", "ticketnummer", "dossier", "iddossier", "numerodossier", "idcas", "casid",
        "idcaso", "caso", "numerodecaso", "expediente", "idexpediente", "idpratica", "pratica",
        "processo", "idprocesso", "zaakid", "zaak", "zaaknummer", "dossiernummer", "sprawa",
        "idsprawy", "numersprawy", "idpripadu", "pripad", "идкейса", "кейс", "номерзаявки",
    ),
    "activity": (
        "conceptname", "activity", "activityname", "activityid", "eventname", "event", "action",
        "step", "stepname", "task", "taskname", "operation", "aktivitat", "aktivitaet",
        "vorgangsschritt", "schritt", "prozessschritt", "ereignis", "tatigkeit", "activite",
        "etape", "evenement", "tache", "actividad", "paso", "evento", "tarea", "attivita", "fase",
        "atividade", "etapa", "passo", "activiteit", "handeling", "stap", "gebeurtenis",
        "aktywnosc", "czynnosc", "zdarzenie", "krok", "aktivita", "udalost", "действие",
        "активность", "событие", "операция",
    ),
    "at": (
        "timetimestamp", "completetimestamp", "endtimestamp", "completiontime", "timestamp",
        "eventtimestamp", "eventtime", "eventdatetime", "datetime", "completedat", "occurredat",
        "happenedat", "time", "eventdate", "date", "starttimestamp", "starttime", "createdat",
        "zeitstempel", "zeitpunkt", "datumuhrzeit", "datum", "zeit", "horodatage", "horodate",
        "dateheure", "fechahora", "fechayhora", "marcadetiempo", "fecha", "dataora", "dataeora",
        "datahora", "dataehora", "data", "carimbodetempo", "tijdstip", "tijdstempel", "datumtijd",
        "znacznikczasu", "czas", "dataigodzina", "cas", "datumacas", "время", "датаивремя", "дата",
    ),
    "by": (
        "orgresource", "resource", "resourcename", "user", "username", "agent", "employee",
        "performer", "assignee", "assignedto", "owner", "handledby", "originator", "worker",
        "ressource", "bearbeiter", "mitarbeiter", "benutzer", "utilisateur", "agente", "recurso",
        "empleado", "usuario", "risorsa", "utente", "operatore", "funcionario", "medewerker",
        "behandelaar", "gebruiker", "zasob", "pracownik", "uzivatel", "zdroj", "ресурс",
        "исполнитель", "сотрудник", "пользователь",
    ),
    "team": (
        "orggroup", "group", "groupname", "team", "teamname", "workgroup", "assignmentgroup",
        "supportgroup", "supportteam", "queue", "department", "orgunit", "unit", "function",
        "gruppe", "abteilung", "bereich", "equipe", "groupe", "service", "equipo", "grupo",
        "departamento", "gruppo", "reparto", "squadra", "ufficio", "departamento", "setor",
        "groep", "afdeling", "grupa", "zespol", "dzial", "skupina", "oddeleni", "группа", "отдел",
        "команда", "orgrole", "role", "rolle", "rol", "ruolo", "роль",
    ),
    "lifecycle": (
        "lifecycletransition", "lifecycle", "transition", "substatus", "eventtype", "status",
        "state", "zustand", "statut", "estado", "stato", "stan", "stav", "статус",
    ),
    "place": (
        "seq", "sequence", "sequencenumber", "eventnumber", "eventno", "eventid", "eventindex",
        "index", "position", "nr", "no", "lfdnr",
    ),
}  # fmt: skip
_SMALL_WORDS = re.compile(
    r"(?<![^\W_])(?:de|du|des|del|der|di|da|do|of|the|la|le|el|y|e|et|und|i|a)(?![^\W_])"
)
_NEEDED = ("case", "activity", "at")
#: Words that alone say "this is an event log", whatever the rest is called.
_XES = {"caseconceptname", "timetimestamp", "lifecycletransition", "orgresource", "orggroup"}
_WORDS_OF_PROCESS = {"case", "activity"}


@dataclass(frozen=True)
class LogColumns:
    """The columns of an event log by their names in the file; '' for parts it does not have.

    `date_style` says how `at` is written (see mapping `date`); `reason` how it was recognised
    and `confidence` 0..1 how surely.
    """

    case: str
    activity: str
    at: str
    by: str = ""
    team: str = ""
    lifecycle: str = ""
    place: str = ""
    date_style: str = "year-first"
    confidence: float = 1.0
    reason: str = ""

    @property
    def named(self) -> tuple[str, ...]:
        """Every column that has a part."""
        parts = (self.case, self.activity, self.at, self.by, self.team, self.lifecycle, self.place)
        return tuple(part for part in parts if part)


def quiet_engine() -> duckdb.DuckDBPyConnection:
    """An engine of its own that prints no progress bar: standard output may be somebody's JSON."""
    con = duckdb.connect()
    con.execute("SET enable_progress_bar = false")
    return con


def find_log_columns(table: TextTable) -> LogColumns | None:
    """The parts of an event log in this table, None where it is none.

    A log needs a case that has several rows, an activity that has few values and a time that can
    be read. They are told by their names; where two are and nothing else in the table bears a
    name for the third, by the values. A history of CRM records (a lead id, a stage, a date) is
    no event log: nothing in it is called a case or a trace, and the general proposal reads it.
    """
    by_name = _by_name(table.columns)
    known = [part for part in _NEEDED if part in by_name]
    is_xes = table.format == "xes" or bool(_XES & {plain_name(c) for c in table.columns})
    if len(known) < 2 or not (is_xes or set(by_name) >= _WORDS_OF_PROCESS or "case" in by_name):
        return None
    with quiet_engine() as con:
        con.execute(f"CREATE VIEW log AS SELECT * FROM {parquet_sql(table)}")
        if len(known) == 2:
            missing = next(part for part in _NEEDED if part not in by_name)
            found = _by_values(con, table.columns, by_name, missing)
            if not found:
                return None
            by_name[missing] = found
        return _checked(con, by_name, is_xes=is_xes, is_named=len(known) == 3)


def _by_name(columns: Sequence[str]) -> dict[str, str]:
    """The column of each part by its name; a column has one part, a part its surest name."""
    found: dict[str, str] = {}
    for part, words in WORDS.items():
        plain = {form: column for column in reversed(columns) for form in _forms(column)}
        for word in words:
            if word in plain and plain[word] not in found.values():
                found[part] = plain[word]
                break
    return found


def _forms(column: str) -> tuple[str, str]:
    """The name in plain letters, without and with its small words (`Numéro de dossier`)."""
    accents = str.maketrans(
        "äöüéèêàáâçñíîóôõúãąćęłńśźżěščřžýůß", "aoueeeaaacniiooouaacelnszzescrzyus"
    )
    name = column.casefold().translate(accents)
    return plain_name(_SMALL_WORDS.sub(" ", name)), plain_name(name)


def _by_values(
    con: duckdb.DuckDBPyConnection, columns: Sequence[str], known: Mapping[str, str], missing: str
) -> str:
    """The only column whose values look like the missing part; '' where none or several do."""
    free = [column for column in columns if column not in known.values()]
    hits = []
    (rows,) = con.execute("SELECT count(*) FROM log").fetchone() or (0,)
    for column in free:
        name = identifier(column)
        if missing == "at":
            counts = _dates(con, column)
            if (
                counts.values
                and counts.dates >= 0.95 * counts.values
                and counts.values >= 0.9 * rows
            ):
                hits.append(column)
            continue
        kinds, filled = con.execute(
            f"SELECT count(DISTINCT {name}), count({name}) FROM log"
        ).fetchone() or (0, 0)
        if filled < 0.98 * rows:
            continue
        least, most = (
            (2, min(300, rows * 0.1)) if missing == "activity" else (rows / 200, rows * 0.85)
        )
        if least <= kinds <= most:
            hits.append(column)
    return hits[0] if len(hits) == 1 else ""


def _dates(con: duckdb.DuckDBPyConnection, column: str) -> DateCounts:
    text = typed_text(identifier(column))
    parts = date_counts_sql("t")
    asked = ", ".join(f"{sql} AS {name}" for name, sql in parts.items())
    row = con.execute(f"SELECT {asked} FROM (SELECT {text} AS t FROM log)").fetchone()
    return DateCounts(**dict(zip(parts, row or (), strict=False)))


def _checked(
    con: duckdb.DuckDBPyConnection, found: Mapping[str, str], *, is_xes: bool, is_named: bool
) -> LogColumns | None:
    """The columns where the values bear the names out: cases repeat, activities are few."""
    case, activity = (plain_text(identifier(found[part])) for part in ("case", "activity"))
    rows, cases, activities = con.execute(
        f"SELECT count({case}), count(DISTINCT {case}), count(DISTINCT {activity}) FROM log"
    ).fetchone() or (0, 0, 0)
    if not rows or not activities:
        return None
    dates = _dates(con, found["at"])
    is_timed = dates.values and (
        dates.dates + dates.compact + dates.seconds + dates.milliseconds + dates.excel
        >= 0.9 * dates.values
    )
    repeats = cases <= 0.85 * rows or rows < 10
    if not is_timed or not repeats or activities > max(20, min(1000, rows * 0.3)):
        return None
    sure = 1.0 if is_xes and is_named else 0.9 if is_named else 0.7
    how = "the names of an XES event log" if is_xes else "names of a case, an activity and a time"
    if not is_named:
        how += ", the third by its values"
    return LogColumns(
        **{part: found.get(part, "") for part in WORDS},
        date_style=decide_dates(dates).style,
        confidence=sure,
        reason=f"{how}; {cases:,} cases with {rows:,} events of {activities:,} activities",
    )


def safe_name(column: str) -> str:
    """A column of the log as the name of a free attribute: `case:Product` becomes `product`."""
    bare = re.sub(r"^(case|trace)\s*:\s*", "", column, flags=re.IGNORECASE)
    name = re.sub(r"\W+", "_", bare.casefold()).strip("_")
    return name or "attribute"
