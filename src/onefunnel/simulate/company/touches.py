"""What was done with leads: touches and content used."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from onefunnel.simulate.company import names
from onefunnel.simulate.company.accounts import Accounts, Machines
from onefunnel.simulate.company.days import (
    DAY,
    Seconds,
    lags,
    office_time,
    times,
)
from onefunnel.simulate.company.history import People, blank_where
from onefunnel.simulate.company.leads import Ints, Leads
from onefunnel.simulate.company.parameters import (
    PROPOSAL,
    SAL,
    SOURCES,
    SQL,
)
from onefunnel.simulate.company.walk import Walk

_CHANNELS = (*dict.fromkeys(one.channel for one in SOURCES), "E-mail", "Content", "Visit")
_KINDS = (*dict.fromkeys(one.kind for one in SOURCES), "opened", "clicked", "read", "called",
          "demonstrated", "serviced")  # fmt: skip
_CONTENT = ("Case: dairy line", "Guide: changeover", "ROI calculator", "Film savings sheet",
            "Battlecard Pakvell", "Reference visit list", "Service plan leaflet")  # fmt: skip
#: Who makes a contact of a kind; the rest is what leads did, or what nobody of ours made by hand.
_BY_TEAM = ("sales", "accounts & service", "")
_TEAM_OF = {"called": 0, "demonstrated": 0, "serviced": 1}
CAMPAIGNS = tuple(name for one in SOURCES for name in one.campaigns)
_NURTURE = ("Newsletter", "Nurture: new inquiry", "Nurture: proposal")

Part = tuple[Ints, Ints, Seconds, Ints, Ints, Ints]


def campaign_code(leads: Leads) -> Ints:
    """The place of each lead's campaign in CAMPAIGNS."""
    first = np.cumsum([0] + [len(one.campaigns) for one in SOURCES])[:-1]
    return first[leads.source] + leads.campaign


def touches_table(
    rng: np.random.Generator,
    leads: Leads,
    accounts: Accounts,
    walk: Walk,
    people: People,
    machines: Machines,
    span: tuple[int, int],
) -> pa.Table:
    """Five or six touches per lead: reading before, the entry, e-mails after, calls, visits.

    Service visits are touches of the account without a lead.
    """
    start, until = span
    count, all_campaigns = len(leads), [*CAMPAIGNS, *_NURTURE]
    campaign = campaign_code(leads)
    entry_channel = np.asarray([_CHANNELS.index(one.channel) for one in SOURCES])[leads.source]
    entry_kind = np.asarray([_KINDS.index(one.kind) for one in SOURCES])[leads.source]
    none = len(all_campaigns)

    def spread(most_days: float, base: Seconds, rows: Ints, sign: int) -> Seconds:
        return base[rows] + sign * (rng.random(len(rows)) ** 2 * most_days * DAY).astype(np.int64)

    def part(rows: Ints, at: Seconds, channel: str, kind: str, code: Ints | int) -> Part:
        made = (at >= start) & (at <= until)
        where = np.full(len(rows), _CHANNELS.index(channel))
        what = np.full(len(rows), _KINDS.index(kind))
        theme = np.broadcast_to(np.asarray(code), rows.shape)
        return (rows[made], leads.account[rows][made], at[made], where[made], what[made],
                theme[made])  # fmt: skip

    everyone = np.arange(count)
    before = np.repeat(everyone, rng.poisson(1.1, size=count))
    mails = np.repeat(everyone, rng.poisson(1.7, size=count))
    clicked = mails[rng.random(len(mails)) < 0.3]
    sal, sql = walk.first_at[SAL], walk.first_at[SQL]
    accepted, qualified = np.flatnonzero(sal > 0), np.flatnonzero(sql > 0)
    calls = np.repeat(accepted, 1 + rng.poisson(1.8, size=len(accepted)))
    nurture = len(CAMPAIGNS) + rng.integers(len(_NURTURE), size=len(mails))
    parts: list[Part] = [
        (everyone, leads.account, leads.created, entry_channel, entry_kind, campaign),
        part(before, spread(60, leads.created, before, -1), "Content", "read", campaign[before]),
        part(mails, spread(90, leads.created, mails, 1), "E-mail", "opened", nurture),
        part(clicked, spread(90, leads.created, clicked, 1), "E-mail", "clicked", none - 3),
        part(calls, office_time(rng, spread(30, sal, calls, 1)), "Call", "called", none),
        part(qualified, office_time(rng, sql[qualified] + lags(rng, 6, 0.7, len(qualified))),
             "Visit", "demonstrated", none),
    ]  # fmt: skip
    visits = len(machines.visit_at)
    visited = machines.account[machines.visit_machine]
    where = np.full(visits, _CHANNELS.index("Service visit"))
    what = np.full(visits, _KINDS.index("serviced"))
    no_lead, no_campaign = np.full(visits, -1), np.full(visits, none)
    parts.append((no_lead, visited, machines.visit_at, where, what, no_campaign))

    lead, account, at, channel, kind, theme = (
        np.concatenate(column) for column in zip(*parts, strict=True)
    )
    order = np.argsort(at, kind="stable")
    lead, account, at = lead[order], account[order], at[order]
    channel, kind, theme = channel[order], kind[order], theme[order]
    content = rng.integers(len(_CONTENT), size=len(lead))
    by = np.asarray([_TEAM_OF.get(one, len(_BY_TEAM) - 1) for one in _KINDS])[kind]
    used = np.isin(kind, (_KINDS.index("read"), _KINDS.index("clicked")))
    blank_account = leads.is_account_blank[lead.clip(0)] & (lead >= 0)
    ids = accounts.ids.take(pa.array(account))
    return pa.table(
        {
            "touch_id": names.numbered("T", len(lead), 7),
            "lead_id": blank_where(people.lead_ids.take(pa.array(lead.clip(0))), lead < 0),
            "account_id": blank_where(ids, blank_account),
            "at": times(at),
            "channel": names.pick(_CHANNELS, channel),
            "campaign": blank_where(names.pick([*all_campaigns, ""], theme), theme == none),
            "tactic": names.pick(_KINDS, kind),
            "content_id": blank_where(names.pick(_CONTENT, content), ~used),
            "kind": names.pick(_KINDS, kind),
            "team": blank_where(names.pick(_BY_TEAM, by), by == len(_BY_TEAM) - 1),
        }
    )


def uses_table(
    rng: np.random.Generator, walk: Walk, people: People, deals: pa.Table, until: int
) -> pa.Table:
    """Content sellers used with their deals, soon after Sales qualified and after the proposal."""
    deal_of = pc.index_in(people.lead_ids, deals["lead_id"].combine_chunks())
    has_deal = deal_of.is_valid().to_numpy(zero_copy_only=False)
    begun = [np.where(has_deal, walk.first_at[code], 0) for code in (SQL, PROPOSAL)]
    rows = np.concatenate([np.flatnonzero(since > 0) for since in begun])
    since = np.concatenate([since[since > 0] for since in begun])
    times_used = rng.poisson(0.8, size=len(rows))
    rows, since = np.repeat(rows, times_used), np.repeat(since, times_used)
    at = office_time(rng, since + lags(rng, 5, 0.8, len(rows)))
    content = rng.integers(len(_CONTENT), size=len(rows))
    kept = at <= until
    rows, at, content = rows[kept], at[kept], content[kept]
    order = np.lexsort((content, rows, at))
    rows, at, content = rows[order], at[order], content[order]
    return pa.table(
        {
            "content_id": names.pick(_CONTENT, content),
            "lead_id": people.lead_ids.take(pa.array(rows)),
            "deal_id": deals["deal_id"].combine_chunks().take(deal_of.take(pa.array(rows))),
            "at": times(at),
            "by": names.pick(names.SELLERS, people.seller[rows]),
        }
    )
