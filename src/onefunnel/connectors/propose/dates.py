"""Which date begins a row's way, which ends it, which says when its stage last changed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from onefunnel.connectors.apply.rows import parquet_sql
from onefunnel.connectors.propose.meanings import Choice
from onefunnel.connectors.propose.naming import meaning_score, open_place, stage_kind, tokens
from onefunnel.connectors.propose.profile import TableProfile
from onefunnel.connectors.propose.stages import YES_OR_NO, StageColumn
from onefunnel.facts.sql_text import literal


@dataclass(frozen=True)
class Dates:
    """Chosen date columns; `filled_by_stage` is the share of rows with a created date by stage."""

    created: Choice | None = None
    closed: Choice | None = None
    changed: Choice | None = None
    updated: str = ""
    filled_by_stage: tuple[tuple[str, float], ...] = ()


def choose_dates(con: Any, profile: TableProfile, stage: StageColumn | None) -> Dates:
    """Created and closed dates: by name, and by being filled where the stage has ended."""
    names = [
        name
        for name, column in profile.columns.items()
        if column.is_date and column.filled and not _PLANNED & set(tokens(name))
    ]
    if not names:
        return Dates()
    fills = {name: _fill(con, profile, name, stage) for name in names}
    updated = max(names, key=lambda name: meaning_score("updated", name))
    updated = updated if meaning_score("updated", updated) >= 0.7 else ""
    changed = _best(names, "changed", set())
    free = [name for name in names if name not in (updated, changed.column if changed else "")]
    closed = _closed(free, fills)
    created = _created([n for n in free if closed is None or n != closed.column], profile)
    if created is None and closed is None and free:
        created = Choice(free[0], 0.5, "the only date there is")
    by_stage: tuple[tuple[str, float], ...] = ()
    if created is not None and stage is not None:
        by_stage = _share_by_stage(con, profile, created.column, stage.name)
    return Dates(created, closed, changed, updated, by_stage)


def _fill(
    con: Any, profile: TableProfile, date: str, stage: StageColumn | None
) -> tuple[float, float]:
    """How often the date is filled where the stage has ended, and where it has not; where all rows
    have ended, being filled tells nothing."""
    if stage is None or not stage.closed:
        share = profile.column(date).filled / max(profile.rows, 1)
        return share, share
    ended = ", ".join(literal(value) for value in stage.closed)
    at, says = profile.typed(date), profile.typed(stage.name)
    row = con.execute(
        f"SELECT count({at}) FILTER (WHERE {says} IN ({ended})) / "
        f"nullif(count(*) FILTER (WHERE {says} IN ({ended})), 0), "
        f"count({at}) FILTER (WHERE {says} IS NULL OR {says} NOT IN ({ended})) / "
        f"nullif(count(*) FILTER (WHERE {says} IS NULL OR {says} NOT IN ({ended})), 0) "
        f"FROM {parquet_sql(profile.table)}"
    ).fetchone()
    ended_share, still_share = row
    return float(ended_share or 0.0), float(1.0 if still_share is None else still_share)


def _closed(names: Sequence[str], fills: dict[str, tuple[float, float]]) -> Choice | None:
    best: tuple[float, str, str] | None = None
    for name in names:
        ended, still = fills[name]
        named = meaning_score("closed", name) if "created" not in tokens(name) else 0.0
        named -= 0.3 * (meaning_score("created", name) > named)
        structural = 0.6 if ended >= 0.8 and still <= 0.2 else 0.0
        score = max(named, 0.0) * 0.6 + structural * 0.6
        if score >= 0.36 and (best is None or score > best[0]):
            why = "its name says closed" if named >= 0.5 else ""
            if structural:
                why += (", and " if why else "") + "it is filled where the stage has ended"
            best = (score, name, why)
    return Choice(best[1], round(min(0.99, best[0] + 0.3), 2), best[2]) if best else None


def _created(names: Sequence[str], profile: TableProfile) -> Choice | None:
    best = _best(names, "created", set())
    if best is not None:
        return best
    general = _best(names, "at", set())
    if general is not None:
        return Choice(general.column, round(general.confidence * 0.8, 2), "a date of the row")
    if not names:
        return None
    fullest = max(names, key=lambda name: profile.column(name).filled)
    return Choice(fullest, 0.5, "the date that is filled most often")


def _best(names: Sequence[str], meaning: str, taken: set[str]) -> Choice | None:
    scored = [(meaning_score(meaning, name), name) for name in names if name not in taken]
    scored = [item for item in scored if item[0] >= 0.5]
    if not scored:
        return None
    score, name = max(scored, key=lambda item: item[0])
    return Choice(name, round(min(score, 0.99), 2), f"its name says {meaning}")


def _share_by_stage(
    con: Any, profile: TableProfile, date: str, stage: str
) -> tuple[tuple[str, float], ...]:
    at, says = profile.typed(date), profile.typed(stage)
    return tuple(
        con.execute(
            f"SELECT {says}, count({at}) / count(*) FROM {parquet_sql(profile.table)} "
            f"WHERE {says} IS NOT NULL GROUP BY 1"
        ).fetchall()
    )


def stage_date_columns(profile: TableProfile) -> list[tuple[str, str]]:
    """(column, stage) where the file has one date column per stage, in the order of the file.

    Three or more date columns, of which two or more are named after stages (one of them a stage
    before the end), or, in a file whose rows have a key, are filled less and less from left to
    right. When a row was closed is no stage of its own.
    """
    names = [
        name
        for name, column in profile.columns.items()
        if column.is_date and column.filled and not _is_no_stage(name)
    ]
    labelled = [
        (name, label) for name in names if not _is_closing(name, label := stage_label(name))
    ]
    if len(labelled) < 3:
        return []
    known = [label for _, label in labelled if open_place(label) is not None or stage_kind(label)]
    filled = [profile.column(name).filled for name, _ in labelled]
    open_part = [f for (_, label), f in zip(labelled, filled, strict=True) if not stage_kind(label)]
    falling = all(a >= b for a, b in pairwise(open_part))
    really = falling and len(open_part) >= 3 and open_part[-1] < open_part[0]
    if len(known) >= 2 and not all(stage_kind(label) for label in known):
        return labelled
    if profile.keys and (
        (really and len(set(filled)) >= 3) or (len(known) >= 2 and len(open_part) >= 2)
    ):
        return labelled
    return []


def _is_closing(name: str, label: str) -> bool:
    """A date of closing that says of no end in particular."""
    return (
        meaning_score("closed", name) >= 0.9 and not stage_kind(label) and open_place(label) is None
    )


def dates_of_stages(profile: TableProfile, stage: StageColumn) -> list[tuple[str, str]]:
    """(column, value of the stage column) of the dates that are named after a value of it.

    `Qualified Date` is when `Qualified` was entered, `Angebot am` when `Angebot` was. Words that
    several dates share, such as the name of the pipeline, tell none from another.
    """
    words = {
        name: frozenset(word for word in tokens(name) if word not in _DATE_WORDS)
        for name, column in profile.columns.items()
        if column.is_date and column.filled and not _is_no_stage(name)
    }
    often = Counter(word for said in words.values() for word in said)
    shared = frozenset(word for word, n in often.items() if n > 1)
    whole: dict[frozenset[str], str] = {}
    rest: dict[frozenset[str], list[str]] = {}
    for value, _ in stage.kinds:
        if said := frozenset(tokens(value)):
            whole[said] = value
            rest.setdefault(said - shared, []).append(value)
    found: dict[str, str] = {}
    for name, said in words.items():
        alike = rest.get(said - shared, []) if said - shared else []
        value = whole.get(said) or (alike[0] if len(alike) == 1 else "")
        if value and value not in found.values():
            found[name] = value
    return list(found.items())


def says_more(
    stage: StageColumn, dated: list[tuple[str, str]], all_dated: list[tuple[str, str]]
) -> bool:
    """Whether the stage column tells the funnel and dates only when, not the dates alone.

    So it is where most dates of stages are named after its values; where many are not, the column
    is coarser than they are (open, won, lost).
    """
    if not all_dated:
        return True
    if len(stage.kinds) < 3 or stage.why == YES_OR_NO:
        return False
    columns = {column for column, _ in dated}
    others = [
        column
        for column, label in all_dated
        if column not in columns
        and max(meaning_score("created", column), meaning_score("closed", column)) < 0.7
        and (open_place(label) is not None or stage_kind(label))
    ]
    return len(dated) > len(others) or not others


def _is_no_stage(name: str) -> bool:
    """Dates of the latest or next doing, of a birth or a deadline say nothing of a stage."""
    return meaning_score("updated", name) >= 0.7 or bool(_NO_STAGE & set(tokens(name)))


_NO_STAGE = frozenset(
    re.findall(
        r"\w+",
        "last latest next activity modified due deadline birth birthday expected planned letzte "
        "letzter letzte letztes nachste nachster aktivitat fallig geburtstag geplant derniere "
        "dernier prochaine prochain prevu prevue echeance ultima ultimo proxima proximo prossima "
        "prossimo prevista scadenza laatste volgende ostatni ostatnia nastepny sidste naeste",
    )
)
#: What is expected has not happened.
_PLANNED = frozenset(
    re.findall(
        r"\w+",
        "expected planned forecast forecasted estimated anticipated target geplant erwartet "
        "erwartetes erwarteter voraussichtlich voraussichtliches prevu prevue estime estimee "
        "prevista previsto prevision estimada estimado esperada verwacht verwachte gepland "
        "oczekiwana planowana planowane przewidywana forventet forvantad",
    )
)
_DATE_WORDS = frozenset(
    re.findall(
        r"\w+",
        "date datum fecha data am on at le el il op na dato day time timestamp entered reached "
        "stage since seit zeit czas em w het",
    )
)


def stage_label(column: str) -> str:
    """`date_demo_held` -> Demo held: the stage that a date column is named after."""
    words = [word for word in tokens(column) if word not in _DATE_WORDS]
    return " ".join(words).capitalize() or column
