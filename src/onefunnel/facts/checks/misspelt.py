"""Categories and countries that look like slips of the pen: `technolgy`, `Philipines`."""

from __future__ import annotations

from difflib import SequenceMatcher

from onefunnel.facts.checks.context import Context, Tables, plain_key, rows
from onefunnel.facts.checks.known_words import COUNTRIES, SECTORS
from onefunnel.facts.findings import Finding
from onefunnel.facts.tables import TABLES

#: A column of more different values is no category.
FEW = 300
_SKIPPED = ("name", "email", "phone", "company", "domain", "competitor", "owner", "by")


def misspelt(tables: Tables, context: Context) -> list[Finding]:
    """Values one letter off a country, a sector, or a much commoner value of the same column.

    Looked at are the text columns of leads, deals and accounts with few different values; keys and
    names of people are not.
    """
    found: list[Finding] = []
    seen: set[tuple[str, str]] = set()
    for name in ("accounts", "leads", "deals"):
        if name not in tables:
            continue
        table = tables[name]
        keys = {c.name for c in TABLES[name].columns if c.refers_to or c.name in TABLES[name].key}
        texts = [
            column
            for column, type_ in table.schema().items()
            if type_.is_string() and column not in keys and column not in _SKIPPED
            and not column.startswith("_")
        ]  # fmt: skip
        if not texts:
            continue
        kinds = rows(table.agg(**{f"c{i}": table[c].nunique() for i, c in enumerate(texts)}))[0]
        for i, column in enumerate(texts):
            if not 1 <= kinds[f"c{i}"] <= FEW:
                continue
            filled = table.filter(table[column].notnull())
            counted = filled.group_by(column).agg(n=filled.count())
            counts = {row[column]: row["n"] for row in rows(counted)}
            for value, meant in _slips(counts):
                if (value, meant) not in seen:
                    seen.add((value, meant))
                    found.append(_finding(name, column, value, meant, counts[value]))
    return found


def _finding(name: str, column: str, value: str, meant: str, n: int) -> Finding:
    return Finding(
        "misspelt", name, column, n,
        f"{column} {value!r} ({n:,} rows of {name}) looks like a slip for {meant!r}", value,
        f"correct it at the source, or translate it under `values:` of {column} in the mapping",
    )  # fmt: skip


def _slips(counts: dict[str, int]) -> list[tuple[str, str]]:
    found = []
    common = sorted(counts, key=lambda value: (-counts[value], value))
    for value in common:
        plain = plain_key(value)
        if len(plain) < 5 or plain.isdigit() or plain in COUNTRIES or plain in SECTORS:
            continue
        meant = next(
            (
                words[k]
                for words in (COUNTRIES, SECTORS)
                for k in words
                if _one_off(plain, k) and not _one_and_many(plain, k)
            ),
            None,
        )
        if meant is None:
            meant = next(
                (
                    other
                    for other in common
                    if counts[other] >= 10 * counts[value] and _one_off(plain, plain_key(other))
                ),
                None,
            )
        if meant is not None:
            found.append((value, meant))
    return found


def _one_and_many(one: str, other: str) -> bool:
    """The singular and the plural of a word: both are right."""
    return other in (f"{one}s", f"{one}es") or one in (f"{other}s", f"{other}es")


def _one_off(one: str, other: str) -> bool:
    """One letter added, left out, changed or swapped; numbered names (Rep 1, Rep 2) are not."""
    if one == other or abs(len(one) - len(other)) > 1 or len(other) < 5 or one[0] != other[0]:
        return False
    if any(c.isdigit() for c in one + other):
        return False
    if len(one) == len(other):
        wrong = [i for i, (a, b) in enumerate(zip(one, other, strict=True)) if a != b]
        if len(wrong) == 1:
            # Short words differ by one letter and mean different things.
            return len(one) >= 7
        return (
            len(wrong) == 2
            and wrong[1] == wrong[0] + 1
            and one[wrong[0]] == other[wrong[1]]
            and one[wrong[1]] == other[wrong[0]]
        )
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    same = sum(block.size for block in matcher.get_matching_blocks())
    return same == min(len(one), len(other))
