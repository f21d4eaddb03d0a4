"""LIKE patterns on one text, in time that no pattern can blow up."""

from __future__ import annotations

from collections.abc import Callable

from onefunnel.agreement.predicates.functions import small_letters


def matcher(pattern: str, *, ignores_case: bool) -> Callable[[str], bool]:
    """Whether a text matches: % is any text, _ any one character, everything else itself.

    No regular expression: each piece between two % is looked for once, leftmost first, so the
    work is at most text length times pattern length.
    """
    if ignores_case:
        inner = matcher(small_letters(pattern), ignores_case=False)
        return lambda text: inner(small_letters(text))
    if "%" not in pattern:
        return lambda text: len(text) == len(pattern) and _fits(text, 0, pattern)
    first, *middle, last = pattern.split("%")
    pieces = [piece for piece in middle if piece]
    shortest = len(first) + len(last)

    def matches(text: str) -> bool:
        if len(text) < shortest or not _fits(text, 0, first):
            return False
        end = len(text) - len(last)
        if not _fits(text, end, last):
            return False
        position = len(first)
        for piece in pieces:
            position = _find(text, piece, position, end)
            if position < 0:
                return False
            position += len(piece)
        return True

    return matches


def _fits(text: str, start: int, piece: str) -> bool:
    """Whether the piece stands in the text at `start` (the text is long enough)."""
    if "_" not in piece:
        return text.startswith(piece, start)
    return all(want in ("_", text[start + i]) for i, want in enumerate(piece))


def _find(text: str, piece: str, start: int, end: int) -> int:
    """Where the piece first stands in text[start:end]; -1 where it does not."""
    if "_" not in piece:
        return text.find(piece, start, end)
    for position in range(start, end - len(piece) + 1):
        if _fits(text, position, piece):
            return position
    return -1
