"""`onefunnel plan`: what must go in so that the goal comes out, from exports."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from onefunnel.cli import options
from onefunnel.cli.options import Format
from onefunnel.cli.table import render

if TYPE_CHECKING:
    from onefunnel.planner.what_it_takes import Takes

EXAMPLES = """Examples:

onefunnel plan --from exports/ --won 120 --until 2027-06-30

onefunnel plan --from exports/ --margin 250000 --currency EUR --until 2027-06-30 --by source
"""


def plan(
    source: options.From = None,
    until: Annotated[str | None, typer.Option(help="Last day of the goal.")] = None,
    won: Annotated[int | None, typer.Option(help="So many won leads.", min=1)] = None,
    revenue: Annotated[str | None, typer.Option(help="So much revenue of won deals.")] = None,
    margin: Annotated[str | None, typer.Option(help="So much margin of won deals.")] = None,
    share: Annotated[
        float | None, typer.Option(help="So many per cent of the accounts, won.", min=0, max=100)
    ] = None,
    currency: Annotated[str, typer.Option(help="Of revenue or margin: EUR.")] = "",
    where: Annotated[
        str, typer.Option("--where", help="Only leads this holds for.", metavar="PREDICATE")
    ] = "",
    by: Annotated[str | None, typer.Option("--by", help="Column of the channels.")] = None,
    map_file: options.Map = None,
    agreement_file: Annotated[
        Path | None,
        typer.Option("--agreement", help="Agreement YAML to plan under.", metavar="FILE"),
    ] = None,
    zone: options.Zone = None,
    output: options.Output = Format.table,
) -> None:
    """Say how many leads must come in, by which month and channel, for the goal to come out."""
    from onefunnel.agreement.propose import propose
    from onefunnel.connectors.folder import read_folder
    from onefunnel.planner.goal import goal_of
    from onefunnel.planner.history import history
    from onefunnel.planner.objective import Objective
    from onefunnel.planner.what_it_takes import what_it_takes

    if source is None or until is None:
        raise typer.BadParameter("say where the data is (--from DIR) and by which day (--until).")
    folder = options.existing(source, "--from")
    end = options.moment(until, "--until", edge="after", zone=options.zone_of(zone))
    assert end is not None, "a day was given"
    objective = Objective(
        until=end, won=won, revenue=_money(revenue, "--revenue"), where=where,
        margin=_money(margin, "--margin"), share=share / 100 if share else None, currency=currency,
    )  # fmt: skip
    read = read_folder(
        folder, options.mapping_at(map_file), now=options.now(), zone=options.zone_of(zone)
    )
    facts = read.facts
    agreement = options.agreement_at(agreement_file) or propose(facts)
    past = history(facts, agreement, by=by, where=where, lookback_days=732)
    objective.check(past.as_of)
    since = past.as_of - timedelta(days=732)
    goal = goal_of(facts, agreement, objective, as_of=past.as_of, since=since)
    _print(what_it_takes(past, goal.wins, end), output)


def _money(text: str | None, option: str) -> Decimal | None:
    if text is None:
        return None
    try:
        found = Decimal(text)
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite() or not 0 < found < Decimal("1e14"):
        raise typer.BadParameter(
            f"{option} {text!r} is no amount above zero and below 100 trillion. Write it as 250000."
        )
    return found


def _print(takes: Takes, output: Format) -> None:
    needed = takes.needed
    months = [
        {"since": f"{one.since:%Y-%m-%d}", "leads": round(one.leads), "usual": round(one.usual),
         "wins": round(one.wins, 1)}
        for one in takes.months
    ]  # fmt: skip
    p50, p80, p90 = needed.leads
    if output is Format.json:
        answer = {
            "wins": needed.wins, "leads": {"p50": p50, "p80": p80, "p90": p90},
            "in_flight": needed.in_flight, "coming": needed.coming, "expected": needed.expected,
            "chance": needed.reached_chance, "too_late_share": needed.too_late_share,
            "months": months,
        }  # fmt: skip
        typer.echo(json.dumps(answer, indent=2))
        return
    if output is Format.csv:
        from onefunnel.cli.csv_text import csv_text

        typer.echo(csv_text(months, ("since", "leads", "usual", "wins")), nl=False)
        return
    words = [f"{one:,}" if one is not None else "no number" for one in (p50, p80, p90)]
    typer.echo(
        f"New leads that are enough in 5, 8, 9 of 10 times: {', '.join(words)}; about "
        f"{needed.in_flight[1]:,.0f} wins come from leads that are open today."
    )
    typer.echo(
        f"With the {needed.coming:,} leads that usually come, about {needed.expected[2]:,.0f} are "
        f"won; the chance of the goal is {needed.reached_chance:.0%}.\n"
    )
    typer.echo(render(months, ("since", "leads", "usual", "wins")))
