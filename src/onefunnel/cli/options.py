"""Options that several commands share, and what people may write in them."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

if TYPE_CHECKING:
    from onefunnel.agreement.document import Agreement
    from onefunnel.connectors.mapping import Mapping
    from onefunnel.measures.moments import Edge


class Format(StrEnum):
    """How an answer is printed."""

    table = "table"
    json = "json"
    csv = "csv"


From = Annotated[
    Path | None,
    typer.Option("--from", help="Folder (or file) of exports to read.", metavar="DIR"),
]
Map = Annotated[
    Path | None,
    typer.Option("--map", help="Mapping YAML to use instead of a proposed one.", metavar="FILE"),
]
Zone = Annotated[
    str | None,
    typer.Option(
        "--zone",
        help="Time zone in which days, months and quarters begin, e.g. Europe/Berlin (UTC).",
        metavar="NAME",
    ),
]
Output = Annotated[Format, typer.Option("--format", help="How to print the answer.")]


def now() -> datetime:
    """The clock, asked only at the edge: UTC without a zone, as in the facts."""
    return datetime.now(UTC).replace(tzinfo=None)


def zone_of(name: str | None) -> str:
    """A time zone that exists; UTC where none is named."""
    try:
        return ZoneInfo(name or "UTC").key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise typer.BadParameter(
            f"--zone: there is no time zone {name!r}. Write it as Europe/Berlin or UTC."
        ) from None


def moment(
    text: str | None, option: str, *, zone: str = "UTC", edge: Edge = "first"
) -> datetime | None:
    """A time from `2026-03-31` or `2026-03-31T12:00`, as UTC; of `zone` where it names no offset.

    `edge` says which moment of a day alone is meant.
    """
    from onefunnel.measures import moments

    try:
        return moments.moment(text, ZoneInfo(zone), edge=edge)
    except ValueError:
        raise typer.BadParameter(
            f"{option} {text!r} is not a date. Write it as 2026-03-31 or 2026-03-31T12:00."
        ) from None


def in_order(since: str | None, until: str | None, as_of: str | None) -> None:
    """Refuse a period in which no moment can lie, in the words of the options."""
    first = moment(since, "--since")
    end, seen = moment(until, "--until", edge="after"), moment(as_of, "--as-of", edge="last")
    if first is not None and end is not None and first >= end:
        raise typer.BadParameter(f"--since {since} comes after --until {until}: swap the two days.")
    if first is not None and seen is not None and seen < first:
        raise typer.BadParameter(
            f"--as-of {as_of} comes before --since {since}, so nothing of the period was known "
            "then: look from a later day, or begin earlier."
        )


def existing(path: Path, option: str) -> Path:
    """The path, or a clear refusal when nothing is there."""
    if not path.exists():
        raise typer.BadParameter(f"{option}: there is no file or folder {path}.")
    return path


def mapping_at(path: Path | None) -> Mapping | None:
    """The mapping in a YAML file; None where no file is named."""
    if path is None:
        return None
    from onefunnel.connectors.mapping import read_mapping

    return read_mapping(existing(path, "--map").read_text(encoding="utf-8"), str(path))


def agreement_at(path: Path | None) -> Agreement | None:
    """The agreement in a YAML file; None where no file is named."""
    if path is None:
        return None
    from onefunnel.agreement.yaml_text import read_yaml

    return read_yaml(existing(path, "--agreement").read_text(encoding="utf-8"), str(path))
