"""The pages of the room: each asks one question and answers it with measures of the catalogue."""

from __future__ import annotations

from dataclasses import dataclass, replace

from onefunnel.charts.chart import Chart
from onefunnel.facts.store import MissingFacts
from onefunnel.facts.tables import TABLES
from onefunnel.measures.catalogue import MEASURES
from onefunnel.measures.result import Result
from onefunnel.measures.steps.credit_policy import policy_of
from onefunnel.measures.steps.groups import UnknownGroup
from onefunnel.server.agree.basis import Basis
from onefunnel.server.measure.answers import answer, drawing
from onefunnel.server.measure.asking import Asked, narrowed
from onefunnel.server.measure.credits import GIVEN, credit_table
from onefunnel.server.measure.figures import Piece, pieces
from onefunnel.server.measure.lift.queries import TestLine, scaled_by_tests
from onefunnel.server.measure.marks import with_marks
from onefunnel.server.measure.of_owners import only_theirs, standing_out
from onefunnel.server.measure.refusals import REFUSALS
from onefunnel.server.measure.scorecard import Side, sides_of
from onefunnel.server.measure.tables import TableView, table_of
from onefunnel.server.measure.triangle import triangle
from onefunnel.server.people.models import Person


@dataclass(frozen=True)
class PageKind:
    """A page: its tab, the question in the reader's head, the measures that answer it."""

    key: str
    tab: str
    question: str
    measures: tuple[str, ...]


PAGES = {
    page.key: page
    for page in (
        PageKind("funnel", "Funnel", "Where do we win and lose?", ("stages", "awareness")),
        PageKind(
            "speed", "Speed", "How long does each stage take?", ("velocity", "sales_velocity")
        ),
        PageKind(
            "channels",
            "Channels",
            "Which channels bring leads that go on?",
            ("channels", "quality_volume", "cost_per_stage"),
        ),
        PageKind(
            "credit",
            "Credit",
            "Which touches are credited with what we won?",
            ("attribution", "returns"),
        ),
        PageKind("value", "Value", "What is it worth?", ("value", "repeat", "penetration")),
        PageKind(
            "win-loss",
            "Win-loss",
            "Why do we win and lose?",
            ("lost_reasons", "win_loss", "content_effect"),
        ),
        PageKind(
            "customers",
            "Customers",
            "Do customers stay, and what are they worth?",
            ("retention", "revenue_retention", "customer_value", "service_due"),
        ),
        PageKind(
            "promises",
            "Promises",
            "Do both sides keep what they promised?",
            ("promises", "handovers", "sent_back"),
        ),
        PageKind(
            "keep-warm",
            "Keep warm",
            "Do leads that were put aside come back?",
            ("woken", "collisions"),
        ),
        PageKind(
            "friction",
            "Friction",
            "Where does the funnel lose most?",
            ("friction", "friction_by_owner"),
        ),
        PageKind("ideal-lead", "Ideal lead", "Who is the ideal lead?", ("ideal_lead",)),
        PageKind(
            "misalignment",
            "Misalignment",
            "What does it cost that marketing and sales do not work as one?",
            ("misalignment",),
        ),
        PageKind("drift", "Drift", "Does the funnel run as agreed?", ("drift",)),
    )
}


@dataclass(frozen=True)
class Section:
    """One measure on a page: its sentence, its chart and its table, or what it lacks."""

    name: str
    sentence: tuple[Piece, ...] = ()
    result: Result | None = None
    chart: Chart | None = None
    table: TableView | None = None
    notes: tuple[tuple[Piece, ...], ...] = ()
    missing: str = ""
    asks: str = ""
    sides: tuple[Side, ...] = ()
    tests: tuple[TestLine, ...] | None = None

    @property
    def title(self) -> str:
        """What the section is called where its sentence cannot stand."""
        return TITLES.get(self.name, self.name.capitalize())

    @property
    def drawing(self) -> dict[str, object]:
        """The chart for the page, which prints the sentence itself and adds the theme's colours."""
        spec = self.chart.spec(width="container", titled=False) if self.chart else {}
        return {key: value for key, value in spec.items() if key != "config"}

    @property
    def is_open(self) -> bool:
        """Whether the table is shown at once: not where it is long, or repeats a scorecard."""
        return self.name not in ("awareness", "handovers") and not self.sides

    @property
    def drawing_id(self) -> str:
        return f"chart-{self.name}"


#: Notes the pages say in their own way: the sentence holds the totals, the badge the agreement,
#: the page on value the amounts, the section on awareness its readings.
SAID_ELSEWHERE = ("Totals:", "Not agreed", "Won value:", "Margin missing", "Before the first stage")

TITLES = {
    "stages": "Stages",
    "awareness": "Brand awareness",
    "velocity": "Time in each stage",
    "sales_velocity": "Sales velocity",
    "cost_per_stage": "Cost per stage",
    "repeat": "Customers who come back",
    "penetration": "How much of the market is won",
    "win_loss": "Against whom",
    "lost_reasons": "Why deals are lost",
    "content_effect": "Content",
    "retention": "Retention",
    "revenue_retention": "Revenue retention",
    "customer_value": "Customer value",
    "service_due": "Service due",
    "channels": "Channels",
    "value": "Value",
    "attribution": "Credit for what was won",
    "returns": "What comes back for what was spent",
    "drift": "Data against agreement",
    "woken": "Leads that woke",
    "quality_volume": "Volume beside quality",
    "friction": "Friction",
    "ideal_lead": "Points of the ideal lead",
    "misalignment": "Cost of misalignment",
    "friction_by_owner": "By owner",
    "collisions": "Mail blind to sales",
    "promises": "What each side promised",
    "handovers": "How handovers are answered",
    "sent_back": "Why leads are sent back",
}


def sections(
    page: PageKind, basis: Basis, question: Asked, reader: Person | None
) -> tuple[Section, ...]:
    """The page's measures; one whose facts are missing says which, and what would bring them.

    The first measure answers the question or refuses it; those beside it answer what they can: a
    split they do not know is left out, and any other refusal is said in their place.
    """
    names = [name for name in page.measures if name in MEASURES]
    return tuple(
        _section(name, basis, question, reader)
        if place == 0
        else _beside(name, basis, question, reader)
        for place, name in enumerate(names)
    )


def _beside(name: str, basis: Basis, question: Asked, reader: Person | None) -> Section:
    try:
        return _section(name, basis, question, reader)
    except UnknownGroup:
        unsplit = _beside(name, basis, narrowed(question, by=None), reader)
        said = (Piece(f"Not split by {question.scope.by}: this is not known here."),)
        return replace(unsplit, notes=(said, *unsplit.notes))
    except REFUSALS as refusal:
        return Section(name, missing=f"{refusal}")


def _section(name: str, basis: Basis, question: Asked, reader: Person | None) -> Section:
    try:
        result = standing_out(only_theirs(answer(name, basis, question), reader, basis.agreement))
    except MissingFacts as lack:
        table = TABLES[lack.table]
        grain = table.grain.removeprefix("one ")
        return Section(
            name,
            missing=f"Not told yet: your data hold no {lack.table} ({table.meaning.lower()}). "
            f"Bring in a file with one row per {grain}, and the answer stands here.",
            asks=MEASURES[name].question,
        )
    currency = currency_of(result, basis)
    won = basis.agreement.won.name if basis.agreement.won else ""
    chart, table = with_marks(
        drawing(result, basis, question) if result.rows else None,
        _table(result, question, currency, won, basis) if result.rows else None,
        question.scope,
    )
    return Section(
        name=name,
        sentence=tuple(pieces(result.sentence, result, question, currency)),
        result=result,
        chart=chart,
        table=table,
        sides=sides_of(result, question) if name == "promises" else (),
        tests=scaled_by_tests(result, basis, question) if name == "attribution" else None,
        notes=tuple(
            tuple(pieces(note, result, question, currency, rows=()))
            for note in result.notes
            if not note.startswith(SAID_ELSEWHERE)
        ),
    )


def _table(result: Result, question: Asked, currency: str, won: str, basis: Basis) -> TableView:
    if result.measure == "retention":
        return triangle(result, question)
    if result.measure in GIVEN:
        return credit_table(result, question, currency, policy_of(basis.agreement))
    return table_of(result, question, currency, won=won)


def currency_of(result: Result, basis: Basis) -> str:
    """The currency money of a result is in: its own, else the agreement's."""
    own = result.totals.get("currency")
    return str(own) if own else basis.agreement.currency
