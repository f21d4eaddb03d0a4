"""The files of an import as text tables, read once and kept until the import is done.

Reading untrusted files is the slow and the dangerous part, so a corrected mapping does not read
them again; and what was looked at in the trial run is what is written.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any

from onefunnel.connectors.reading.read import read_tables
from onefunnel.connectors.reading.tables import (
    LeftOut,
    Progress,
    RefusedRow,
    Stop,
    Tables,
    TextTable,
)
from onefunnel.facts.findings import Finding

_NAME = "tables.json"


def text_tables(source: Path, keep_in: Path, *, progress: Progress, stop: Stop) -> Tables:
    """The text tables of the files at `source`, from `keep_in` where they were read before."""
    kept = keep_in / _NAME
    if kept.exists():
        return _from_json(json.loads(kept.read_text()))
    shutil.rmtree(keep_in, ignore_errors=True)
    keep_in.mkdir(mode=0o700, parents=True)
    tables = read_tables(source, scratch=keep_in, progress=progress, stop=stop)
    draft = keep_in / f".{_NAME}"
    draft.write_text(json.dumps(asdict(tables), default=str))
    draft.chmod(0o600)
    draft.replace(kept)
    return tables


def forget(keep_in: Path) -> None:
    """Remove the text tables; the files themselves stay."""
    shutil.rmtree(keep_in, ignore_errors=True)


def _from_json(content: dict[str, Any]) -> Tables:
    return Tables(
        tables=tuple(_table(one) for one in content["tables"]),
        left_out=tuple(LeftOut(**one) for one in content["left_out"]),
        notes=tuple(content["notes"]),
    )


def _table(one: dict[str, Any]) -> TextTable:
    refused = one["refused_parquet"]
    return TextTable(
        **{
            **one,
            "parquet": Path(one["parquet"]),
            "columns": tuple(one["columns"]),
            "refused": tuple(RefusedRow(**bad) for bad in one["refused"]),
            "refused_parquet": Path(refused) if refused else None,
            "findings": tuple(Finding(**found) for found in one["findings"]),
        }
    )
