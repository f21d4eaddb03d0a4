"""`onefunnel facts`: what was read, how it was understood, and what to know before believing it."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from onefunnel.cli import options
from onefunnel.cli.options import Format
from onefunnel.cli.table import render

if TYPE_CHECKING:
    from onefunnel.connectors.report import FileReport, Reading

#: Refusals that are printed.
SHOWN = 10

EXAMPLES = """Examples:

onefunnel facts --from exports/

onefunnel facts --from exports/ --write-map my-crm.yaml   (then edit the file)

onefunnel facts --from exports/ --map my-crm.yaml --format json
"""


def facts(
    source: options.From = None,
    map_file: options.Map = None,
    write_map: Annotated[
        Path | None,
        typer.Option("--write-map", help="Write the mapping that was used, to be edited."),
    ] = None,
    output: options.Output = Format.table,
) -> None:
    """Read exports into the standard tables and say what was found in them."""
    from onefunnel.connectors.folder import read_folder

    if source is None:
        raise typer.BadParameter("name the folder of exports with --from DIR.")
    folder = options.existing(source, "--from")
    reading = read_folder(folder, options.mapping_at(map_file), now=options.now())
    if write_map is not None:
        from onefunnel.connectors.mapping import write_mapping

        write_map.write_text(write_mapping(reading.mapping), encoding="utf-8")
        typer.echo(f"The mapping is in {write_map}: edit it and use it with --map.", err=True)
    summary = summarise(reading)
    if output is Format.json:
        typer.echo(json.dumps(summary, indent=2, ensure_ascii=False, default=str))
    elif output is Format.csv:
        _print_csv(summary["findings"])
    else:
        _print_tables(summary)


def summarise(reading: Reading) -> dict[str, Any]:
    """Tables, files, findings and refused rows of one reading, as plain values."""
    from onefunnel.connectors.report import cells_not_read, refused_alike

    counts: list[dict[str, object]] = [
        {"table": name, "rows": int(table.count().execute())}
        for name, table in reading.facts.tables.items()
    ]
    return {
        "tables": counts,
        "files": [_file(report) for report in reading.report.files],
        "findings": [finding.as_dict() for finding in reading.facts.findings],
        "refused": [asdict(row) for row in reading.report.refused],
        "refused_alike": [asdict(one) for one in refused_alike(reading, SHOWN)],
        "refused_count": reading.report.refused_count,
        "cells_not_read": cells_not_read(reading),
        "notes": [{"note": note} for note in reading.facts.notes],
    }


def _file(report: FileReport) -> dict[str, object]:
    made = ", ".join(report.used_as) or f"left out: {report.reason}"
    return {**asdict(report), "file": report.name, "used_as": made}


def _print_csv(findings: list[dict[str, object]]) -> None:
    from onefunnel.cli.csv_text import csv_text

    columns = ("weight", "kind", "table", "column", "count", "what", "example", "fix")
    typer.echo(csv_text(findings, columns), nl=False)


def _print_tables(summary: dict[str, Any]) -> None:
    from onefunnel.connectors.reading.refusal import plural

    typer.echo(render(summary["tables"], ("table", "rows")))
    typer.echo("")
    typer.echo(
        render(
            summary["files"],
            ("file", "rows_in", "rows_used", "rows_skipped", "rows_refused", "used_as"),
        )
    )
    for note in summary["notes"]:
        typer.echo(f"\n{note['note']}")
    findings = summary["findings"]
    typer.echo(f"\n{len(findings)} finding{'' if len(findings) == 1 else 's'}")
    for finding in findings:
        example = f" For example: {finding['example']}." if finding["example"] else ""
        typer.echo(f"- {finding['what'].rstrip('.')}.{example} {finding['fix']}")
    if alike := summary["refused_alike"]:
        cells = summary["cells_not_read"]
        rows = summary["refused_count"] - cells
        typer.echo(
            f"\n{plural(cells, 'cell')} could not be read (the row is kept without it) and "
            f"{plural(rows, 'row')} refused whole; the first {len(alike)}, those alike told once:"
        )
        columns = ("file", "row", "column", "value", "times", "reason", "fix")
        typer.echo(render(alike, columns))
