"""Texts as people type them, made fit to be kept."""

from __future__ import annotations


def one_line(text: str) -> str:
    """The text in one line, without control characters, which some databases refuse."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
