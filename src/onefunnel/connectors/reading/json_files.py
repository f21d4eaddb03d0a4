"""JSON lines, a JSON list, or an object that holds one: each record a row, nested names joined."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from onefunnel.connectors.reading.encodings import UTF8, Encoding, from_mark
from onefunnel.connectors.reading.growing import GrowingTable
from onefunnel.connectors.reading.refusal import FileRefused, clip, plural, size
from onefunnel.connectors.reading.source import Desk, Source, finding
from onefunnel.connectors.reading.tables import TextTable
from onefunnel.connectors.reading.writer import RefusedRows

_BLOCK = 1 << 20
_NESTED = 3
#: Values keep the digits they were written with.
_DECODER = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=lambda _: None)
_SIGN = re.compile(r'["\[\]{},]')
_TEXT_END = re.compile(r'["\\]')
_LINES = {".jsonl", ".ndjson", ".jsonlines", ".ldjson"}


class _BadRecordError(ValueError):
    """One record is no JSON; the reading goes on behind it."""

    def __init__(self, what: str, raw: str) -> None:
        super().__init__(what)
        self.what, self.raw = what, raw


def read_json(source: Source, desk: Desk) -> None:
    """Reads one JSON file record by record; a file without records is refused."""
    parquet = desk.new_parquet()
    table = GrowingTable(parquet, desk.limits)
    refused = RefusedRows(parquet.with_suffix(".refused.parquet"))
    count = 0
    text = _Text(source, desk)
    for line, item in _items(text, source.suffix in _LINES):
        count += 1
        if isinstance(item, _BadRecordError):
            refused.add(count, item.what, "write one JSON object a line", item.raw, line)
            continue
        if not isinstance(item, Mapping):
            refused.add(
                count, "is no object with named fields", "write {\"name\": value, ...}",
                clip(str(item)), line,
            )  # fmt: skip
            continue
        row: dict[str, str | None] = {}
        _flatten("", item, row, 0)
        longest = max((len(value) for value in row.values() if value), default=0)
        if longest > desk.limits.cell:
            refused.add(
                count,
                f"has a value of {longest:,} characters; {desk.limits.cell:,} are allowed",
                "shorten the value", str(item)[:2_000], line,
            )  # fmt: skip
            continue
        table.add(count, row)
    if not count:
        raise FileRefused("holds no list of records", "export it as JSON lines or CSV")
    if not table.rows:
        raise FileRefused(
            f"holds no record that can be read: {refused.first[0].reason}",
            "export it as JSON lines or CSV",
        )
    columns = table.close()
    findings = []
    if refused.count:
        first = refused.first[0]
        findings.append(
            finding("refused-rows", source.stem, refused.count,
                    f"{plural(refused.count, 'row')} could not be read: row {first.row:,} "
                    f"{first.reason}",
                    example=clip(first.text, 80), fix=first.fix, weight="error")
        )  # fmt: skip
    desk.tables.append(
        TextTable(
            name=source.stem,
            file=source.file,
            parquet=parquet,
            columns=columns,
            rows_in=count,
            rows_read=table.rows,
            refused_rows=refused.count,
            refused=tuple(refused.first),
            refused_parquet=refused.close(),
            findings=tuple(findings),
            format="json",
            encoding=text.encoding,
        )
    )


class _Text:
    """The file as a growing window of text that forgets what was read."""

    def __init__(self, source: Source, desk: Desk) -> None:
        self.limits = desk.limits
        self._stream = source.open()
        self._advanced = desk.advanced
        raw = self._stream.read(_BLOCK)
        mark = from_mark(raw) or Encoding(UTF8)
        self.encoding = mark.name
        self._decoder = codecs.getincrementaldecoder(mark.name)("replace")
        self.is_end = not raw
        self.line = 1
        self.text = self._decoder.decode(raw, final=not raw)

    def more(self) -> bool:
        """Adds a block; False at the end. Refuses a record that grows beyond its limit."""
        if self.is_end:
            return False
        if len(self.text) >= self.limits.record:
            raise FileRefused(
                f"has a record of more than {size(self.limits.record)}",
                "export it as JSON lines or CSV",
            )
        room = self.limits.record + 1 - len(self.text)
        raw = self._stream.read(min(max(_BLOCK, len(self.text)), room))
        self._advanced()
        self.is_end = not raw
        self.text += self._decoder.decode(raw, final=not raw)
        return True

    def drop(self, upto: int) -> None:
        self.line += self.text.count("\n", 0, upto)
        self.text = self.text[upto:]


def _items(text: _Text, is_lines: bool) -> Iterator[tuple[int, Any]]:
    start = _skip(text, 0)
    opening = text.text[start : start + 1]
    if opening == "[" and not is_lines:
        text.drop(start + 1)
        yield from _listed(text)
        return
    if opening == "{" and not is_lines and _is_one_object(text, start):
        if _enter_list(text, start):
            yield from _listed(text)
            return
        raise FileRefused("is one object, not a list of records", is_expected=True)
    yield from _lines(text)


def _skip(text: _Text, position: int) -> int:
    while True:
        while position < len(text.text) and text.text[position] in " \t\r\n,\ufeff":
            position += 1
        if position < len(text.text) or not text.more():
            return position


def _is_one_object(text: _Text, start: int) -> bool:
    """Whether the first line is not a whole object: then the file is one object, not lines."""
    end = text.text.find("\n", start)
    first = text.text[start : end if end >= 0 else len(text.text)].strip()
    if end < 0 and text.is_end is False and len(text.text) < text.limits.record:
        while end < 0 and text.more():
            end = text.text.find("\n", start)
        first = text.text[start : end if end >= 0 else len(text.text)].strip()
    try:
        _checked(first, text)
    except (_BadRecordError, ValueError):
        return True
    return end < 0 or not text.text[end:].strip()


def _checked(raw: str, text: _Text) -> Any:
    """One value; refuses nesting beyond the limit before it can exhaust the stack."""
    depth = most = 0
    if raw.count("{") + raw.count("[") > text.limits.depth:
        is_text = False
        previous = ""
        for char in raw:
            if char == '"' and previous != "\\":
                is_text = not is_text
            elif not is_text:
                if char in "[{":
                    depth += 1
                    most = max(most, depth)
                elif char in "]}":
                    depth -= 1
            previous = "" if previous == "\\" and char == "\\" else char
            if most > text.limits.depth:
                raise _BadRecordError(
                    f"is nested deeper than {text.limits.depth} levels", raw[:2_000]
                )
    return _DECODER.decode(raw)


def _lines(text: _Text) -> Iterator[tuple[int, Any]]:
    while True:
        end = text.text.find("\n")
        while end < 0 and text.more():
            end = text.text.find("\n")
        raw = text.text if end < 0 else text.text[:end]
        stripped = raw.strip().rstrip(",")
        line = text.line
        if stripped and stripped not in "[]":
            try:
                yield line, _checked(stripped, text)
            except _BadRecordError as bad:
                yield line, bad
            except (ValueError, RecursionError) as error:
                yield line, _BadRecordError(f"is no JSON ({str(error)[:80]})", stripped[:2_000])
        if end < 0:
            return
        text.drop(end + 1)


def _enter_list(text: _Text, start: int) -> bool:
    """Moves behind the `[` of the first list of objects inside the one object."""
    position = start + 1
    while True:
        opened = text.text.find("[", position)
        while opened < 0 and text.more():
            opened = text.text.find("[", position)
        if opened < 0:
            return False
        follows = _skip(text, opened + 1)
        before = text.text[:opened].rstrip()
        if before.endswith(":") and text.text[follows : follows + 1] == "{":
            text.drop(opened + 1)
            return True
        position = opened + 1


def _listed(text: _Text) -> Iterator[tuple[int, Any]]:
    """The elements of a list whose `[` was passed."""
    while True:
        start = _skip(text, 0)
        text.drop(start)
        if not text.text or text.text[0] == "]":
            return
        line = text.line
        end = _value_end(text)
        raw = text.text[:end]
        try:
            yield line, _checked(raw, text)
        except _BadRecordError as bad:
            yield line, bad
        except (ValueError, RecursionError) as error:
            yield line, _BadRecordError(f"is no JSON ({str(error)[:80]})", raw[:2_000])
        text.drop(end)


def _value_end(text: _Text) -> int:
    """Where the value at the start of the text ends, by counting brackets outside of strings."""
    depth, position, is_text, members = 0, 0, False, 1
    while True:
        found = (_TEXT_END if is_text else _SIGN).search(text.text, position)
        if found is None or (is_text and found.group() == "\\" and found.end() == len(text.text)):
            position = len(text.text) if found is None else found.start()
            if not text.more():
                return len(text.text)
            continue
        sign, position = found.group(), found.end()
        if is_text:
            is_text = sign != '"'
            position += sign == "\\"
        elif sign == '"':
            is_text = True
        elif sign in "[{":
            depth += 1
            if depth > text.limits.depth * 4:
                raise FileRefused(
                    f"is nested deeper than {text.limits.depth} levels",
                    "export it as JSON lines or CSV",
                )
        elif sign == ",":
            if depth == 0:
                return position - 1
            members += depth == 1
            if members > text.limits.columns and text.text[0] == "{":  # not read to its end
                raise FileRefused(
                    f"has more than {text.limits.columns:,} columns (names of fields)",
                    "export only the fields you need",
                )
        else:
            depth -= 1
            if depth <= 0:
                return position - (depth < 0)


def _flatten(prefix: str, item: Mapping[str, Any], row: dict[str, str | None], depth: int) -> None:
    for key, value in item.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping) and depth < _NESTED and value:
            _flatten(f"{name}.", value, row, depth + 1)
        elif isinstance(value, Mapping | list):
            row[name] = json.dumps(value, ensure_ascii=False) if value else None
        elif isinstance(value, bool):
            row[name] = "true" if value else "false"
        else:
            row[name] = None if value is None else str(value).replace("\0", "")
