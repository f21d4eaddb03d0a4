"""What the review of an import shows: files, columns, stages, findings, in the page's words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from onefunnel.connectors.mapping import FileMap, read_mapping
from onefunnel.connectors.mapping_parts import DATE_STYLES, KINDS
from onefunnel.facts.findings import Finding
from onefunnel.facts.tables import TABLES
from onefunnel.server.warehouse.inbox.mapping_edit import ATTRIBUTE, in_words, targets
from onefunnel.server.warehouse.inbox.other_stages import KIND as OTHER_STAGES
from onefunnel.server.warehouse.inbox.other_stages import still_true
from onefunnel.server.warehouse.inbox.unfinished_mapping import NAME, what_is_lacking
from onefunnel.server.warehouse.models import Import

#: How dates look in each style, for people.
DATE_EXAMPLES = {
    "day-first": "31.12.2026",
    "month-first": "12/31/2026",
    "year-first": "2026-12-31",
    "epoch seconds": "1798675200",
    "epoch milliseconds": "1798675200000",
    "excel": "46387",
}
_TABLES_SHOWN = 6


@dataclass(frozen=True)
class Review:
    """The page's contract."""

    sentence: str
    files: tuple[Mapping[str, Any], ...]
    left_out: tuple[Mapping[str, Any], ...]
    not_read: tuple[Mapping[str, Any], ...]
    stages: tuple[Mapping[str, Any], ...]
    warned: tuple[Finding, ...]
    findings: tuple[Finding, ...]
    refused: tuple[Mapping[str, Any], ...]
    refused_count: int
    refused_shown: int
    rows_refused: int
    notes: tuple[str, ...]
    is_changed: bool
    lacking: tuple[str, ...]
    can_take_back: bool
    unsure: int
    has_facts: bool
    connector: str
    kinds: tuple[str, ...] = KINDS

    @property
    def can_be_mapped(self) -> bool:
        """Whether some file has columns, so that a mapping can make something of it."""
        return bool(self.files or self.left_out)

    @property
    def nothing(self) -> bool:
        """Whether no file is used at all: then the files left out are shown open."""
        return not self.files


@dataclass(frozen=True)
class ColumnPage:
    """One column to choose for: where it stands, what it may become, how its dates are written."""

    file: Mapping[str, Any]
    column: Mapping[str, Any]
    place: int
    targets: Mapping[str, list[tuple[str, str]]]
    dates: tuple[tuple[str, str], ...]

    @property
    def becomes(self) -> str:
        """What the column becomes, in words."""
        return becomes(self.column)


def becomes(column: Mapping[str, Any]) -> str:
    """What a column becomes, in words; nothing when it is left out."""
    if column["uses"]:
        return "; ".join(column["uses"])
    target = column["target"]
    if target in ("", ATTRIBUTE):
        return target
    return in_words(*target.split(".", 1))


def review_of(imported: Import) -> Review:
    """The review of an import's last trial run."""
    trial = imported.trial
    files = [_with_words(file) for file in trial.get("files", [])]
    findings = [Finding(**found) for found in still_true(trial.get("findings", ()))]
    return Review(
        sentence=_sentence(trial),
        files=tuple(file for file in files if file["entry"] is not None),
        left_out=tuple(file for file in files if file["entry"] is None and file["rows_in"]),
        not_read=tuple(file for file in files if file["entry"] is None and not file["rows_in"]),
        stages=tuple(trial.get("stages", ())),
        warned=tuple(found for found in findings if found.kind == OTHER_STAGES),
        findings=tuple(found for found in findings if found.kind != OTHER_STAGES),
        refused=tuple(trial.get("refused", ())),
        refused_count=trial.get("refused_count", 0),
        refused_shown=sum(one.get("times", 1) for one in trial.get("refused", ())),
        rows_refused=trial.get("rows_refused", 0),
        notes=tuple(dict.fromkeys(trial.get("notes", ()))),
        is_changed=bool(trial.get("changed")),
        lacking=what_is_lacking(imported.mapping),
        can_take_back=bool(trial.get("choices")),
        unsure=sum(file["unsure"] for file in files),
        has_facts=any(trial.get("facts", {}).values()),
        connector=trial.get("connector", ""),
    )


def _with_words(file: Mapping[str, Any]) -> dict[str, Any]:
    columns = [{**column, "becomes": becomes(column)} for column in file["columns"]]
    return {
        **file,
        "columns": columns,
        "used": sum(1 for column in columns if column["becomes"]),
        "makes": ", ".join(file["used_as"]),
    }


def _sentence(trial: Mapping[str, Any]) -> str:
    facts = trial.get("facts", {})
    if not facts:
        return "Nothing in these files would become part of the funnel yet."
    order = ("leads", "moves", "deals", "accounts", "touches", "orders", "spend")
    names = [n for n in order if facts.get(n)] + [
        n for n in TABLES if n not in order and n in facts
    ]
    parts = [f"{facts[name]:,} {name}" for name in names if facts.get(name)]
    shown = parts[:_TABLES_SHOWN]
    if len(parts) > _TABLES_SHOWN:
        shown.append("more")
    listed = ", ".join(shown[:-1]) + (" and " if len(shown) > 1 else "") + shown[-1]
    return f"{trial.get('rows_in', 0):,} rows would give {listed}."


def column_page(imported: Import, file: int, place: int) -> ColumnPage | None:
    """One column of the review; None where there is none."""
    found = next((f for f in imported.trial.get("files", []) if f["place"] == file), None)
    if found is None or not 0 <= place < len(found["columns"]):
        return None
    mapping = read_mapping(imported.mapping, NAME, is_draft=True)
    at = found["entry"]
    entry = mapping.files[at] if at is not None else FileMap(files=(found["name"],))
    return ColumnPage(
        file=found,
        column=found["columns"][place],
        place=place,
        targets=targets(entry),
        dates=tuple((style, DATE_EXAMPLES[style]) for style in DATE_STYLES),
    )
