"""YAML nodes with their lines: what the mapping reader takes text, lists and pairs from."""

from __future__ import annotations

from dataclasses import dataclass

import yaml

from onefunnel.connectors.mapping_parts import MappingError

#: A mapping is written by a person or proposed for some dozen files; more is not a mapping.
MAX_CHARACTERS = 2_000_000


@dataclass(frozen=True)
class Place:
    """Which document is being read, and its lines (for the comments).

    A draft may lack columns: somebody is in the middle of saying what they are.
    """

    name: str
    lines: tuple[str, ...]
    is_draft: bool = False

    def error(self, node: yaml.Node | None, what: str, fix: str) -> MappingError:
        line = node.start_mark.line + 1 if node is not None else None
        return MappingError(name=self.name, line=line, what=what, fix=fix)


def root(text: str, name: str, *, is_draft: bool = False) -> tuple[Place, yaml.Node]:
    """The top node of the document; MappingError where it is not YAML or empty."""
    place = Place(name, tuple(text.splitlines()), is_draft)
    if len(text) > MAX_CHARACTERS:
        raise place.error(None, "this is too long for a mapping", "give a mapping, not data")
    try:
        for token in yaml.scan(text, Loader=yaml.SafeLoader):
            if isinstance(token, yaml.AliasToken | yaml.AnchorToken):
                raise MappingError(
                    name=name,
                    line=token.start_mark.line + 1,
                    what="& and * references are not allowed",
                    fix="write the value out (in quotes when it starts with & or *)",
                )
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise MappingError(
            name=name,
            line=mark.line + 1 if mark else None,
            what=f"this is not YAML: {error.problem or error.context}",
            fix="check indents, quotes and brackets on that line",
        ) from None
    except (yaml.YAMLError, RecursionError) as error:
        raise place.error(None, f"this is not YAML: {error}", "save it as UTF-8 text") from None
    if node is None:
        raise place.error(None, "the mapping is empty", "give at least `files:`")
    return place, node


def pairs(place: Place, node: yaml.Node, what: str) -> list[tuple[str, yaml.Node, yaml.Node]]:
    """The (key, key node, value node) of a YAML mapping; keys are text and stand once."""
    if not isinstance(node, yaml.MappingNode):
        raise place.error(node, f"{what} must be `name: value` lines", "indent them below it")
    found: dict[str, tuple[str, yaml.Node, yaml.Node]] = {}
    for key_node, value_node in node.value:
        key = text(place, key_node, "a name")
        if key in found:
            raise place.error(key_node, f"{key} stands twice in {what}", "keep one of them")
        found[key] = (key, key_node, value_node)
    return list(found.values())


def fields(
    place: Place, node: yaml.Node, what: str, known: tuple[str, ...]
) -> dict[str, yaml.Node]:
    """The values of a YAML mapping whose keys must be among `known`."""
    found = {}
    for key, key_node, value in pairs(place, node, what):
        if key not in known:
            raise place.error(key_node, f"{what} knows no {key!r}", "use " + ", ".join(known))
        found[key] = value
    return found


def text(place: Place, node: yaml.Node | None, what: str) -> str:
    """A scalar as it is written ('' for nothing); numbers and true/false stay text."""
    if node is None:
        return ""
    if not isinstance(node, yaml.ScalarNode):
        raise place.error(node, f"{what} must be one value", "write it on one line")
    if node.tag == "tag:yaml.org,2002:null" and node.style is None and node.value in ("", "~"):
        return ""
    return str(node.value)


def truth(place: Place, node: yaml.Node | None, what: str) -> bool:
    """true or false (also yes and no)."""
    value = text(place, node, what).lower()
    if value not in ("", "true", "false", "yes", "no"):
        raise place.error(node, f"{what} must be true or false, not {value}", "write true or false")
    return value in ("true", "yes")


def items(place: Place, node: yaml.Node | None, what: str) -> list[yaml.Node]:
    """The entries of a YAML list; nothing is an empty list."""
    if node is None or (isinstance(node, yaml.ScalarNode) and not text(place, node, what)):
        return []
    if not isinstance(node, yaml.SequenceNode):
        raise place.error(node, f"{what} must be a list", "start each entry with `- `")
    return list(node.value)


def words(place: Place, node: yaml.Node | None, what: str) -> tuple[str, ...]:
    """One text or a list of texts."""
    if node is None:
        return ()
    if isinstance(node, yaml.SequenceNode):
        return tuple(text(place, item, what) for item in node.value)
    one = text(place, node, what)
    return (one,) if one else ()


def text_pairs(place: Place, node: yaml.Node | None, what: str) -> tuple[tuple[str, str], ...]:
    """`name: text` lines."""
    if node is None:
        return ()
    return tuple((key, text(place, value, what)) for key, _, value in pairs(place, node, what))
