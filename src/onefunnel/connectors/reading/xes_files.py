"""XES event logs (IEEE 1849) to one row an event: case attributes as `case:...` columns."""

from __future__ import annotations

from typing import BinaryIO
from xml.sax import SAXException
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl

from defusedxml.common import DefusedXmlException
from defusedxml.expatreader import create_parser

from onefunnel.connectors.reading.growing import GrowingTable
from onefunnel.connectors.reading.refusal import FileRefused
from onefunnel.connectors.reading.source import Desk, Source, finding
from onefunnel.connectors.reading.tables import TextTable

_BLOCK = 1 << 20
_VALUES = {"string", "date", "int", "float", "boolean", "id"}


def read_xes(source: Source, desk: Desk) -> None:
    """Streams one XES file; events keep the order of the file, numbered within their case.

    The columns are `case:<key>` for attributes of the trace, then the keys of the events.
    Entities are refused (billion laughs); only direct attributes are taken, nested ones are not.
    """
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
    except (SAXException, ValueError, LookupError) as error:
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


class _Events(ContentHandler):
    """Collects the attributes of the trace and the event being read, and hands over each event."""

    def __init__(self, table: GrowingTable, depth: int) -> None:
        super().__init__()
        self.table, self.most = table, depth
        self.cases = self.empty = 0
        self._number = self._in_case = 0
        self._path: list[str] = []
        self._case: dict[str, str | None] = {}
        self._event: dict[str, str | None] = {}

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802 (SAX)
        tag = name.rpartition(":")[2]
        path = self._path
        level = len(path)
        path.append(tag)
        if level == 0 and tag != "log":
            raise FileRefused("is XML, but no XES event log", is_expected=True)
        if level >= self.most:
            raise FileRefused(f"is nested deeper than {self.most} levels", "export the log again")
        if level == 3 and tag in _VALUES and path[2] == "event" and path[1] == "trace":
            self._event[attrs.get("key", "")] = attrs.get("value")
        elif level == 2 and tag in _VALUES and path[1] == "trace":
            self._case[f"case:{attrs.get('key', '')}"] = attrs.get("value")
        elif level == 1 and tag == "trace":
            self._case, self._in_case = {}, 0
            self.cases += 1

    def endElement(self, name: str) -> None:  # noqa: N802 (SAX)
        tag = self._path.pop()
        level = len(self._path)
        if level == 2 and tag == "event" and self._path[1] == "trace":
            self._number += 1
            self._in_case += 1
            self.table.add(self._number, {**self._case, **self._event})
            self._event = {}
        elif level == 1 and tag == "trace":
            self.empty += not self._in_case


def _read(stream: BinaryIO, table: GrowingTable, desk: Desk) -> tuple[int, int]:
    """Feeds the parser block by block; gives the number of cases and of those without events."""
    parser = create_parser(forbid_dtd=False, forbid_entities=True, forbid_external=True)
    events = _Events(table, desk.limits.depth)
    parser.setContentHandler(events)
    while block := stream.read(_BLOCK):
        parser.feed(block)
        desk.advanced()
    parser.close()
    return events.cases, events.empty
