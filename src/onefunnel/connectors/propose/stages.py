"""Which column says the stage, which values end it and how, and in what order stages come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from onefunnel.agreement.proposal.stage_words import end_rank
from onefunnel.connectors.apply.rows import parquet_sql
from onefunnel.connectors.conditions import NO, YES
from onefunnel.connectors.mapping_parts import Kind, StageMap
from onefunnel.connectors.propose.condition_text import column_name
from onefunnel.connectors.propose.naming import meaning_score, open_place, stage_kind
from onefunnel.connectors.propose.profile import ColumnProfile, TableProfile
from onefunnel.facts.sql_text import identifier, literal

#: Why a column is taken for the outcome that only says whether it is won.
YES_OR_NO = "yes or no: won or not"


@dataclass(frozen=True)
class StageColumn:
    """A column that says the stage (or only the outcome), how sure that is, and why."""

    name: str
    score: float
    why: str
    kinds: tuple[tuple[str, Kind], ...]
    #: Of a column that only says whether a row is won: which rows are lost, as a condition.
    lost_when: str = ""

    @property
    def closed(self) -> tuple[str, ...]:
        """Values that end a lead's way: won, lost, disqualified."""
        return tuple(v for v, kind in self.kinds if kind in ("won", "lost", "disqualified"))

    @property
    def has_end(self) -> bool:
        return any(kind in ("won", "lost") for _, kind in self.kinds)


def find_stage_column(con: Any, profile: TableProfile) -> StageColumn | None:
    """The column whose name or values speak most of stages; None when no column does."""
    best: StageColumn | None = None
    flag: StageColumn | None = None
    for column in profile.columns.values():
        found = _as_stage(con, profile, column)
        if found is not None and (best is None or found.score > best.score):
            best = found
        if found is not None and found.why == YES_OR_NO:
            flag = found
    if best is not None and not best.has_end and flag is not None:
        return _beside_a_stage(profile, flag)
    return best


def _as_stage(con: Any, profile: TableProfile, column: ColumnProfile) -> StageColumn | None:
    named = max(meaning_score("stage", column.name), 0.9 * meaning_score("outcome", column.name))
    is_named_flag = column.is_flag and named >= 0.8
    is_stage = column.is_category or is_named_flag or _is_short(column, named)
    if not column.values or not (is_stage or _is_one_stage(profile, column, named)):
        return None
    total = sum(n for _, n in column.values)
    kinds = {value: stage_kind(value) for value, _ in column.values}
    said = {value.lower() for value, _ in column.values}
    if column.is_flag or said & {*YES, *NO}:
        if meaning_score("outcome", column.name) < 0.8 or not said <= {*YES, *NO}:
            return None
        return _as_flag(con, profile, column, round(0.75 * named, 2))
    ends = sum(1 for kind in kinds.values() if kind in ("won", "lost"))
    known = sum(n for v, n in column.values if kinds[v] or open_place(v) is not None) / total
    both = {"won", "lost"} <= set(kinds.values())
    score = 0.45 * named + 0.35 * known + (0.25 if both else 0.1 if ends else 0.0)
    score -= 0.15 if column.filled < 0.6 * profile.rows else 0.0
    reasons = []
    if named >= 0.5:
        reasons.append("its name says stage")
    if ends:
        reasons.append(
            "its values say " + " and ".join(sorted({k for k in kinds.values() if k in _ENDS}))
        )
    elif known > 0.5:
        reasons.append("its values are names of stages")
    if not ends:
        by_dates = _ends_by_dates(con, profile, column)
        if by_dates:
            kinds |= by_dates
            score += 0.5
            reasons.append("some of its values go with a filled date and the others do not")
    else:
        kinds |= _other_ends(con, profile, column, kinds)
    if score < 0.4:
        return None
    chosen: tuple[tuple[str, Kind], ...] = tuple(
        (value, kinds[value] or "open")  # type: ignore[misc]
        for value, _ in column.values
    )
    return StageColumn(column.name, round(min(score, 0.99), 2), "; ".join(reasons), chosen)


_ENDS = ("won", "lost")


def _as_flag(con: Any, profile: TableProfile, column: ColumnProfile, score: float) -> StageColumn:
    """A column that says whether a row is won. What is not won is lost, but for rows that another
    column (is it closed? is it lost? when was it closed?) tells to be open still."""
    lost_when = _lost_when(con, profile, column) if column.filled >= profile.rows else ""
    no: Kind = "open" if lost_when else "lost"
    made: list[tuple[str, Kind]] = [
        (value, "won" if value.lower() in YES else no) for value, _ in column.values
    ]
    return StageColumn(column.name, score, YES_OR_NO, tuple(made), lost_when)


def _beside_a_stage(profile: TableProfile, flag: StageColumn) -> StageColumn:
    """The flag says how a row ended, the stage how far it came. A flag that is blank where nothing
    is decided says lost by no; one that every row has says only what is won."""
    if profile.column(flag.name).filled < profile.rows or flag.lost_when:
        return flag
    kinds: list[tuple[str, Kind]] = [
        (value, "open" if kind == "lost" else kind) for value, kind in flag.kinds
    ]
    return replace(flag, kinds=tuple(kinds))


def _lost_when(con: Any, profile: TableProfile, won: ColumnProfile) -> str:
    """The condition of rows that ended without being won; '' where no column tells it.

    That is a flag of what is lost, else a flag or a date that is called closed: nearly all won rows
    have it, and of the others some. Any other date may be one from the middle of the way.
    """
    yes = ", ".join(literal(word) for word in YES)
    is_won = f"lower({profile.typed(won.name)}) IN ({yes})"
    found: dict[str, float] = {}
    for other in profile.columns.values():
        name, cell = column_name(other.name), profile.typed(other.name)
        if other.name == won.name or not (other.is_flag or other.is_date):
            continue
        if other.is_flag and stage_kind(other.name) == "lost":
            return f"{name} is yes and {column_name(won.name)} is not yes"
        named = meaning_score("closed", other.name)
        if named < 0.5:
            continue
        told = f"lower({cell}) IN ({yes})" if other.is_flag else f"{cell} IS NOT NULL"
        of_won, others = con.execute(
            f"SELECT count_if({told} AND {is_won}) / nullif(count_if({is_won}), 0), "
            f"count_if({told} AND NOT {is_won}) / nullif(count_if(NOT {is_won}), 0) "
            f"FROM {parquet_sql(profile.table)}"
        ).fetchone()
        if of_won is None or others is None or not 0.02 < others < 0.98:
            continue
        if of_won >= 0.9:
            found[f"{name} is {'yes' if other.is_flag else 'not empty'}"] = named
    if not found:
        return ""
    return f"{max(found, key=lambda one: found[one])} and {column_name(won.name)} is not yes"


def find_position(profile: TableProfile, outcome: StageColumn) -> StageColumn | None:
    """The column that says how far a row came, where the stage column only says how it ended.

    Pipelines are exported with a status (open, won, lost) and the stage beside it: that stage
    stays what it was when the row ended, so it tells where rows were lost.
    """
    if sum(1 for _, kind in outcome.kinds if kind == "open") > 1 or not outcome.has_end:
        return None
    best: StageColumn | None = None
    for column in profile.columns.values():
        named = meaning_score("stage", column.name)
        if column.name == outcome.name or not column.is_category or named < 0.5:
            continue
        total = sum(n for _, n in column.values)
        known = sum(n for value, n in column.values if open_place(value) is not None)
        score = 0.5 * named + 0.4 * known / total
        ends = any(stage_kind(value) in _ENDS for value, _ in column.values)
        if not ends and score >= 0.4 and (best is None or score > best.score):
            values: tuple[tuple[str, Kind], ...] = tuple((v, "open") for v, _ in column.values)
            why = f"its name says stage, and {outcome.name} only says the end"
            best = StageColumn(column.name, round(min(score, 0.99), 2), why, values)
    return best


def _is_short(column: ColumnProfile, named: float) -> bool:
    """In a file of a few rows stages hardly repeat: then name and values must both say stage."""
    if named < 0.8 or column.filled > 20 or column.is_date or column.number_share >= 0.9:
        return False
    kinds = {stage_kind(value) for value, _ in column.values}
    known = sum(1 for v, _ in column.values if stage_kind(v) or open_place(v) is not None)
    return bool(kinds & set(_ENDS)) and known * 2 >= len(column.values)


def _is_one_stage(profile: TableProfile, column: ColumnProfile, named: float) -> bool:
    """All leads of a young or filtered export stand in one stage: its name and the column's say
    so, and the rows have a date and an id, as leads do."""
    if named < 0.8 or column.different != 1 or column.filled < profile.rows:
        return False
    return open_place(column.values[0][0]) is not None and bool(
        profile.keys and any(other.is_date for other in profile.columns.values())
    )


def _ends_by_dates(con: Any, profile: TableProfile, column: ColumnProfile) -> dict[str, str]:
    """Ends told by structure: values where a date is always filled, others where it never is.

    Which of two ends is the won one: the one whose amounts are larger. Empty when nothing fits.
    """
    if not 3 <= column.different <= 15:
        return {}
    stage = profile.typed(column.name)
    for date in profile.columns.values():
        if not date.is_date or not 0.02 < date.filled / max(profile.rows, 1) < 0.98:
            continue
        cell = profile.typed(date.name)
        shares = dict(
            con.execute(
                f"SELECT {stage}, count({cell}) / count(*) FROM {parquet_sql(profile.table)} "
                f"WHERE {stage} IS NOT NULL GROUP BY 1"
            ).fetchall()
        )
        ended = [value for value, share in shares.items() if share >= 0.95]
        still = [value for value, share in shares.items() if share <= 0.05]
        if not ended or len(ended) > 4 or len(ended) + len(still) < len(shares):
            continue
        if len(ended) >= len(still) and len(still) < 2:
            continue
        return _won_by_amount(con, profile, stage, ended)
    return {}


def _other_ends(
    con: Any, profile: TableProfile, column: ColumnProfile, kinds: Mapping[str, str]
) -> dict[str, str]:
    """Further ends where words tell only some: values with the closing date as the known ends have
    it, which the open ones have not.

    Where none is called won, the value is won whose name comes nearest to a good end, or the only
    one there is; the others are lost.
    """
    unknown = [value for value in kinds if not kinds[value]]
    if not unknown or not 3 <= column.different <= 20:
        return {}
    stage = profile.typed(column.name)
    for date in profile.columns.values():
        if not date.is_date or meaning_score("closed", date.name) < 0.5:
            continue
        cell = profile.typed(date.name)
        shares = dict(
            con.execute(
                f"SELECT {stage}, count({cell}) / count(*) FROM {parquet_sql(profile.table)} "
                f"WHERE {stage} IS NOT NULL GROUP BY 1"
            ).fetchall()
        )
        ended = {value for value, share in shares.items() if share >= 0.8}
        still = {value for value, share in shares.items() if share <= 0.1}
        known = {value for value, kind in kinds.items() if kind in _ENDS}
        if not still or len(ended) + len(still) < len(shares) or not known <= ended:
            continue
        new = [value for value in unknown if value in ended]
        if "won" in kinds.values():
            return dict.fromkeys(new, "lost")
        ranks = {value: rank for value in new if (rank := end_rank(value)) is not None}
        won = [min(ranks, key=lambda v: ranks[v])] if ranks else new if len(new) == 1 else []
        return {value: "won" if value in won else "lost" for value in new} if won else {}
    return {}


def _won_by_amount(
    con: Any, profile: TableProfile, stage: str, ended: Sequence[str]
) -> dict[str, str]:
    best: dict[str, str] = {}
    spread = 0.0
    for number in profile.columns.values():
        if not number.is_number or number.different < 10:
            continue
        digits = f"TRY_CAST(regexp_replace({identifier(number.name)}, '[^0-9]', '', 'g') AS DOUBLE)"
        sums = dict(
            con.execute(
                f"SELECT {stage}, avg(coalesce({digits}, 0)) FROM {parquet_sql(profile.table)} "
                f"GROUP BY 1"
            ).fetchall()
        )
        order = sorted(ended, key=lambda value: -(sums.get(value) or 0))
        top, rest = sums.get(order[0]) or 0, max((sums.get(v) or 0 for v in order[1:]), default=0)
        if len(order) > 1 and top > 4 * rest and top > spread:
            spread = top
            best = {value: "won" if value == order[0] else "lost" for value in order}
    return best


def order_stages(kinds: Sequence[tuple[str, Kind]], *, dated: Sequence[str] = ()) -> list[StageMap]:
    """Stages in their likely order: open ones as such names usually stand, then won, then lost.

    `dated` are stages in an order that the data prove (columns of dates, a history); they go
    before what names say.
    """
    place = {value: i for i, value in enumerate(dated)}
    rank = {"open": 0, "won": 1, "recycled": 2, "lost": 3, "disqualified": 4}

    def key(item: tuple[int, tuple[str, Kind]]) -> tuple[float, float, int]:
        i, (value, kind) = item
        usual = open_place(value)
        return (
            rank[kind],
            float(place.get(value, usual if usual is not None and not place else 3.5)),
            i,
        )

    return [StageMap(value, kind) for _, (value, kind) in sorted(enumerate(kinds), key=key)]
