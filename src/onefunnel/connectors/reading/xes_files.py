"""XES event logs (IEEE 1849) to one row an event: case attributes as `case:...` columns."""

from __future__ import annotations

from typing import BinaryIO

from onefunnel.connectors.reading.growing import GrowingTable
from onefunnel.connectors.reading.refusal import FileRefused
from onefunnel.connectors.reading.source import Desk, Source, finding
from onefunnel.connectors.reading.tables import TextTable

_VALUES = {"string", "date", "int", "float", "boolean", "id"}


def read_xes(source: Source, desk: Desk) -> None:
    """Streams one XES file; events keep the order of the file, numbered within their case.

    The columns are `case:<key>` for attributes of the trace, then the keys of the events.
    Entities are refused (billion laughs); only direct attributes are taken, nested ones are not.
    """
    from xml.etree.ElementTree import ParseError

    from defusedxml.common import DefusedXmlException

    parquet = desk.new_parquet()
    table = GrowingTable(parquet, desk.limits)
    try:
        with source.open() as stream:
            cases, empty = _read(stream, table, desk)
    except DefusedXmlException as error:
        raise FileRefused(
            "defines entities of its own, which an event log never needs and which can be made "
            "to fill the memory",
            "export the log again",
        ) from error
    except (ParseError, ValueError, LookupError) as error:
        raise FileRefused(f"is no complete XML ({error})", "export the log again") from error
    if not table.rows:
        raise FileRefused("is an event log without events", "export it again")
    columns = table.close()
    findings = []
    if empty:
        findings.append(
            finding("cases-without-events", source.stem, empty,
                    f"{empty:,} of {cases:,} cases have no event and give no row")
        )  # fmt: skip
    desk.tables.append(
        TextTable(
            name=source.stem,
            file=source.file,
            parquet=parquet,
            columns=columns,
            rows_in=table.rows,
            rows_read=table.rows,
            findings=tuple(findings),
            format="xes",
            encoding="utf-8",
        )
    )


def _read(stream: BinaryIO, table: GrowingTable, desk: Desk) -> tuple[int, int]:
    from defusedxml.ElementTree import iterparse

    path: list[str] = []
    case: dict[str, str | None] = {}
    event: dict[str, str | None] = {}
    cases = empty = number = in_case = seen = 0
    root = None
    for what, element in iterparse(stream, events=("start", "end")):
        tag = element.tag.rpartition("}")[2]
        if what == "start":
            path.append(tag)
            root = element if root is None else root
            if len(path) > desk.limits.depth:
                raise FileRefused(
                    f"is nested deeper than {desk.limits.depth} levels", "export the log again"
                )
            if len(path) == 1 and tag != "log":
                raise FileRefused("is XML, but no XES event log", is_expected=True)
            if path == ["log", "trace"]:
                case, in_case = {}, 0
                cases += 1
            continue
        place = tuple(path)
        path.pop()
        if place[:-1] == ("log", "trace", "event") and tag in _VALUES:
            event[element.get("key", "")] = element.get("value")
        elif place[:-1] == ("log", "trace") and tag in _VALUES:
            case[f"case:{element.get('key', '')}"] = element.get("value")
        elif place == ("log", "trace", "event"):
            number += 1
            in_case += 1
            table.add(number, {**case, **event})
            event = {}
        elif place == ("log", "trace"):
            empty += not in_case
        seen += 1
        if len(place) <= 3:
            element.clear()
            if len(place) == 2 and root is not None:
                root.clear()
            if seen % 1_000 == 0:
                desk.advanced()
    return cases, empty
