"""Text in the cells of a CSV file that people open in a spreadsheet."""

from __future__ import annotations

_BLANKS = " \t\r\n"


def for_spreadsheets(text: str) -> str:
    """The text, with an apostrophe in front where a spreadsheet would run it as a formula.

    That is text that begins with `=`, `+`, `-` or `@`, blanks before it or not, or with a tab or
    a line end. Numbers stay as they are, `-5` and the telephone number `+44 20` among them, and
    so does a lone sign.
    """
    bare = text.strip(_BLANKS)
    runs = bare.startswith(("=", "@")) or (bare.startswith(("+", "-")) and not _is_number(bare[1:]))
    return f"'{text}" if runs or text.startswith(("\t", "\r", "\n")) else text


def _is_number(digits: str) -> bool:
    for separator in (" ", ".", ","):
        digits = digits.replace(separator, "")
    return not digits or (digits.isascii() and digits.isdigit())
