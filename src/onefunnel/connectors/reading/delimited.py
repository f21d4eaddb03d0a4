"""Delimited text (CSV, TSV, columns of text) to an all-text table in constant memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from onefunnel.connectors.reading.delimited_rows import DelimitedRows, Layout
from onefunnel.connectors.reading.dialect import detect
from onefunnel.connectors.reading.encodings import UTF8, Encoding, decide, from_mark
from onefunnel.connectors.reading.header import find_header
from onefunnel.connectors.reading.records import BLANK, records
from onefunnel.connectors.reading.refusal import FileRefused, clip, plural, quoted_lines, size
from onefunnel.connectors.reading.source import Desk, Source, finding
from onefunnel.connectors.reading.tables import TextTable
from onefunnel.connectors.reading.totals import take_total_out
from onefunnel.connectors.reading.utf8_blocks import NotUtf8, Utf8Blocks
from onefunnel.connectors.reading.writer import RefusedRows, TableWriter
from onefunnel.facts.findings import Finding

_BLOCK = 8 << 20
#: Control characters that no text has: neither NUL, tabs, line ends, escapes nor separators.
_CONTROLS = tuple(bytes([n]) for n in (*range(1, 9), *range(14, 26)))
_HEAD = 256 << 10
_TABLES = {".csv", ".tsv", ".tab", ".psv"}
_LATIN = {"cp1252": "windows-1252", "cp1250": "windows-1250", "cp1251": "windows-1251"}


def read_delimited(source: Source, desk: Desk) -> None:
    """Reads one delimited text file and adds its table to the desk.

    Raises FileRefused where the file is empty, holds no text, or is prose.
    """
    with source.open() as stream:
        head = stream.read(_HEAD)
    if not head.strip(b" \t\r\n\0\xef\xbb\xbf\xff\xfe"):
        what = "holds only blanks" if len(head) < _HEAD else "begins with nothing but blanks"
        raise FileRefused(what if head else "is empty", "export it again if rows were expected")
    encoding = from_mark(head)
    if encoding is None and head.count(0) > len(head) // 10:
        raise FileRefused(
            "is mostly NUL bytes: it is no text, or an upload that was cut short",
            "export it again as CSV",
        )
    if encoding is None and _is_no_text(head):
        raise FileRefused(
            "is no text, whatever its name says",
            "export it again as CSV or .xlsx; what a program keeps for itself cannot be read",
        )
    encoding = encoding or Encoding(UTF8)
    made = len(desk.tables)
    try:
        _read(source, desk, encoding)
    except NotUtf8:
        with source.open() as stream:
            encoding = decide(_lines(iter(lambda: stream.read(_BLOCK), b"")))
        del desk.tables[made:]
        _read(source, desk, encoding)


def _is_no_text(head: bytes) -> bool:
    """Whether the bytes are no text of any encoding: many control characters of several kinds."""
    controls = [head.count(byte) for byte in _CONTROLS]
    return sum(map(bool, controls)) >= 8 and sum(controls) > max(32, 0.03 * len(head))


def _lines(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """The same bytes in blocks that end at line feeds."""
    held = b""
    for block in blocks:
        data = held + block
        end = data.rfind(b"\n") + 1
        held = data[end:]
        yield data[:end]
    yield held


def _layout(text: str, source: Source, *, is_whole: bool) -> Layout:
    """Dialect, header and first data row, from the head of the file."""
    is_table = source.suffix in _TABLES
    shape = detect(text, is_whole=is_whole, spaces_delimit=source.suffix != ".csv")
    body = text[shape.skip :]
    found = []
    for record in records(body, shape.dialect, final=is_whole, longest=len(body)):
        if record.problem or any(cell.strip(BLANK) for cell in record.cells):
            found.append(record)
        if len(found) >= 200:
            break
    if not is_table and (shape.width < 2 or shape.share < 0.6):
        raise FileRefused(
            "reads as prose or notes, not as a table", "rename it to .csv if it is a table",
            is_expected=True,
        )  # fmt: skip
    header = find_header([record.cells for record in found], shape.width)
    last = found[header.first - 1] if 0 < header.first <= len(found) else None
    starts = shape.skip + (last.end if last else 0)
    before = text[:starts]
    lines = before.count("\n") + (before.count("\r") - before.count("\r\n"))
    line = 0
    if header.place >= 0 and last is not None:
        line = lines - last.lines + 1 if before.endswith(("\n", "\r")) else lines + 1
    return Layout(shape, header, line, len(before.encode(UTF8)), lines)


def _read(source: Source, desk: Desk, encoding: Encoding) -> None:
    limits = desk.limits
    with source.open() as stream:
        blocks = Utf8Blocks(stream, encoding, _HEAD)
        data = blocks.read()
        while b"\n" not in data and b"\r" not in data and (more := blocks.read()):
            data += more
            if len(data) > limits.record:
                raise FileRefused(
                    f"begins with a line of more than {size(limits.record)}, so this is not a "
                    "table",
                    "export it again as CSV with one record a line",
                )
        _check_width(data, limits.columns)
        blocks.block = _BLOCK
        more = blocks.read()
        text = data.decode(UTF8)
        layout = _layout(text, source, is_whole=not more)
        columns = layout.header.names
        if max(layout.shape.width, len(columns)) > limits.columns:
            raise FileRefused(
                f"has {max(layout.shape.width, len(columns)):,} columns; "
                f"{limits.columns:,} are allowed",
                "export only the columns you need",
            )
        parquet = desk.new_parquet()
        writer = TableWriter(parquet, columns)
        refused = RefusedRows(parquet.with_suffix(".refused.parquet"))
        rows = DelimitedRows(layout, writer, refused, desk)
        data = data[layout.data_starts :]
        while more:
            data = rows.take(data + more, is_end=False) if data else rows.take(more, is_end=False)
            desk.advanced()
            more = blocks.read()
        rows.take(data, is_end=True)
    take_total_out(writer, refused, rows=rows.tally.rows, between=rows.layout.dialect.delimiter)
    writer.close()
    every_refused = refused.close()
    findings = list(_findings(source, layout, rows, blocks, encoding, refused))
    desk.tables.append(
        TextTable(
            name=source.stem,
            file=source.file,
            parquet=parquet,
            columns=columns,
            rows_in=rows.tally.rows,
            rows_read=writer.rows,
            refused_rows=refused.count,
            refused=tuple(refused.first),
            refused_parquet=every_refused,
            findings=tuple(replace(f, table=source.stem) for f in findings),
            format="csv",
            encoding=_LATIN.get(encoding.name, encoding.name),
            delimiter=layout.dialect.delimiter,
            quote=layout.dialect.quote,
            header_line=layout.header_line,
            title_lines=len(layout.header.above),
        )
    )


def _check_width(data: bytes, most: int) -> None:
    """Refuses a first line of too many columns before it is taken apart."""
    ends = [end for mark in (b"\n", b"\r") if (end := data.find(mark)) >= 0]
    line = data[: min(ends, default=len(data))]
    wide = max(line.count(mark) for mark in (b",", b";", b"\t", b"|")) + 1
    if wide > max(most * 4, 20_000):
        raise FileRefused(
            f"has {wide:,} columns; {most:,} are allowed", "export only the columns you need"
        )


def _findings(
    source: Source,
    layout: Layout,
    rows: DelimitedRows,
    blocks: Utf8Blocks,
    encoding: Encoding,
    refused: RefusedRows,
) -> Iterator[Finding]:
    """What a person should know of how this file was read."""
    header, tally = layout.header, rows.tally
    if tally.rows == 0:
        yield finding(
            "no-rows", "", 0, "has a header and no rows", weight="warning",
            fix="export it again if rows were expected",
        )  # fmt: skip
    if header.place < 0:
        yield finding(
            "no-header", "", 1, "has no header row; the columns were numbered", weight="warning",
            fix="add a first line with the names of the columns",
        )  # fmt: skip
    if header.above:
        yield finding(
            "lines-above", "", len(header.above),
            f"{plural(len(header.above), 'line')} above the header left out: "
            f"{quoted_lines(header.above)}",
            example=clip(header.above[0], 80),
        )  # fmt: skip
    if header.changed:
        yield finding(
            "header-names", "", len(header.changed),
            f"{plural(len(header.changed), 'column name')} empty, double or unprintable, changed",
            example=header.changed[0], fix="give every column a name of its own",
        )  # fmt: skip
    if encoding.is_mixed:
        yield finding(
            "mixed-encoding", "", 1,
            f"is UTF-8 with bytes of {_LATIN.get(encoding.name, encoding.name)} in it; "
            "each was read as what it is",
            weight="warning", fix="export it again as UTF-8",
        )  # fmt: skip
    if blocks.nul:
        yield finding(
            "nul", "", blocks.nul, f"{plural(blocks.nul, 'NUL character')} taken out",
            weight="warning", fix="export it again; NUL characters belong to no text",
        )  # fmt: skip
    if blocks.replaced:
        yield finding(
            "unreadable-characters", "", blocks.replaced,
            f"{plural(blocks.replaced, 'character')} could not be read and became \ufffd",
            weight="warning", fix="export it again as UTF-8",
        )  # fmt: skip
    if tally.blank:
        yield finding("blank-rows", "", tally.blank, f"{plural(tally.blank, 'blank row')} passed")
    if tally.surplus:
        yield finding(
            "surplus-cells", "", tally.surplus,
            f"{plural(tally.surplus, 'row')} with empty cells behind the last column; left out",
        )  # fmt: skip
    if tally.short:
        yield finding(
            "short-rows", "", tally.short,
            f"{plural(tally.short, 'row')} without the last cell; it was read as empty",
            example=clip(tally.examples.get("short", ""), 80),
            fix="look at one of them: a row torn in two looks the same", weight="warning",
        )  # fmt: skip
    if tally.stray_quotes:
        yield finding(
            "stray-quotes", "", tally.stray_quotes,
            f"{plural(tally.stray_quotes, 'row')} with quotes inside quotes that are not doubled; "
            "kept as written",
            example=clip(tally.examples.get("stray", ""), 80),
            fix="double each quote that belongs to the text", weight="warning",
        )  # fmt: skip
    if refused.count:
        first = refused.first[0]
        yield finding(
            "refused-rows", "", refused.count,
            f"{plural(refused.count, 'row')} could not be read: row {first.row:,} {first.reason}",
            example=clip(first.text, 80), fix=first.fix, weight="error",
        )  # fmt: skip
