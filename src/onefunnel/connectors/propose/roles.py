"""What each file is: leads, deals, a stage history, accounts, orders, spend, touches, a lookup."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from onefunnel.connectors.apply.rows import parquet_sql
from onefunnel.connectors.propose.dates import dates_of_stages, says_more, stage_date_columns
from onefunnel.connectors.propose.field_history import FieldRows
from onefunnel.connectors.propose.links import Link
from onefunnel.connectors.propose.meanings import says_digits
from onefunnel.connectors.propose.naming import meaning_score, tokens
from onefunnel.connectors.propose.profile import TableProfile
from onefunnel.connectors.propose.stages import StageColumn, find_position, find_stage_column
from onefunnel.facts.sql_text import identifier


def _of_many(word: str) -> str:
    """The word for one of them: opportunities -> opportunity, leads -> lead."""
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


@dataclass
class Role:
    """One file and what it is. `role`: leads, deals, history, accounts, orders, spend, awareness,
    touches, installed, stages, lookup or left out (then `why` says why)."""

    place: int
    profile: TableProfile
    role: str = ""
    why: str = ""
    key: str = ""
    case: str = ""
    stage: StageColumn | None = None
    #: How far a row came, where the stage column only says how it ended.
    position: StageColumn | None = None
    stage_dates: list[tuple[str, str]] = field(default_factory=list)
    #: Dates named after values of the stage column, where that column tells the funnel.
    dated: list[tuple[str, str]] = field(default_factory=list)
    #: Of a history of any field: which rows tell of the stage.
    rows: FieldRows | None = None

    @property
    def has_amount(self) -> bool:
        return any(
            (named := meaning_score("amount", name)) >= 0.7
            and (column.is_number or says_digits(column, named))
            for name, column in self.profile.columns.items()
        )

    def says(self, meaning: str) -> float:
        """How well the name of the file (of a sheet: its own name) says that meaning.

        Files are named by what they hold many of: `opportunities.csv` says opportunity.
        """
        table = self.profile.table
        name = re.sub(r"\.\w+$", "", table.file.split("/")[-1])
        if table.shown != table.file:
            name = table.sheet
        one = " ".join(_of_many(word) for word in tokens(name))
        return max(meaning_score(meaning, name), meaning_score(meaning, one))

    def has_date(self) -> bool:
        return any(column.is_date for column in self.profile.columns.values())


def first_look(con: Any, place: int, profile: TableProfile) -> Role:
    """Key, stage column and stage dates of one file."""
    role = Role(place, profile)
    role.stage = find_stage_column(con, profile)
    role.key = _key(profile, role.stage.name if role.stage else "") or _near_key(con, role)
    role.stage_dates = stage_date_columns(profile)
    if role.stage is not None:
        dated = dates_of_stages(profile, role.stage)
        if says_more(role.stage, dated, role.stage_dates):
            role.dated, role.stage_dates = dated, []
        if not role.stage_dates:
            role.position = find_position(profile, role.stage)
    return role


#: Words in the id of a row that tells of a change.
_HISTORY = frozenset({"history", "historie", "historique", "historial", "historico", "storico",
                      "verlauf", "log", "change", "changes", "event", "entry", "move", "stage",
                      "transition", "update"})  # fmt: skip
#: Values that look like ids: letters and digits as in `D-0017`, or long hexadecimal ones.
_ID_LIKE = r"^([A-Za-z]{1,6}[-_/# ]?\d[\d-]*|[0-9A-Fa-f-]{16,}|[0-9A-Za-z]{15}|[0-9A-Za-z]{18})$"


def _near_key(con: Any, role: Role) -> str:
    """A column that identifies nearly every row: named like an id, or with values like ids.

    Filled in 80 % of the rows or more; of rows that differ, 90 % or more (98 % where only the
    values look like ids) have a value of their own. Rows that say exactly the same are one.
    """
    profile = role.profile
    if not profile.rows:
        return ""
    source = parquet_sql(profile.table)
    every = ", ".join(identifier(name) for name in profile.columns)
    fullest = max((column.different for column in profile.columns.values()), default=0)
    own = {word.rstrip("s") for word in tokens(profile.name)}
    best, most = "", 0.0
    for name, column in profile.columns.items():
        if role.stage is not None and name == role.stage.name:
            continue
        if column.filled < 0.8 * profile.rows or column.is_date or column.is_category:
            continue
        if (column.is_number and column.decimal_share > 0) or column.different < 3:
            continue
        said = meaning_score("id", name)
        if set(tokens(name)) & own:
            said += 0.2
        if meaning_score("account", name) > max(0.5, _case_score(name)):
            said = 0.0
        # Rows that differ are as many as the different values of any one column: without a query.
        # Both may be estimates, and words for "nothing" may count as values.
        fewest = 0.95 * fullest - (profile.rows - column.filled)
        if 1.05 * column.different + 30 < (0.9 if said >= 0.6 else 0.98) * fewest:
            continue
        cell = profile.plain(name)
        rows, different, like = con.execute(
            f"SELECT count(*), count(DISTINCT c), count_if(regexp_matches(c, '{_ID_LIKE}')) FROM "
            f"(SELECT DISTINCT {every}, {cell} AS c FROM {source}) WHERE c IS NOT NULL"
        ).fetchone()
        looks = 0.3 if like >= 0.95 * rows else 0.0
        least = 0.9 if said >= 0.6 else 0.98 if looks else 2.0
        if different >= least * rows and said + looks > most:
            best, most = name, said + looks
    return best


def _case_score(name: str) -> float:
    return max(meaning_score("lead", name), meaning_score("deal", name))


def _key(profile: TableProfile, stage: str) -> str:
    """The column that most looks like the row's own id; the stage is none, however few rows."""
    keys = [name for name in profile.keys if name != stage]
    if not keys:
        return ""
    order = list(profile.columns)
    own = set(tokens(profile.table.name))

    def score(name: str) -> tuple[float, int]:
        said = set(tokens(name))
        value = meaning_score("id", name) + 0.2 * bool(said & own)
        value += 0.3 * (profile.column(name).length <= 40) - 0.4 * (
            meaning_score("name", name) >= 0.9 or profile.column(name).email_share > 0.8
        )
        return value, -order.index(name)

    return max(keys, key=score)


def history_case(con: Any, role: Role, links: Sequence[Link]) -> str:
    """The column that names the lead or deal when the file has several rows for each; or ''."""
    if role.stage is None or not role.has_date() or role.stage_dates:
        return ""
    linked = {link.ours for link in links if link.here == role.place and link.loose_share >= 0.5}
    best, most = "", 1.15
    for name, column in role.profile.columns.items():
        if column.is_date or column.is_flag or column.different < 2:
            continue
        if name not in linked and column.is_number and _is_measured(name):
            continue
        if column.is_category and not _names_few_cases(role, name, is_linked=name in linked):
            continue
        said = max(meaning_score(m, name) for m in ("id", "lead", "deal"))
        if name == role.stage.name or (name not in linked and said < 0.5):
            continue
        if name in linked and said < 0.5 and column.different * 20 < role.profile.rows:
            continue
        if _is_deal_like(role) and not _names_a_case(name):
            continue
        if _has_deals_of_its_own(role, name):
            continue
        repeats = column.filled / column.different
        stages = _stages_per_case(con, role, name)
        if repeats > most and stages > 1.1 and repeats < 60:
            best, most = name, repeats * (1.5 if name in linked else 1.0)
    if best and best not in linked and role.has_amount and not _has_times(con, role, best):
        # The same deals told again at other stages, but not when: rows of deals, not moves.
        role.key = best
        return ""
    return best


def _is_measured(name: str) -> bool:
    """A percentage or a sum of money: `deal_value` says deal, and names none."""
    return max(meaning_score("probability", name), meaning_score("amount", name)) >= 0.5


def _has_times(con: Any, role: Role, case: str) -> bool:
    """Does a date tell the rows of a case apart, in half of the cases that have several or more?"""
    dates = [column.name for column in role.profile.columns.values() if column.is_date]
    case_cell, source = role.profile.plain(case), parquet_sql(role.profile.table)
    for name in dates:
        several, told = con.execute(
            f"SELECT count(*), count_if(times > 1) FROM (SELECT count(DISTINCT d) AS times FROM "
            f"(SELECT {case_cell} AS c, {role.profile.typed(name)} AS d FROM {source}) "
            "WHERE c IS NOT NULL GROUP BY c HAVING count(*) > 1)"
        ).fetchone()
        if told >= 0.5 * several:
            return True
    return False


def _is_deal_like(role: Role) -> bool:
    """Rows with an id of their own and an amount or several dates: deals, many per customer."""
    dates = [c for c in role.profile.columns.values() if c.is_date and c.filled]
    return bool(role.key) and (role.has_amount or len(dates) >= 2)


def _has_deals_of_its_own(role: Role, case: str) -> bool:
    """Is each row a lead or deal with an id of its own, so that `case` is something of it?

    A history repeats the id of the deal; where each row has another one, it is no history.
    """
    if not role.key or role.key == case or role.rows is not None:
        return False
    if _names_a_case(role.key) and not _HISTORY & set(tokens(role.key)):
        return not _names_a_case(case) or meaning_score("id", case) < 0.5 or role.has_amount
    is_called = role.says("deal") > max(0.8, role.says("lead"))  # not `deal_history`
    is_of_leads = meaning_score("lead", case) > meaning_score("deal", case)
    return role.has_amount and is_called and is_of_leads and meaning_score("id", role.key) >= 0.5


def _names_a_case(name: str) -> bool:
    """Does the header say lead or deal, and not rather customer?"""
    said = max(meaning_score("lead", name), meaning_score("deal", name))
    return said >= 0.5 and said > meaning_score("account", name)


def _names_few_cases(role: Role, name: str, *, is_linked: bool) -> bool:
    """A few deals with many rows each look like a category, but for an id of a lead or deal.

    Other files have these ids, or the file is a history of any field by its own columns.
    """
    is_id = meaning_score("id", name) >= 0.5 and _names_a_case(name)
    is_source = meaning_score("source", name) >= _case_score(name)
    return is_id and not is_source and (is_linked or role.rows is not None)


def _stages_per_case(con: Any, role: Role, case: str) -> float:
    """How many different stages a case passes on average."""
    assert role.stage is not None
    stage = role.profile.plain(role.stage.name)
    cases, pairs = con.execute(
        "SELECT count(DISTINCT c) + max((c IS NULL)::INT), count(s) FROM (SELECT DISTINCT "
        f"{identifier(case)} AS c, {stage} AS s FROM {parquet_sql(role.profile.table)})"
    ).fetchone()
    return pairs / cases if cases else 0.0


def describes_others(con: Any, profile: TableProfile, others: Sequence[TableProfile]) -> bool:
    """A data dictionary: most of its cells are names of files and columns of the others."""
    if profile.rows > 2000 or not others:
        return False
    known = {name.lower() for other in others for name in other.columns}
    known |= {re.sub(r"\.\w+$", "", other.name.split("/")[-1]).lower() for other in others}
    cells = ", ".join(profile.plain(name) for name in profile.columns)
    texts = [
        row[0].lower()
        for row in con.execute(
            f"SELECT unnest([{cells}]) AS c FROM {parquet_sql(profile.table)} "
        ).fetchall()
        if row[0]
    ]
    return bool(texts) and sum(text in known for text in texts) > 0.5 * len(texts)
