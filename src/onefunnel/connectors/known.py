"""The connectors there are: one folder each, found by its mapping.yaml."""

from __future__ import annotations

import importlib
from functools import cache
from importlib import resources
from importlib.util import find_spec

from onefunnel.connectors.apply.making import used_columns
from onefunnel.connectors.apply.names import assign, find_column
from onefunnel.connectors.mapping_parts import FileMap, Mapping
from onefunnel.connectors.mapping_read import read_mapping
from onefunnel.connectors.reading.tables import Tables, TextTable

_PACKAGE = "onefunnel.connectors"
#: A connector that explains fewer columns than this does not know the files.
FEWEST = 6


@cache
def connectors() -> dict[str, Mapping]:
    """Every connector's mapping by the name of its folder."""
    found = {}
    for folder in sorted(resources.files(_PACKAGE).iterdir(), key=lambda item: item.name):
        if folder.is_dir() and (folder / "mapping.yaml").is_file():
            text = (folder / "mapping.yaml").read_text("utf-8")
            found[folder.name] = read_mapping(text, f"{folder.name}/mapping.yaml")
    return found


def prepared_by(connector: str, tables: Tables) -> Tables:
    """The tables after the connector's `read.prepare`, where it has one."""
    if not connector.isidentifier():
        return tables
    name = f"{_PACKAGE}.{connector}.read"
    if find_spec(f"{_PACKAGE}.{connector}") is None or find_spec(name) is None:
        return tables
    prepare = getattr(importlib.import_module(name), "prepare", None)
    if prepare is None:
        return tables
    prepared: Tables = prepare(tables)
    return prepared


def best_connector(tables: Tables) -> tuple[Tables, Mapping] | None:
    """The connector that knows these files, and the tables as it wants them.

    A connector knows them when every file it does not call optional is there with the columns it
    needs, and one of its files makes leads, deals or moves. Files taken by name and needed
    columns are known by that (real CRM tables have hundreds of custom columns); of files taken
    whatever their name it must explain a quarter of the columns. Of several connectors, the one
    that explains the most columns.
    """
    best: tuple[int, Tables, Mapping] | None = None
    for name, mapping in connectors().items():
        prepared = prepared_by(name, tables)
        explained = _explained(mapping, prepared.tables)
        if explained and (best is None or explained > best[0]):
            best = (explained, prepared, mapping)
    return None if best is None else best[1:]


def _explained(mapping: Mapping, tables: tuple[TextTable, ...]) -> int:
    """How many columns the mapping explains; 0 when it does not know these files."""
    places = assign(tables, mapping.files)
    makes: set[str] = set()
    known = total = 0
    is_by_name = True
    for entry, mine in zip(mapping.files, places, strict=True):
        found = [place for place in mine if _is_meant(entry, tables[place])]
        if not found:
            if not entry.optional:
                return 0
            continue
        makes |= {make.table for make in entry.makes}
        is_by_name &= "*" not in entry.files
        names = {name for make in entry.makes for name in used_columns(make)}
        names |= {name for name, _ in entry.left_out} | {o for j in entry.joins for o, _ in j.on}
        for place in found:
            columns = tables[place].columns
            total += len(columns)
            known += len({find_column(name, columns) for name in names} - {None})
    has_funnel = bool(makes & {"leads", "deals", "moves"})
    few = FEWEST if is_by_name else max(FEWEST, total // 4)
    return known if has_funnel and known >= few else 0


def _is_meant(entry: FileMap, table: TextTable) -> bool:
    """A file taken whatever its name must have the needed columns to the letter."""
    return "*" not in entry.files or all(name in table.columns for name in entry.needs)
