"""What was spent on the market, and how well the market knows the brand."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from onefunnel.simulate.company import names
from onefunnel.simulate.company.days import DAY, WEEK, day_weights, times
from onefunnel.simulate.company.money import MONEY
from onefunnel.simulate.company.parameters import SEGMENTS

#: Monthly budget at 40,000 leads: (channel, campaign, tactic, purpose, objective, amount, currency)
_BUDGET = (
    ("Paid search", "Search: filling lines", "Text ads", "activation", "New machines", 11_500, 0),
    ("Paid search", "Search: cartoning", "Text ads", "activation", "New machines", 7_200, 0),
    ("Paid search", "Search: brand name", "Text ads", "activation", "New machines", 1_900, 0),
    ("Web", "Website", "Content", "activation", "New machines", 6_800, 0),
    ("Web", "Line planner", "Tool", "activation", "New machines", 2_400, 0),
    ("Webinar", "Webinar: hygienic design", "Webinar", "activation", "New machines", 1_700, 0),
    ("Webinar", "Webinar: less film", "Webinar", "activation", "New machines", 1_500, 0),
    ("Webinar", "Webinar: retrofit", "Webinar", "activation", "Installed base", 1_400, 0),
    ("Partner", "Integrators", "Commission", "activation", "New machines", 5_000, 1),
    ("Call", "Target 400", "Calling agency", "activation", "New machines", 6_100, 1),
    ("E-mail", "Newsletter", "E-mail", "activation", "Installed base", 800, 0),
    ("Trade press", "Brand: built to last", "Print and video", "brand", "Be known", 14_000, 1),
    ("Video", "Brand: built to last", "Video", "brand", "Be known", 9_000, 0),
)
_FAIR_COST = (("Spring fair", 3, 88_000), ("Autumn fair", 10, 121_000))


def spend_table(rng: np.random.Generator, count: int, months: list[int]) -> pa.Table:
    """Monthly spend by channel and campaign (first second of each month); fairs in their month."""
    scale = count / 40_000
    rows: list[tuple[int, str, str, str, str, str, float, str]] = []
    for turn, second in enumerate(months):
        number = int(np.datetime64(second, "s").astype("datetime64[M]").astype(np.int64)) % 12 + 1
        for channel, campaign, tactic, purpose, objective, amount, currency in _BUDGET:
            spent = amount * scale * 1.012**turn * float(np.exp(0.12 * rng.standard_normal()))
            rows.append((second, channel, campaign, tactic, purpose, objective, round(spent, 2),
                         ("GBP", "EUR")[currency]))  # fmt: skip
        for campaign, month, amount in _FAIR_COST:
            if number == month:
                rows.append((second, "Trade fair", campaign, "Stand", "activation",
                             "New machines", round(amount * scale, 2), "EUR"))  # fmt: skip
    columns = list(zip(*rows, strict=True))
    named = zip(("channel", "campaign", "tactic", "purpose", "objective"), columns[1:6],
                strict=True)  # fmt: skip
    return pa.table(
        {
            "at": times(np.asarray(columns[0], dtype=np.int64)),
            **{name: pa.array(list(column)) for name, column in named},
            "amount": pa.array(columns[6], pa.float64()).cast(MONEY),
            "currency": pa.array(list(columns[7])),
        }
    )


def awareness_table(rng: np.random.Generator, count: int, span: tuple[int, int]) -> pa.Table:
    """Per segment: branded searches and direct visits every week, a survey every 13 weeks.

    Survey values are the share of people asked who know the brand; the others are counts. They
    follow the season and the growth of interest; brand spend lifts them slowly.
    """
    start, until = span
    weight = day_weights(start, until, weekend=0.35)
    first = -(-(start - 4 * DAY) // WEEK) * WEEK + 4 * DAY  # Mondays
    weeks = np.arange(first, until - WEEK + 1, WEEK)
    day = ((weeks - start // DAY * DAY) // DAY).astype(np.int64)
    busy = np.asarray([weight[one : one + 7].sum() for one in day.tolist()])
    share = np.asarray([one.share for one in SEGMENTS])
    level: npt.NDArray[np.float64] = busy[:, None] * share[None, :] * count
    noise = np.exp(0.08 * rng.standard_normal((2, *level.shape)))
    searches, direct = np.round(level * 3.1 * noise[0]), np.round(level * 7.4 * noise[1])
    known = 0.21 + 0.05 * np.arange(len(weeks))[:, None] / max(1, len(weeks)) + 0.2 * share
    survey = (known + 0.012 * rng.standard_normal(level.shape)).clip(0.01, 0.99).round(3)
    asked = np.arange(len(weeks)) % 13 == 0
    at = np.repeat(weeks, len(SEGMENTS))
    segment = np.tile(np.arange(len(SEGMENTS)), len(weeks))
    is_asked = np.repeat(asked, len(SEGMENTS))
    return pa.table(
        {
            "at": times(np.concatenate([at, at, at[is_asked]])),
            "segment": names.pick(
                [one.name for one in SEGMENTS],
                np.concatenate([segment, segment, segment[is_asked]]),
            ),
            "kind": names.pick(
                ["branded search", "direct traffic", "survey"],
                np.repeat([0, 1, 2], [len(at), len(at), int(is_asked.sum())]),
            ),
            "value": pa.array(
                np.concatenate([searches.ravel(), direct.ravel(), survey.ravel()[is_asked]])
            ),
        }
    )
