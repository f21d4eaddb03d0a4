"""An agreement as YAML text and back, without loss."""

from __future__ import annotations

from dataclasses import MISSING, fields, is_dataclass
from decimal import Decimal
from typing import Any

import yaml

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.yaml_nodes import AgreementTextError, Problem, nodes_of
from onefunnel.agreement.yaml_read import MOST_PROBLEMS, Reader


def read_yaml(text: str, name: str = "agreement") -> Agreement:
    """The agreement written in `text`; `name` (a file's name) stands in front of each problem.

    Strict: unknown keys, keys that stand twice and values of the wrong sort are refused, each
    with its line and column; anchors, aliases and tags are not read. A list of one may be written
    without its dash.

    Raises:
        AgreementTextError: with every problem found (the first 20).
    """
    node = nodes_of(text, name)
    if node is None or node.is_empty:
        raise AgreementTextError(
            name, (Problem(1, 1, "the text is empty", "start with title: ..."),)
        )
    if node.kind != "mapping":
        problem = node.problem("this is not an agreement", "start with title: ...")
        raise AgreementTextError(name, (problem,))
    reader = Reader()
    agreement = reader.read(Agreement, node, "the agreement")
    if reader.problems:
        found = sorted(reader.problems, key=lambda each: (each.line, each.column))
        raise AgreementTextError(name, tuple(found[:MOST_PROBLEMS]))
    assert isinstance(agreement, Agreement)
    return agreement


def write_yaml(agreement: Agreement) -> str:
    """The agreement as YAML; `read_yaml` gives back an equal one. What is empty is left out."""
    return yaml.dump(
        _plain(agreement), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100
    )


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        plain = {}
        for field in fields(value):
            item = getattr(value, field.name)
            default = field.default
            if field.default_factory is not MISSING:
                default = field.default_factory()
            if item != default:
                plain[field.name] = _plain(item)
        return plain
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value


class _Dumper(yaml.SafeDumper):
    """Writes lists indented below their key, long texts as blocks and money as it is."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: _Dumper, value: str) -> yaml.ScalarNode:
    lines = value.split("\n")
    style = None
    if not all(line.isprintable() for line in lines):
        style = '"'  # the only style that keeps every character
    elif len(lines) > 1:
        # Blocks are for prose: no blank lines or blanks at the ends, which readers would lose.
        style = "|" if all(line and line == line.strip() for line in lines) else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


def _money(dumper: _Dumper, value: Decimal) -> yaml.ScalarNode:
    text = format(value, "f")
    return dumper.represent_scalar(f"tag:yaml.org,2002:{'float' if '.' in text else 'int'}", text)


_Dumper.add_representer(str, _text)
_Dumper.add_representer(Decimal, _money)
