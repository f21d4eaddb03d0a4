"""How many people does it take, so that nobody waits longer than promised?"""

from __future__ import annotations

from math import exp


def erlang_c(servers: int, load: float) -> float:
    """The share of arrivals that has to wait, with so many people and so much work.

    Args:
        servers: People who answer.
        load: Arrivals in an hour times hours each takes (erlangs).

    Returns:
        1.0 where there is more work than people: the queue grows for ever.
    """
    if load >= servers:
        return 1.0
    blocked = 1.0
    for n in range(1, servers + 1):
        blocked = load * blocked / (n + load * blocked)
    return blocked / (1 - (load / servers) * (1 - blocked))


def share_waiting_longer(servers: int, load: float, handle: float, wait: float) -> float:
    """The share of arrivals that waits longer than `wait`; `handle` is how long one takes."""
    if load >= servers:
        return 1.0
    return erlang_c(servers, load) * exp(-(servers - load) * wait / handle)


def people_needed(load: float, handle: float, wait: float, share: float) -> int:
    """The fewest people with whom at most `share` waits longer than `wait`."""
    servers = int(load) + 1
    while share_waiting_longer(servers, load, handle, wait) > share:
        servers += 1
    return servers


def leads_a_month(people: float, hours: float, selling_share: float, hours_a_lead: float) -> float:
    """How many leads can be worked: people x hours x share of selling / hours each takes."""
    return people * hours * selling_share / hours_a_lead
