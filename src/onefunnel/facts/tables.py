"""The standard tables: the contract between connectors, measures, server and people."""

from __future__ import annotations

from onefunnel.facts.declaration import Column, Table

_LEAD = Column(
    "lead_id", "text", "the lead the row is about", required=True, refers_to="leads.lead_id"
)
_ACCOUNT = Column(
    "account_id", "text", "the company the row is about", refers_to="accounts.account_id"
)
_AMOUNT = Column("amount", "money", "value before cost", unit="currency")
_MARGIN = Column(
    "margin", "money", "amount less direct cost; empty when not known", unit="currency"
)
_CURRENCY = Column("currency", "text", "ISO 4217 code of the money in the row", unit="ISO 4217")

LEADS = Table(
    "leads",
    grain="one lead: a person or opportunity moving through the funnel",
    meaning="Who entered the funnel, when, and what is known of them",
    key=("lead_id",),
    time="created_at",
    is_open=True,
    columns=(
        Column("lead_id", "text", "identifies the lead", required=True),
        _ACCOUNT,
        Column("created_at", "time", "when the lead entered the funnel", unit="UTC"),
        Column("source", "text", "where the lead came from, in the source's own words"),
        Column("campaign", "text", "the campaign credited at entry"),
        Column("segment", "text", "the customer segment"),
        Column("country", "text", "country, as the source writes it"),
        Column("owner", "text", "who looks after the lead now"),
        Column("name", "text", "the person's or opportunity's name", personal=True),
        Column("email", "text", "e-mail address", personal=True),
        Column("phone", "text", "telephone number", personal=True),
        Column("company", "text", "company name as typed on the lead"),
    ),
)

MOVES = Table(
    "moves",
    called="Stage history",
    grain="one entry of one lead into one stage",
    meaning="The stage history; everything else about the funnel is derived from it",
    key=("lead_id", "at", "stage", "seq"),
    time="at",
    columns=(
        _LEAD,
        Column("at", "time", "when the stage was entered; empty when not recorded", unit="UTC"),
        Column("stage", "text", "the stage entered, in the source's own words", required=True),
        Column("from_stage", "text", "the stage left"),
        Column("team", "text", "the team that held the lead from then on"),
        Column("by", "text", "who made the move"),
        Column("reason", "text", "why (for a loss, rejection or recycling)"),
        Column("seq", "int", "order among moves of one lead that share a time or have none"),
        Column(
            "deal_id",
            "text",
            "the deal whose stage it is; empty where it is the stage of the lead itself",
        ),
    ),
)

TOUCHES = Table(
    "touches",
    called="Contacts and visits",
    grain="one meaningful interaction with a lead or account",
    meaning="E-mails, visits, calls, events: what marketing and sales did and when",
    key=("touch_id",),
    time="at",
    columns=(
        Column("touch_id", "text", "identifies the touch", required=True),
        Column("lead_id", "text", "the lead touched", refers_to="leads.lead_id"),
        _ACCOUNT,
        Column("at", "time", "when it happened", unit="UTC"),
        Column("channel", "text", "e-mail, paid search, event, call, ..."),
        Column("campaign", "text", "the campaign it belongs to"),
        Column("tactic", "text", "the tactic within the campaign"),
        Column("content_id", "text", "the asset used"),
        Column("kind", "text", "sent, opened, clicked, called, visited, ..."),
        Column("team", "text", "the team that made it, where somebody of ours did"),
    ),
)

HANDOVERS = Table(
    "handovers",
    grain="one offer of one lead by one team to another",
    meaning="Who offered what to whom, by when it was due, and the answer",
    key=("handover_id",),
    time="offered_at",
    columns=(
        Column("handover_id", "text", "identifies the handover", required=True),
        _LEAD,
        Column("from_team", "text", "the giving team"),
        Column("to_team", "text", "the receiving team"),
        Column("offered_at", "time", "when it was offered", unit="UTC"),
        Column("due_at", "time", "when an answer was promised", unit="UTC"),
        Column("answered_at", "time", "when it was answered; empty while open", unit="UTC"),
        Column(
            "outcome",
            "text",
            "accepted, rejected, returned, expired, recycled, lapsed; empty while open",
        ),
        Column("reason", "text", "why it was rejected or returned"),
        Column("clause", "text", "the clause of the agreement the reason names"),
        Column("reply_due_at", "time", "when a reply to a rejection was promised", unit="UTC"),
        Column("replied_at", "time", "when a rejection was replied to", unit="UTC"),
    ),
)

DEALS = Table(
    "deals",
    grain="one opportunity with money on it",
    meaning="What was offered for how much, and how it ended",
    key=("deal_id",),
    time="closed_at",
    is_open=True,
    columns=(
        Column("deal_id", "text", "identifies the deal", required=True),
        Column("lead_id", "text", "the lead it came from", refers_to="leads.lead_id"),
        _ACCOUNT,
        Column("owner", "text", "the seller"),
        Column("opened_at", "time", "when the deal was opened", unit="UTC"),
        Column("closed_at", "time", "when it was won or lost; empty while open", unit="UTC"),
        Column("outcome", "text", "won, lost or open"),
        _AMOUNT,
        _MARGIN,
        _CURRENCY,
        Column("reason", "text", "why it was won or lost"),
        Column("competitor", "text", "who else was in it"),
    ),
)

ORDERS = Table(
    "orders",
    grain="one order, invoice or renewal of a customer",
    meaning="What customers bought after the first sale",
    key=("order_id",),
    time="at",
    columns=(
        Column("order_id", "text", "identifies the order", required=True),
        _ACCOUNT,
        Column("at", "time", "when it was placed", unit="UTC"),
        _AMOUNT,
        _MARGIN,
        _CURRENCY,
        Column("kind", "text", "first, repeat, service, parts, renewal, upgrade, ..."),
    ),
)

SPEND = Table(
    "spend",
    grain="one amount spent on one channel, campaign and tactic in one day or period",
    meaning="What marketing and sales activity cost",
    key=(),
    time="at",
    columns=(
        Column("at", "time", "the day or the first day of the period", required=True, unit="UTC"),
        Column("channel", "text", "where it was spent"),
        Column("campaign", "text", "on which campaign"),
        Column("tactic", "text", "on which tactic"),
        Column("purpose", "text", "brand or activation"),
        Column("objective", "text", "the shared objective it serves"),
        Column("amount", "money", "what it cost", required=True, unit="currency"),
        _CURRENCY,
    ),
)

AWARENESS = Table(
    "awareness",
    called="Brand awareness",
    grain="one reading of one awareness measure in one period",
    meaning="Brand awareness: survey, branded search, direct traffic, share of search",
    key=("at", "segment", "kind"),
    time="at",
    columns=(
        Column("at", "time", "the day or the first day of the period", required=True, unit="UTC"),
        Column("segment", "text", "the customer segment"),
        Column("kind", "text", "survey, branded search, direct traffic, share of search"),
        Column("value", "number", "the reading: people, visits or a share", required=True),
    ),
)

USES = Table(
    "uses",
    called="Content used",
    grain="one use of one asset with one lead or deal",
    meaning="Which content and tools were used where",
    key=("content_id", "lead_id", "deal_id", "at"),
    time="at",
    columns=(
        Column("content_id", "text", "the asset", required=True),
        Column("lead_id", "text", "the lead", refers_to="leads.lead_id"),
        Column("deal_id", "text", "the deal", refers_to="deals.deal_id"),
        Column("at", "time", "when it was used", unit="UTC"),
        Column("by", "text", "who used it"),
    ),
)

INSTALLED = Table(
    "installed",
    called="Installed base",
    grain="one machine or product in use at a customer",
    meaning="The installed base: what is where, and when it was last serviced",
    key=("asset_id",),
    time="installed_at",
    is_open=True,
    columns=(
        Column("asset_id", "text", "identifies the asset", required=True),
        _ACCOUNT,
        Column("product", "text", "what it is"),
        Column("installed_at", "time", "when it went into use", unit="UTC"),
        Column("serviced_at", "time", "when it was last serviced", unit="UTC"),
        Column("interval_days", "int", "days between services", unit="days"),
    ),
)

ACCOUNTS = Table(
    "accounts",
    called="Companies",
    grain="one company",
    meaning="The companies that leads, deals and orders belong to",
    key=("account_id",),
    time="",
    is_open=True,
    columns=(
        Column("account_id", "text", "identifies the company", required=True),
        Column("name", "text", "company name"),
        Column("domain", "text", "web domain"),
        Column("segment", "text", "sector or customer segment"),
        Column("employees", "int", "number of employees", unit="people"),
        Column("country", "text", "country, as the source writes it"),
    ),
)

STAGES = Table(
    "stages",
    called="List of stages",
    grain="one stage the source system declares",
    meaning="The source's own stage list (picklist), in its order; moves may name others",
    key=("pipeline", "stage"),
    time="",
    columns=(
        Column("stage", "text", "the name moves use", required=True),
        Column("pipeline", "text", "the pipeline it belongs to, where there are several"),
        Column("position", "int", "its place in the source's order, from 0"),
        Column("kind", "text", "open, won, lost, disqualified or recycled"),
        Column("team", "text", "the team that leads it, where the source says so"),
    ),
)

#: Every standard table by name, in the order people meet them.
TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        AWARENESS, LEADS, MOVES, TOUCHES, HANDOVERS, DEALS, ORDERS, SPEND, USES, INSTALLED,
        ACCOUNTS, STAGES,
    )
}  # fmt: skip
