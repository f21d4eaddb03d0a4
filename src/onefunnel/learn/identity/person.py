"""Can two names, however typed, be the same person's?"""

from __future__ import annotations

import re
import unicodedata

_TITLES = frozenset(
    ["mr", "mrs", "ms", "miss", "mx", "dr", "prof", "herr", "frau", "mme", "m", "mlle", "sig",
     "sra", "sr", "ing", "dipl", "mag", "phd", "msc", "bsc", "mba", "jr", "ii", "iii"]
)  # fmt: skip
_NOT_WORD = re.compile(r"[^\w]+|_|[0-9]+")
_LETTERS = str.maketrans({"ß": "ss", "ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe"})


def name_words(name: str | None) -> tuple[str, ...]:
    """The words of a person's name in order, without case, accents and titles.

    `LEE, Ann` and `Dr. Ann Lee` are both (ann, lee).
    """
    if not name:
        return ()
    last, comma, first = name.partition(",")
    text = f"{first} {last}" if comma else name
    text = unicodedata.normalize("NFKD", text.lower().translate(_LETTERS))
    text = "".join(letter for letter in text if not unicodedata.combining(letter))
    return tuple(word for word in _NOT_WORD.sub(" ", text).split() if word not in _TITLES)


def names_agree(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether two names (as words) can be one person's as written: same words in any order, or
    the same first and last word, one of them perhaps an initial (A. Lee, Ann M. Lee, Ann L.).

    A slip of the pen does not agree: that is for a person to see. A missing name does not
    disagree with anything.
    """
    if not one or not other or sorted(one) == sorted(other):
        return True
    if len(one) == 1 or len(other) == 1:
        short, full = (one, other) if len(one) < len(other) else (other, one)
        return len(short) < len(full) and short[0] in (full[0], full[-1])
    return _same_place(one, other) or _same_place(one, other[::-1])


def _same_place(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """First and last words agree, one of the two pairs perhaps as an initial only."""
    first, last = one[0] == other[0], one[-1] == other[-1]
    if first and last:
        return True
    return (first and _initial(one[-1], other[-1])) or (last and _initial(one[0], other[0]))


def _initial(one: str, other: str) -> bool:
    return one[0] == other[0] and 1 in (len(one), len(other))
