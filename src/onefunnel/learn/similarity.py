"""How alike two texts are: DuckDB's edit distances as Ibis functions, and token ratios."""

from __future__ import annotations

from typing import Any

import ibis

#: Typed loosely because Ibis types its decorator not at all.
_engine: Any = ibis.udf.scalar.builtin


@_engine(name="jaro_similarity")  # type: ignore[untyped-decorator]
def jaro(one: str, other: str) -> float:
    """Jaro similarity, 0..1 (Jaro 1989); computed by the engine."""
    raise NotImplementedError


@_engine(name="jaro_winkler_similarity")  # type: ignore[untyped-decorator]
def jaro_winkler(one: str, other: str) -> float:
    """Jaro-Winkler similarity, 0..1, prefix weight 0.1 (Winkler 1990); computed by the engine."""
    raise NotImplementedError


@_engine(name="levenshtein")  # type: ignore[untyped-decorator]
def levenshtein(one: str, other: str) -> int:
    """The fewest single-letter changes from one text to the other; computed by the engine."""
    raise NotImplementedError


def ratio(one: str, other: str) -> float:
    """Twice the longest common subsequence over both lengths, 0..100; two empty texts are 100."""
    if not one and not other:
        return 100.0
    row = [0] * (len(other) + 1)
    for letter in one:
        before = 0
        for place, beside in enumerate(other, 1):
            kept = row[place]
            row[place] = before + 1 if letter == beside else max(row[place], row[place - 1])
            before = kept
    return 200.0 * row[-1] / (len(one) + len(other))


def token_sort_ratio(one: str, other: str) -> float:
    """`ratio` of the words in alphabetical order: blind to word order."""
    return ratio(" ".join(sorted(one.lower().split())), " ".join(sorted(other.lower().split())))


def token_set_ratio(one: str, other: str) -> float:
    """The best `ratio` among the common words and the common words with each rest, 0..100.

    100 as soon as one text's words are all in the other (Bank, Bank of England): for ranking
    candidates, never the only reason to call two things the same.
    """
    words, others = set(one.lower().split()), set(other.lower().split())
    common = " ".join(sorted(words & others))
    first = f"{common} {' '.join(sorted(words - others))}".strip()
    second = f"{common} {' '.join(sorted(others - words))}".strip()
    if not common:
        return ratio(first, second)
    return max(ratio(common, first), ratio(common, second), ratio(first, second))
