"""YAML text -> Mapping, with the line of every mistake."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Literal
from zoneinfo import ZoneInfo

import yaml

from onefunnel.connectors.conditions import ConditionError, parse_condition
from onefunnel.connectors.mapping_nodes import (
    Place,
    fields,
    items,
    pairs,
    root,
    text,
    text_pairs,
    truth,
    words,
)
from onefunnel.connectors.mapping_parts import (
    DATE_STYLES,
    KINDS,
    Case,
    Columns,
    FileMap,
    Join,
    Kind,
    Make,
    Mapping,
    Source,
    StageMap,
    Step,
)
from onefunnel.facts.tables import TABLES

_TOP = ("title", "connector", "zone", "days", "currency", "first stage", "order", "notes",
        "stages", "files", "left out")  # fmt: skip
_FILE = ("file", "needs", "optional", "where", "latest by", "look up", "makes", "left out")
_JOIN = ("file", "on", "take", "where", "loose", "partial", "latest by", "earliest by")
_MAKE = ("table", "where", "only missing", "keep others", "columns", "attributes", "steps")
_SOURCE = ("from", "is", "cases", "glue", "values", "otherwise", "date", "zone", "decimal", "times",
           "personal")  # fmt: skip
_STAGE = ("stage", "kind", "pipeline", "team")
_SURE = re.compile(r"#\s*sure (?P<confidence>[01](?:\.\d+)?)(?:: (?P<reason>.*))?$")


def read_mapping(text_: str, name: str = "mapping", *, is_draft: bool = False) -> Mapping:
    """Read a mapping; `name` is what errors call the document.

    A draft may lack columns that its tables need (`Make.lacks`): further choices complete it.

    Raises:
        MappingError: with the line, what is wrong there and what to do.
    """
    place, node = root(text_, name, is_draft=is_draft)
    top = fields(place, node, "the mapping", _TOP)
    files = tuple(_file(place, item) for item in items(place, top.get("files"), "files"))
    stages = tuple(_stage(place, item) for item in items(place, top.get("stages"), "stages"))
    zone = text(place, top.get("zone"), "zone") or "UTC"
    _check_zone(place, top.get("zone"), zone)
    days = text(place, top.get("days"), "days") or "UTC"
    _check_zone(place, top.get("days"), days)
    return Mapping(
        title=text(place, top.get("title"), "title"),
        connector=text(place, top.get("connector"), "connector") or "proposed",
        zone=zone,
        days=days,
        order=_order(place, top.get("order")),
        currency=_currency(place, top.get("currency")),
        first_stage=text(place, top.get("first stage"), "first stage") or "Lead",
        notes=words(place, top.get("notes"), "notes"),
        stages=stages,
        files=files,
        left_out=text_pairs(place, top.get("left out"), "left out"),
        name=name,
        lines=place.lines,
    )


def _file(place: Place, node: yaml.Node) -> FileMap:
    got = fields(place, node, "a file", _FILE)
    names = words(place, got.get("file"), "file")
    if not names:
        raise place.error(node, "this entry names no file", "add `file: name.csv`")
    return FileMap(
        files=names,
        needs=words(place, got.get("needs"), "needs"),
        optional=truth(place, got.get("optional"), "optional"),
        where=_where(place, got.get("where")),
        latest_by=text(place, got.get("latest by"), "latest by"),
        joins=tuple(_join(place, item) for item in items(place, got.get("look up"), "look up")),
        makes=tuple(_make(place, item) for item in items(place, got.get("makes"), "makes")),
        left_out=text_pairs(place, got.get("left out"), "left out"),
    )


def _join(place: Place, node: yaml.Node) -> Join:
    got = fields(place, node, "a look up", _JOIN)
    files, on = words(place, got.get("file"), "file"), text_pairs(place, got.get("on"), "on")
    if not files or not on:
        raise place.error(
            node, "a look up needs a file and what to match on", "add `on: {ours: theirs}`"
        )
    return Join(
        files=files,
        on=on,
        take=text_pairs(place, got.get("take"), "take"),
        where=_where(place, got.get("where")),
        loose=truth(place, got.get("loose"), "loose"),
        partial=truth(place, got.get("partial"), "partial"),
        latest_by=text(place, got.get("latest by"), "latest by"),
        earliest_by=text(place, got.get("earliest by"), "earliest by"),
    )


def _make(place: Place, node: yaml.Node) -> Make:
    got = fields(place, node, "a table to make", _MAKE)
    name = text(place, got.get("table"), "table")
    if name not in TABLES:
        raise place.error(
            got.get("table", node), f"there is no standard table {name!r}", "use one of "
            + ", ".join(TABLES)
        )  # fmt: skip
    table = TABLES[name]
    columns = _columns(place, got.get("columns"), "columns", declared=table.column_names)
    steps = tuple(_step(place, item) for item in items(place, got.get("steps"), "steps"))
    attributes = _columns(place, got.get("attributes"), "attributes")
    if steps and name != "moves":
        raise place.error(got["steps"], f"{name} has no steps", "steps belong to moves")
    if attributes and not table.is_open:
        raise place.error(
            got["attributes"], f"{name} takes no free attributes",
            "put them on leads, deals, accounts or installed",
        )  # fmt: skip
    for attribute, _ in attributes:
        if attribute in table.column_names or attribute.startswith("_"):
            raise place.error(
                got["attributes"], f"{attribute} cannot be a free attribute",
                "it is a standard column (put it under columns) or starts with _",
            )  # fmt: skip
    make = Make(
        table=name,
        columns=columns,
        attributes=attributes,
        steps=steps,
        where=_where(place, got.get("where")),
        only_missing=truth(place, got.get("only missing"), "only missing"),
        keep_others=truth(place, got.get("keep others"), "keep others"),
    )
    if make.lacks and not place.is_draft:
        required = make.lacks[0]
        raise place.error(
            node, f"{name} needs the column {required}", f"add `{required}: <column>`"
        )
    return make


def _step(place: Place, node: yaml.Node) -> Step:
    found = pairs(place, node, "a step")
    where = next((value for key, _, value in found if key == "where"), None)
    known = TABLES["moves"].column_names
    columns = tuple(
        _column(place, key, key_node, value, known)
        for key, key_node, value in found
        if key != "where"
    )
    if "stage" not in {name for name, _ in columns}:
        raise place.error(node, "a step needs its stage", "add `stage: {is: Name}` or a column")
    return Step(columns=columns, where=_where(place, where))


def _columns(
    place: Place, node: yaml.Node | None, what: str, declared: tuple[str, ...] = ()
) -> Columns:
    if node is None:
        return ()
    return tuple(
        _column(place, key, key_node, value, declared)
        for key, key_node, value in pairs(place, node, what)
    )


def _column(
    place: Place, key: str, key_node: yaml.Node, value: yaml.Node, declared: tuple[str, ...]
) -> tuple[str, Source]:
    if declared and key not in declared:
        raise place.error(
            key_node, f"there is no standard column {key!r} here",
            "use one of " + ", ".join(declared) + ", or put it under attributes",
        )  # fmt: skip
    return key, _source(place, key_node, value)


def _source(place: Place, key_node: yaml.Node, node: yaml.Node) -> Source:
    confidence, reason = _comment(place, key_node)
    if not isinstance(node, yaml.MappingNode):
        columns = words(place, node, "a column")
        return Source(columns=columns, confidence=confidence, reason=reason)
    got = fields(place, node, "a column's source", _SOURCE)
    date = text(place, got.get("date"), "date")
    if date and date not in DATE_STYLES and "%" not in date:
        raise place.error(
            got["date"], f"there is no date style {date!r}",
            "use " + ", ".join(DATE_STYLES) + " or a format such as %d.%m.%Y",
        )  # fmt: skip
    zone = text(place, got.get("zone"), "zone")
    _check_zone(place, got.get("zone"), zone)
    decimal = text(place, got.get("decimal"), "decimal")
    if decimal not in ("", ".", ","):
        raise place.error(got["decimal"], f"{decimal!r} is no decimal sign", "use '.' or ','")
    source = Source(
        columns=words(place, got.get("from"), "from"),
        value=text(place, got["is"], "is") if "is" in got else None,
        cases=tuple(_case(place, item) for item in items(place, got.get("cases"), "cases")),
        glue=text(place, got["glue"], "glue") if "glue" in got else None,
        values=text_pairs(place, got.get("values"), "values"),
        otherwise=text(place, got["otherwise"], "otherwise") if "otherwise" in got else None,
        date=date,
        zone=zone,
        decimal=decimal,
        times=_times(place, got.get("times")),
        personal=truth(place, got["personal"], "personal") if "personal" in got else None,
        confidence=confidence,
        reason=reason,
    )
    if not source.columns and source.value is None and not source.cases:
        raise place.error(node, "this says no source", "add `from: column` or `is: value`")
    return source


def _case(place: Place, node: yaml.Node) -> Case:
    got = fields(place, node, "a case", ("when", "is", "from"))
    if "when" not in got or ("is" in got) == ("from" in got):
        raise place.error(node, "a case needs `when` and one of `is` or `from`", "add it")
    return Case(
        when=_where(place, got["when"]),
        value=text(place, got["is"], "is") if "is" in got else None,
        column=text(place, got["from"], "from") if "from" in got else None,
    )


def _stage(place: Place, node: yaml.Node) -> StageMap:
    if isinstance(node, yaml.ScalarNode):
        return StageMap(text(place, node, "a stage"))
    got = fields(place, node, "a stage", _STAGE)
    stage, kind = text(place, got.get("stage"), "stage"), text(place, got.get("kind"), "kind")
    if not stage:
        raise place.error(node, "this stage has no name", "add `stage: Name`")
    if kind and kind not in KINDS:
        raise place.error(got["kind"], f"there is no kind {kind!r}", "use " + ", ".join(KINDS))
    chosen: Kind = kind or "open"  # type: ignore[assignment]
    return StageMap(
        stage, chosen, text(place, got.get("pipeline"), "pipeline"),
        text(place, got.get("team"), "team"),
    )  # fmt: skip


def _where(place: Place, node: yaml.Node | None) -> str:
    condition = text(place, node, "a condition")
    if condition:
        try:
            parse_condition(condition)
        except ConditionError as error:
            raise place.error(
                node, str(error), "write e.g. `stage in (Won, Lost) and is_deleted is not yes`"
            ) from None
    return condition


def _times(place: Place, node: yaml.Node | None) -> str:
    times = text(place, node, "times")
    try:
        if times and not (Decimal(times).is_finite() and Decimal(times) != 0):
            raise InvalidOperation
    except InvalidOperation:
        raise place.error(node, f"times {times!r} is no number", "write e.g. 1000") from None
    return times


def _currency(place: Place, node: yaml.Node | None) -> str:
    code = text(place, node, "currency")
    if code and not re.fullmatch(r"[A-Z]{3}", code):
        raise place.error(node, f"{code!r} is no currency", "use a code of three letters, as EUR")
    return code


def _order(place: Place, node: yaml.Node | None) -> Literal["", "guessed", "checked"]:
    said = text(place, node, "order")
    if said in ("", "guessed", "checked"):
        return said  # type: ignore[return-value]
    assert node is not None
    raise place.error(node, f"order is {said!r}", "write `order: checked`, or leave the line out")


def _check_zone(place: Place, node: yaml.Node | None, zone: str) -> None:
    if not zone:
        return
    try:
        ZoneInfo(zone)
    except (ValueError, OSError, KeyError):
        raise place.error(
            node, f"there is no time zone {zone!r}", "write e.g. Europe/London or UTC"
        ) from None


def _comment(place: Place, key_node: yaml.Node) -> tuple[float | None, str]:
    """Confidence and reason from the comment that ends the key's line."""
    match = _SURE.search(place.lines[key_node.start_mark.line])
    if match is None:
        return None, ""
    return float(match["confidence"]), (match["reason"] or "").strip()
