"""What is true of the simulated company: the numbers every table is drawn from.

Brantovex (invented) makes packaging machines and looks after those it has sold. Its people speak
of a lead in nine stages; the rates below are what the funnel would show if every lead were
followed to its end, before the effect of a lead's own fit.
"""

from __future__ import annotations

from dataclasses import dataclass

COMPANY = "Brantovex Packaging Machines"
MONTHS = 18
GROWTH_PER_MONTH = 0.02
#: January .. December: summer and year's end are quiet, spring and autumn are busy.
SEASON = (0.95, 1.0, 1.1, 1.02, 1.05, 1.0, 0.88, 0.78, 1.12, 1.15, 1.08, 0.72)

MARKETING, SALES, SERVICE = "marketing", "sales", "accounts & service"


@dataclass(frozen=True)
class StageTruth:
    """A stage as the company's CRM lists it."""

    name: str
    kind: str
    team: str


STAGES = (
    StageTruth("Inquiry", "open", MARKETING),
    StageTruth("Marketing qualified", "open", MARKETING),
    StageTruth("Sales accepted", "open", SALES),
    StageTruth("Sales qualified", "open", SALES),
    StageTruth("Proposal", "open", SALES),
    StageTruth("Won", "won", SALES),
    StageTruth("Onboarded", "open", SERVICE),
    StageTruth("In use", "open", SERVICE),
    StageTruth("Repeat order", "open", SERVICE),
    StageTruth("Lost", "lost", SALES),
    StageTruth("Disqualified", "disqualified", MARKETING),
    StageTruth("Recycled", "recycled", MARKETING),
)
INQUIRY, MQL, SAL, SQL, PROPOSAL, WON, ONBOARDED, IN_USE, REPEAT, LOST, DISQUALIFIED, RECYCLED = (
    range(12)
)


@dataclass(frozen=True)
class Next:
    """One way out of a stage: where to, how often, after how long (lognormal, days)."""

    to: int
    share: float
    median_days: float
    spread: float = 0.9


#: Ways out of each stage. The first is the way ahead: its odds move with the lead's fit; the
#: others keep their proportion; what is missing to 1 stays where it is. Inquiry and Marketing
#: qualified have their own rules (score, handover) in walk.py.
WAYS: dict[int, tuple[Next, ...]] = {
    SAL: (
        Next(SQL, 0.46, 12),
        Next(LOST, 0.28, 25),
        Next(RECYCLED, 0.10, 30),
        Next(DISQUALIFIED, 0.08, 14),
    ),
    SQL: (
        Next(PROPOSAL, 0.62, 18),
        Next(LOST, 0.24, 35),
        Next(RECYCLED, 0.07, 40),
        Next(SAL, 0.03, 9),
    ),
    PROPOSAL: (
        Next(WON, 0.30, 34, 0.7),
        Next(LOST, 0.53, 45, 0.8),
        Next(SQL, 0.04, 16),
        Next(RECYCLED, 0.03, 60),
    ),
    WON: (Next(ONBOARDED, 0.97, 45, 0.4),),
    ONBOARDED: (Next(IN_USE, 0.98, 20, 0.5),),
    IN_USE: (Next(REPEAT, 0.45, 150, 0.6),),
    LOST: (Next(SQL, 0.04, 70),),
    RECYCLED: (Next(MQL, 0.18, 80),),
}
#: Median days from Inquiry to each way out, and how the leads below the score end.
INQUIRY_TO_MQL_DAYS = 4.0
BELOW_SCORE_DISQUALIFIED_SHARE = 0.45
BELOW_SCORE_DISQUALIFIED_DAYS = 9.0

#: Quarrel 1: two meanings of "qualified". Marketing: score at least 50. Sales: budget known and
#: at least 50 employees. Sales accepts by how much of its own meaning is met (0, 1 or 2 parts).
SCORE_QUALIFIED = 50
EMPLOYEES_QUALIFIED = 50
BUDGET_KNOWN_SHARE = 0.52
ACCEPTED_SHARE = (0.25, 0.58, 0.92)
UNANSWERED_SHARE = 0.04
REJECTED_RECYCLED_SHARE = 0.65

#: Quarrel 2: late follow-up. The answer takes hours that grow with the week's load (new leads
#: over what the desk can take), and a late answer lowers the odds of Sales qualified by this.
ANSWER_HOURS = 10.0
ANSWER_SPREAD = 1.1
ANSWER_LOAD_POWER = 2.5
DESK_GROWTH_PER_MONTH = 0.004
LATE_LOG_ODDS = -0.5

#: The other quarrels: their size at 40,000 leads (all but the first scale with the leads).
DUPLICATE_SHARE = 0.025
BLANK_ACCOUNT_SHARE = 0.03
FREE_MAIL_SHARE = 0.05
AMOUNT_MISSING_SHARE = 0.03
MARGIN_MISSING_SHARE = 0.18
BULK_EDIT_LEADS = 2_000
BULK_EDIT_DAYS_BEFORE_END = 150
MISSPELLED_STAGE_MOVES = 12


@dataclass(frozen=True)
class Segment:
    """A customer segment: its share of accounts, its fit (log odds) and its usual deal."""

    name: str
    share: float
    fit: float
    deal: float
    words: tuple[str, ...]
    misspelt: str


SEGMENTS = (
    Segment("Dairy", 0.24, 0.10, 88_000, ("Dairy", "Creamery", "Milks", "Cheese"), "dairy "),
    Segment("Bakery", 0.22, -0.10, 52_000, ("Bakery", "Breads", "Biscuit", "Mills"), "Bakry"),
    Segment("Beverage", 0.23, 0.0, 96_000, ("Drinks", "Springs", "Brewing", "Juice"), "Beverages"),
    Segment("Pharma", 0.14, 0.20, 140_000, ("Pharma", "Labs", "Remedies", "Biotics"), "Farma"),
    Segment("Cosmetics", 0.17, -0.15, 61_000, ("Cosmetics", "Care", "Soaps", "Scents"), "Cosmetic"),
)


@dataclass(frozen=True)
class Source:
    """Where leads come from: share of leads, fit (log odds), channel and campaigns."""

    name: str
    share: float
    fit: float
    channel: str
    kind: str
    campaigns: tuple[str, ...]
    in_office_hours: bool
    misspelt: str = ""


SOURCES = (
    Source("Web form", 0.27, 0.0, "Web", "form sent", ("Website", "Line planner"), False,
           "web form"),
    Source("Paid search", 0.19, -0.30, "Paid search", "clicked",
           ("Search: filling lines", "Search: cartoning", "Search: brand name"), False),
    Source("Trade fair", 0.15, 0.0, "Trade fair", "visited stand", ("Spring fair", "Autumn fair"),
           True, "Trade fiar"),
    Source("Webinar", 0.12, -0.20, "Webinar", "attended",
           ("Webinar: hygienic design", "Webinar: less film", "Webinar: retrofit"), False),
    Source("Partner", 0.09, 0.30, "Partner", "introduced", ("Integrators", "Film suppliers"), True),
    Source("Referral", 0.06, 0.60, "Referral", "recommended", ("Customers recommend",), True),
    Source("Outbound", 0.075, -0.50, "Call", "called", ("Target 400", "Lapsed customers"), True),
    Source("Service", 0.045, 1.10, "Service visit", "finding", ("Service findings",), True),
)  # fmt: skip
SERVICE_SOURCE = next(i for i, source in enumerate(SOURCES) if source.name == "Service")
FAIR_SOURCE = next(i for i, source in enumerate(SOURCES) if source.name == "Trade fair")
REFERRAL_SOURCE = next(i for i, source in enumerate(SOURCES) if source.name == "Referral")


@dataclass(frozen=True)
class Country:
    """A market: share of accounts, currency, legal form of companies there."""

    name: str
    share: float
    currency: str
    legal: str
    misspelt: str = ""


COUNTRIES = (
    Country("United Kingdom", 0.34, "GBP", "Ltd", "Untied Kingdom"),
    Country("Germany", 0.21, "EUR", "GmbH", "Germny"),
    Country("France", 0.15, "EUR", "SAS"),
    Country("Netherlands", 0.09, "EUR", "BV"),
    Country("Italy", 0.09, "EUR", "SpA"),
    Country("Ireland", 0.07, "EUR", "Ltd"),
    Country("Poland", 0.05, "EUR", "sp. z o.o."),
)
EUR_PER_GBP = 1.17


@dataclass(frozen=True)
class Product:
    """A machine: how often it is asked for, price factor, margin, days between services."""

    name: str
    share: float
    price: float
    margin_share: float
    interval_days: int
    misspelt: str = ""


PRODUCTS = (
    Product("Filler F4", 0.26, 1.2, 0.33, 180),
    Product("Cartoner C2", 0.24, 1.0, 0.31, 365, "CartonerC2"),
    Product("Flow wrapper W1", 0.22, 0.7, 0.28, 365),
    Product("Palletiser P6", 0.14, 1.5, 0.26, 365, "Palletizer P6"),
    Product("Labeller L3", 0.14, 0.45, 0.38, 180),
)

REJECTED_NO_BUDGET = "No budget known"
REJECTED_TOO_SMALL = "Company too small"
REASONS_REJECTED = ("Not reachable", "Not the buyer", "No project within a year")
REASONS_LOST = ("Price", "Competitor chosen", "No decision", "Delivery time", "Missing feature")
REASONS_DISQUALIFIED = ("No need", "Student or supplier", "Wrong contact data", "Outside regions")
REASONS_RECYCLED = ("No project now", "Budget next year", "Timing")
COMPETITORS = ("Pakvell", "Lindqor", "Trescamat", "Own engineering")
