"""`onefunnel measure`: one measure of the catalogue, from exports or from the workspace."""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from onefunnel.cli import options
from onefunnel.cli.csv_text import csv_text
from onefunnel.cli.options import Format
from onefunnel.cli.table import cell, render

if TYPE_CHECKING:
    from onefunnel.agreement.document import Agreement
    from onefunnel.connectors.report import Reading
    from onefunnel.facts.store import Facts
    from onefunnel.measures.result import Result

EXAMPLES = """Examples:

onefunnel measure stages --from exports/

onefunnel measure stages --from exports/ --by source --since 2026-01-01 --format csv

onefunnel measure value --from exports/ --where "country = 'DE' and employees >= 50"

onefunnel measure channels --workspace --format json
"""


def measure(
    name: Annotated[str, typer.Argument(help="The measure: stages, velocity, channels, ...")],
    source: options.From = None,
    workspace: Annotated[
        bool, typer.Option("--workspace", help="Measure the running workspace's own data.")
    ] = False,
    map_file: options.Map = None,
    agreement_file: Annotated[
        Path | None,
        typer.Option("--agreement", help="Agreement YAML to compute under.", metavar="FILE"),
    ] = None,
    by: Annotated[str | None, typer.Option("--by", help="Column to group by.")] = None,
    where: Annotated[
        str | None, typer.Option("--where", help="Only leads this holds for.", metavar="PREDICATE")
    ] = None,
    since: Annotated[str | None, typer.Option(help="First day of the period.")] = None,
    until: Annotated[str | None, typer.Option(help="Last day of the period.")] = None,
    as_of: Annotated[
        str | None, typer.Option("--as-of", help="Look as if it were this moment (a day: its end).")
    ] = None,
    reading: Annotated[
        str, typer.Option("--reading", help="cohort (default), flow or snapshot.")
    ] = "cohort",
    within_days: Annotated[
        int | None,
        typer.Option("--within-days", help="Conversion window in days.", min=1, max=36_500),
    ] = None,
    zone: options.Zone = None,
    fiscal_year_starts: Annotated[
        int | None,
        typer.Option("--fiscal-year-starts", help="Month the year begins in.", min=1, max=12),
    ] = None,
    output: options.Output = Format.table,
) -> None:
    """Compute one measure: the same numbers as the pages, the API and `import onefunnel`."""
    from onefunnel.measures.catalogue import MEASURES, compute_measure
    from onefunnel.measures.scope import Scope
    from onefunnel.measures.steps.groups import UnknownGroup

    if name not in MEASURES:
        raise typer.BadParameter(f"there is no measure {name!r}. There are: {', '.join(MEASURES)}.")
    if reading not in ("cohort", "flow", "snapshot"):
        raise typer.BadParameter(f"--reading is cohort, flow or snapshot, not {reading!r}.")
    options.in_order(since, until, as_of)
    found = _found(source, workspace, map_file, options.zone_of(zone))
    facts, agreed = found.facts, found.agreement
    where_days_begin = options.zone_of(zone) if zone else found.zone
    asked = Scope(
        by=by,
        where=where,
        since=options.moment(since, "--since", zone=where_days_begin),
        until=options.moment(until, "--until", edge="after", zone=where_days_begin),
        as_of=options.moment(as_of, "--as-of", edge="last", zone=where_days_begin),
        reading=reading,  # type: ignore[arg-type]
        within_days=within_days,
        zone=where_days_begin,
        fiscal_year_starts=fiscal_year_starts or found.fiscal_year_starts,
    )
    under = options.agreement_at(agreement_file) or agreed
    try:
        result = compute_measure(name, facts, under, asked)
    except UnknownGroup as unknown:
        if not unknown.read_as:
            raise
        raise typer.BadParameter(
            f"{by} was read as {unknown.read_as}: --by {unknown.read_as}"
        ) from None
    _print(result, output)


@dataclass(frozen=True)
class Found:
    """What is measured: the facts, the agreement they come with, and where their days begin."""

    facts: Facts
    agreement: Agreement | None = None
    zone: str = "UTC"
    fiscal_year_starts: int = 1


def _found(source: Path | None, workspace: bool, map_file: Path | None, zone: str) -> Found:
    if (source is None) == (not workspace):
        raise typer.BadParameter("say where the data is: --from DIR, or --workspace (not both).")
    if source is not None:
        from onefunnel.connectors.folder import read_folder

        folder = options.existing(source, "--from")
        mapping = options.mapping_at(map_file)
        read = read_folder(folder, mapping, now=options.now(), zone=zone)
        if not read.facts.tables:
            raise ValueError(_nothing_in(read))
        return Found(read.facts, zone=zone)
    for point in entry_points(group="onefunnel.workspace"):
        return Found(*point.load()())
    raise typer.BadParameter("the server is not installed, so there is no workspace to measure.")


def _nothing_in(read: Reading) -> str:
    """Why there is nothing to measure: for each file what `onefunnel facts` says of it."""
    why = [f"{file.name}: {file.reason or 'makes no table'}" for file in read.report.files]
    said = "; ".join(why[:5]) or "there is no file in it"
    more = f"; and {len(why) - 5:,} more" if len(why) > 5 else ""
    return (
        f"there is nothing to measure: {said}{more}. Name a CSV, Excel, Parquet or JSON file with "
        "a header and one row per lead or deal."
    )


def _print(result: Result, output: Format) -> None:
    if output is Format.json:
        from onefunnel.measures.as_json import as_json

        typer.echo(json.dumps(as_json(result), indent=2, ensure_ascii=False))
        return
    if output is Format.csv:
        typer.echo(csv_text(result.rows, result.columns), nl=False)
        return
    typer.echo(result.question)
    if result.sentence:
        typer.echo(f"{result.sentence}\n")
    typer.echo(render(result.rows, result.columns))
    agreement = result.agreement
    under = "no agreement"
    if agreement is not None:
        standing = "" if agreement.is_agreed else " (not agreed)"
        under = f"agreement {agreement.version}{standing}, {agreement.digest[:12]}"
    typer.echo(f"\nAs of {cell(result.as_of)} UTC, under {under}.")
    for note in result.notes:
        typer.echo(f"- {note}")
    if result.findings:
        typer.echo(f"\nBefore you believe it ({len(result.findings)} findings):")
        for finding in result.findings:
            typer.echo(f"- {finding.what} {finding.fix}")
