"""The measures of why customers come, whether they stay and what they are worth."""

from __future__ import annotations

from onefunnel.measures import (
    content_effect,
    customer_value,
    penetration,
    repeat,
    retention,
    revenue_retention,
    service_due,
    win_loss,
)
from onefunnel.measures.honoured import BY, PERIOD, WHERE
from onefunnel.measures.measure import Measure

CUSTOMERS = (
    Measure(
        name="win_loss",
        question="Against whom do we win?",
        unit="deals and shares",
        grain="one row per competitor (or the column chosen)",
        formula=(
            "won / (won + lost) where the competitor was present, against the closed deals "
            "that name another; false findings at 5 % over all rows (Benjamini-Hochberg)"
        ),
        term="win-loss",
        needs=("deals",),
        honours=frozenset({BY, WHERE, PERIOD}),
        compute=win_loss.compute,
        records=win_loss.records,
    ),
    Measure(
        name="lost_reasons",
        question="Why do we lose deals, and what were they worth?",
        unit="deals, shares and currency",
        grain="one row per currency and reason",
        formula="lost for the reason / all lost deals; sums of their amounts",
        term="win-loss",
        needs=("deals",),
        honours=frozenset({WHERE, PERIOD}),
        compute=win_loss.compute_reasons,
        records=win_loss.records_of_reasons,
    ),
    Measure(
        name="content_effect",
        question="Are leads that saw a piece of content early won more often?",
        unit="leads and shares",
        grain="one row per piece of content",
        formula=(
            "of leads open 30 days after they came in and followed equally long, won share of "
            "those it was used with by then less that of the others in the same mix "
            "(Mantel-Haenszel); false findings at 5 % (Benjamini-Hochberg)"
        ),
        term="content effect",
        needs=("moves", "leads"),
        honours=frozenset({WHERE, PERIOD}),
        compute=content_effect.compute,
        records=content_effect.records,
    ),
    Measure(
        name="repeat",
        question="How many of the companies we reach become customers, and come back?",
        unit="accounts",
        grain="one row per step from first touch to repeat order",
        formula="accounts with a touch, a lead, a won deal, an order, orders on two days",
        term="repeat customer",
        needs=("orders",),
        honours=frozenset({WHERE, PERIOD}),
        compute=repeat.compute,
        records=repeat.records,
    ),
    Measure(
        name="retention",
        question="Do customers come back?",
        unit="accounts and shares",
        grain="one row per cohort of first purchase and age, and one per age for all",
        formula=(
            "accounts that bought in the age / accounts of the cohort whose whole age is over"
        ),
        term="retention",
        needs=(),
        honours=frozenset({WHERE, PERIOD}),
        compute=retention.compute,
        records=retention.records,
        splits=frozenset(retention.AGES),
    ),
    Measure(
        name="revenue_retention",
        question="How much of what customers bought do they buy again?",
        unit="currency and shares",
        grain="one row per currency, for amounts and for margins",
        formula=(
            "gross: (before - lost - less) / before; net: what the same accounts bought after "
            "/ before; two equal periods that follow one another"
        ),
        term="revenue retention",
        needs=(),
        honours=frozenset({WHERE, PERIOD}),
        compute=revenue_retention.compute,
        records=revenue_retention.records,
    ),
    Measure(
        name="customer_value",
        question="What will customers still buy, and what is a new one worth?",
        unit="purchases and currency",
        grain="one row per currency",
        formula=(
            "BG/NBD for how often and whether still there, gamma-gamma for how much; intervals "
            "by draws of their parameters; tested on the last third of the history"
        ),
        term="lifetime value",
        needs=(),
        honours=frozenset({WHERE, PERIOD}),
        compute=customer_value.compute,
        records=customer_value.records,
    ),
    Measure(
        name="service_due",
        question="Which machines are due for service?",
        unit="machines, shares and days",
        grain="one row per product",
        formula="last service (else the day it went into use) + interval, against now",
        term="service due",
        needs=("installed",),
        honours=frozenset({WHERE, PERIOD}),
        compute=service_due.compute,
        records=service_due.records,
    ),
    Measure(
        name="penetration",
        question="How many accounts of a market have we won?",
        unit="accounts and shares",
        grain="one row",
        formula="accounts with a won lead or deal / accounts in the list of accounts",
        term="penetration",
        needs=("moves", "leads", "accounts"),
        honours=frozenset({WHERE}),
        compute=penetration.compute,
        records=penetration.records,
    ),
)
