"""Mapping -> YAML text, made to be read and edited by people."""

from __future__ import annotations

from typing import Any

import yaml

from onefunnel.connectors.mapping_parts import (
    Columns,
    FileMap,
    Join,
    Make,
    Mapping,
    Source,
    StageMap,
    Step,
)

_HEAD = """\
# How the files of one source become the standard tables. Edit it and read the files again with it.
# Left is the standard column, right the column of the file. "sure 0.9" says how sure the proposal
# was and why. All keys are explained in docs/develop/add-a-connector.md.
"""


def write_mapping(mapping: Mapping) -> str:
    """The mapping as YAML; `read_mapping` of it gives an equal mapping.

    Confidence and reason of each column stand as a comment at the end of its line.
    """
    lines = [_HEAD.rstrip()]
    lines.append(f"title: {_flow(mapping.title)}")
    lines.append(f"connector: {_flow(mapping.connector)}")
    lines.append(f"zone: {_flow(mapping.zone)}          # of times written without one")
    if mapping.days != "UTC":
        lines.append(f"days: {_flow(mapping.days)}          # where a day without a time begins")
    if mapping.currency:
        lines.append(f"currency: {_flow(mapping.currency)}          # of money written without one")
    lines.append(f"first stage: {_flow(mapping.first_stage)}    # of leads without any move")
    if mapping.order:
        lines.append(f"order: {mapping.order}          # of the stages: guessed, or checked by you")
    if mapping.notes:
        lines += ["notes:", *(f"  - {_flow(note)}" for note in mapping.notes)]
    if mapping.stages:
        lines += ["stages:          # in their order", *map(_stage, mapping.stages)]
    lines.append("files:" if mapping.files else "files: []")
    for file in mapping.files:
        lines += _file(file)
    if mapping.left_out:
        lines += ["left out:", *_reasons(mapping.left_out, "  ")]
    return "\n".join(lines) + "\n"


def _file(file: FileMap) -> list[str]:
    lines = [f"  - file: {_one_or_many(file.files)}"]
    if file.needs:
        lines.append(f"    needs: {_flow(list(file.needs))}")
    if file.optional:
        lines.append("    optional: true")
    if file.where:
        lines.append(f"    where: {_flow(file.where)}")
    if file.latest_by:
        lines.append(f"    latest by: {_flow(file.latest_by)}")
    if file.joins:
        lines += ["    look up:", *(line for join in file.joins for line in _join(join))]
    if file.makes:
        lines += ["    makes:", *(line for make in file.makes for line in _make(make))]
    if file.left_out:
        lines += ["    left out:", *_reasons(file.left_out, "      ")]
    return lines


def _join(join: Join) -> list[str]:
    lines = [
        f"      - file: {_one_or_many(join.files)}",
        f"        on: {_flow(dict(join.on))}",
        f"        take: {_flow(dict(join.take))}",
    ]
    if join.where:
        lines.append(f"        where: {_flow(join.where)}")
    if join.loose:
        lines.append("        loose: true")
    if join.partial:
        lines.append("        partial: true")
    for name, column in (("latest by", join.latest_by), ("earliest by", join.earliest_by)):
        if column:
            lines.append(f"        {name}: {_flow(column)}")
    return lines


def _make(make: Make) -> list[str]:
    lines = [f"      - table: {make.table}"]
    if make.where:
        lines.append(f"        where: {_flow(make.where)}")
    if make.only_missing:
        lines.append("        only missing: true")
    if make.columns:
        lines += ["        columns:", *_columns(make.columns, "          ")]
    if make.attributes:
        lines += ["        attributes:", *_columns(make.attributes, "          ")]
    if make.keep_others:
        lines.append("        keep others: true")
    if make.steps:
        lines.append("        steps:")
        for step in make.steps:
            lines += _step(step)
    return lines


def _step(step: Step) -> list[str]:
    lines = _columns(step.columns, "            ")
    if step.where:
        lines.append(f"            where: {_flow(step.where)}")
    return ["          - " + lines[0].lstrip(), *lines[1:]]


def _columns(columns: Columns, indent: str) -> list[str]:
    return [f"{indent}{_flow(name)}: {_source(source)}" for name, source in columns]


def _source(source: Source) -> str:
    parts: dict[str, Any] = {}
    if source.columns:
        parts["from"] = source.columns[0] if len(source.columns) == 1 else list(source.columns)
    if source.value is not None:
        parts["is"] = source.value
    if source.cases:
        parts["cases"] = [
            {"when": case.when}
            | ({"is": case.value} if case.value is not None else {"from": case.column})
            for case in source.cases
        ]
    for key, given in (("glue", source.glue), ("otherwise", source.otherwise)):
        if given is not None:
            parts[key] = given
    if source.values:
        parts["values"] = dict(source.values)
    for key, text in (
        ("date", source.date),
        ("zone", source.zone),
        ("decimal", source.decimal),
        ("times", source.times),
    ):
        if text:
            parts[key] = text
    if source.personal is not None:
        parts["personal"] = source.personal
    line = _flow(parts["from"] if set(parts) == {"from"} else parts)
    if source.confidence is None:
        return line
    reason = " ".join(source.reason.split())
    return f"{line}  # sure {source.confidence:.2f}" + (f": {reason}" if reason else "")


def _stage(stage: StageMap) -> str:
    parts = {"stage": stage.stage, "kind": stage.kind}
    if stage.pipeline:
        parts["pipeline"] = stage.pipeline
    if stage.team:
        parts["team"] = stage.team
    return f"  - {_flow(parts)}"


def _reasons(reasons: tuple[tuple[str, str], ...], indent: str) -> list[str]:
    return [f"{indent}{_flow(name)}: {_flow(reason)}" for name, reason in reasons]


def _one_or_many(names: tuple[str, ...]) -> str:
    return _flow(names[0] if len(names) == 1 else list(names))


def _flow(value: Any) -> str:
    """A value on one line."""
    text = yaml.safe_dump(
        value, default_flow_style=True, allow_unicode=True, sort_keys=False, width=10**9
    )
    return text.removesuffix("\n").removesuffix("\n...")
