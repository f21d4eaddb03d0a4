"""The mapping: how the files of one source become standard tables; dataclasses and YAML.

The names to import from here; docs/develop/add-a-connector.md explains the YAML key by key.
"""

from __future__ import annotations

from onefunnel.connectors.mapping_parts import (
    Case,
    Columns,
    FileMap,
    Join,
    Make,
    Mapping,
    MappingError,
    Source,
    StageMap,
    Step,
)
from onefunnel.connectors.mapping_read import read_mapping
from onefunnel.connectors.mapping_write import write_mapping

__all__ = [
    "Case",
    "Columns",
    "FileMap",
    "Join",
    "Make",
    "Mapping",
    "MappingError",
    "Source",
    "StageMap",
    "Step",
    "read_mapping",
    "write_mapping",
]
