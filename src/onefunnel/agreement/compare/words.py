"""What changed between two texts, word by word."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

PieceKind = Literal["same", "added", "removed"]

#: Texts of more words than this are shown as a whole: comparing them would take seconds.
MOST = 5_000
_WORD = re.compile(r"\w+(?:[.,'’_-]\w+)*|[^\w\s]+")


@dataclass(frozen=True)
class Piece:
    """A run of words that both texts have, or only the new one, or only the old one."""

    text: str
    kind: PieceKind


def word_diff(old: str, new: str) -> tuple[Piece, ...]:
    """Both texts as one, in order: what stayed, what was removed, what was added.

    Words are compared as they are written; numbers, names and operators stay whole. Blanks and line
    breaks make no difference: one between two words is kept as a blank. The pieces that are not
    added, joined, are the old text; those that are not removed, joined, are the new one (both up to
    blanks). What was replaced stands as removed, then added.
    """
    before, after = _words(old), _words(new)
    if len(before) + len(after) > MOST:
        return tuple(_pieces((("removed", before), ("added", after))))
    old_words, new_words = [word for word, _ in before], [word for word, _ in after]
    found: list[tuple[PieceKind, list[tuple[str, bool]]]] = []
    for tag, i, j, k, m in SequenceMatcher(None, old_words, new_words, False).get_opcodes():
        if tag == "equal":
            found.append(("same", after[k:m]))
        else:
            found += [("removed", before[i:j]), ("added", after[k:m])]
    return tuple(_pieces(found))


def _words(text: str) -> list[tuple[str, bool]]:
    """Each word or run of signs, and whether a blank comes before it."""
    return [
        (match.group(), match.start() > 0 and text[match.start() - 1].isspace())
        for match in _WORD.finditer(text)
    ]


def _pieces(runs: Sequence[tuple[PieceKind, list[tuple[str, bool]]]]) -> Iterator[Piece]:
    for kind, words in runs:
        if words:
            text = "".join(f" {word}" if is_apart else word for word, is_apart in words)
            yield Piece(text, kind)
