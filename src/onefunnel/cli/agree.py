"""`onefunnel agree`: start, check, read and compare agreements as files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from onefunnel.cli import options
from onefunnel.cli.csv_text import csv_text
from onefunnel.cli.options import Format
from onefunnel.cli.table import render

if TYPE_CHECKING:
    from onefunnel.facts.declaration import Type
    from onefunnel.facts.store import Facts

app = typer.Typer(
    help="The agreement as a file: new, check, show, compare.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

_File = Annotated[Path, typer.Argument(help="The agreement's YAML file.", metavar="FILE")]


@app.command(
    epilog="""Examples:

onefunnel agree new --template demand_waterfall --to funnel.yaml

onefunnel agree new --from exports/ --to funnel.yaml   (the stages as found)
"""
)
def new(
    template: Annotated[
        str | None, typer.Option(help="Start from this template instead of from data.")
    ] = None,
    source: options.From = None,
    map_file: options.Map = None,
    to: Annotated[Path | None, typer.Option(help="Write here; else to the screen.")] = None,
) -> None:
    """Start an agreement: from a template, from the stages found in exports, or both."""
    from onefunnel.agreement.propose import propose
    from onefunnel.agreement.templates import templates
    from onefunnel.agreement.yaml_text import write_yaml

    if template is None and source is None:
        raise typer.BadParameter(
            f"say --template NAME ({', '.join(templates.names())}) or --from DIR."
        )
    if template is not None and template not in templates.names():
        raise typer.BadParameter(
            f"there is no template {template!r}. There are: {', '.join(templates.names())}."
        )
    if source is not None:
        from onefunnel.connectors.folder import read_folder

        folder = options.existing(source, "--from")
        reading = read_folder(folder, options.mapping_at(map_file), now=options.now())
        if template is None:
            agreement = propose(reading.facts)
        else:
            fitted = templates.fit(templates.load(template), reading.facts)
            agreement = fitted.agreement
            for line in fitted.unmatched:
                typer.echo(f"not found in the data: {line}", err=True)
    else:
        assert template is not None
        agreement = templates.load(template)
    text = write_yaml(agreement)
    if to is None:
        typer.echo(text, nl=False)
    elif to.exists():
        raise typer.BadParameter(f"{to} exists already; name another file with --to.")
    else:
        to.write_text(text, encoding="utf-8")
        typer.echo(f"Written to {to}. Next: onefunnel agree check {to}", err=True)


@app.command(
    epilog="""Examples:

onefunnel agree check funnel.yaml

onefunnel agree check funnel.yaml --from exports/   (definitions may use the exports' own columns)
"""
)
def check(
    file: _File,
    source: options.From = None,
    map_file: options.Map = None,
    output: options.Output = Format.table,
) -> None:
    """Is the agreement complete? Non-zero exit, and every gap by name, when it is not."""
    from onefunnel.agreement.completeness import check as gaps_of

    agreement = options.agreement_at(file)
    assert agreement is not None
    gaps = gaps_of(agreement, _columns(source, map_file))
    rows: list[dict[str, object]] = [
        {
            "rule": gap.rule, "where": gap.where, "what": gap.what, "fix": gap.fix,
            "key": ".".join(filter(None, (gap.spot.part, gap.spot.field))),
        }
        for gap in gaps
    ]  # fmt: skip
    if output is Format.json:
        shown = {"version": agreement.version, "digest": agreement.digest, "gaps": rows}
        typer.echo(json.dumps(shown, indent=2, ensure_ascii=False))
    elif rows:
        typer.echo(render(rows, ("where", "what", "fix", "key")))
    if gaps:
        many = "" if len(gaps) == 1 else "s"
        typer.echo(
            f"{len(gaps)} gap{many}: {file} cannot come into force before they are closed.",
            err=True,
        )
        raise typer.Exit(1)
    if output is not Format.json:
        typer.echo(f"Complete. Digest {agreement.digest}")


@app.command(epilog="Example:\n\nonefunnel agree show funnel.yaml")
def show(
    file: _File,
    source: options.From = None,
    map_file: options.Map = None,
    output: options.Output = Format.table,
) -> None:
    """Read the agreement in words: each stage, its rule as a sentence, and who leads it."""
    from onefunnel.agreement.predicates.parse import parse

    agreement = options.agreement_at(file)
    assert agreement is not None
    columns = _columns(source, map_file)
    rows: list[dict[str, object]] = [
        {
            "stage": stage.name,
            "kind": stage.kind,
            "entered when": parse(stage.when, columns).sentence() if stage.when else None,
            "led by": ", ".join(stage.leads) or None,
        }
        for stage in agreement.stages
    ]
    if output is Format.json:
        typer.echo(
            json.dumps(
                {"title": agreement.title, "version": agreement.version,
                 "digest": agreement.digest, "is_agreed": agreement.is_agreed, "stages": rows},
                indent=2, ensure_ascii=False,
            )
        )  # fmt: skip
        return
    typer.echo(f"{agreement.title}, version {agreement.version} ({agreement.status})")
    typer.echo(f"Digest {agreement.digest}\n")
    typer.echo(render(rows, ("stage", "kind", "entered when", "led by")))


@app.command(
    epilog="""Examples:

onefunnel agree compare marketing.yaml sales.yaml

onefunnel agree compare marketing.yaml sales.yaml --from exports/   (with leads and money)

onefunnel agree compare marketing.yaml sales.yaml --from exports/ --format csv
"""
)
def compare(
    ours: Annotated[Path, typer.Argument(help="One side's draft.", metavar="OURS.yaml")],
    theirs: Annotated[Path, typer.Argument(help="The other side's draft.", metavar="THEIRS.yaml")],
    source: options.From = None,
    map_file: options.Map = None,
    output: options.Output = Format.table,
) -> None:
    """Where do two drafts differ, and which leads and how much money does each difference touch?

    Leads and money are counted where --from names the exports: those that one draft lets into the
    stage and the other does not, or, where the difference is of another sort, all in the stage.
    """
    from onefunnel.cli import comparison

    one = options.agreement_at(options.existing(ours, "OURS.yaml"))
    other = options.agreement_at(options.existing(theirs, "THEIRS.yaml"))
    assert one is not None
    assert other is not None
    found = comparison.of(one, other, None if source is None else _facts(source, map_file))
    if output is Format.json:
        typer.echo(json.dumps(found.as_json(one, other), indent=2, ensure_ascii=False))
    elif output is Format.csv:
        typer.echo(csv_text(found.rows(), found.columns), nl=False)
    else:
        typer.echo(found.as_text(one, other))


def _columns(source: Path | None, map_file: Path | None) -> Mapping[str, Type]:
    """The columns definitions may use: the standard ones, and those of the exports named."""
    from onefunnel.agreement.predicates.table_columns import columns_of
    from onefunnel.agreement.standard_columns import PREDICATE_COLUMNS

    if source is None:
        return PREDICATE_COLUMNS
    facts = _facts(source, map_file)
    found = columns_of(*(facts[name] for name in ("moves", "leads") if name in facts))
    return {**PREDICATE_COLUMNS, **found}


def _facts(source: Path, map_file: Path | None) -> Facts:
    from onefunnel.connectors.folder import read_folder

    folder = options.existing(source, "--from")
    return read_folder(folder, options.mapping_at(map_file), now=options.now()).facts
