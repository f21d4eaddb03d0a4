"""The functions a definition may use: name, what it takes and gives, and its meaning."""

from __future__ import annotations

from dataclasses import dataclass

from onefunnel.facts.declaration import Type

#: Types that compare with one another.
FAMILIES: dict[Type, str] = {
    "text": "text",
    "int": "number",
    "number": "number",
    "money": "number",
    "time": "time",
    "day": "time",
    "flag": "flag",
}


@dataclass(frozen=True)
class Function:
    """`takes` names the family of each argument: "same" is any one family for all of them,
    "condition" what is true or not, "constant" a whole number that is written out."""

    name: str
    takes: tuple[str, ...]
    gives: Type | None
    meaning: str
    example: str


FUNCTIONS: dict[str, Function] = {
    function.name: function
    for function in (
        Function("lower", ("text",), "text", "the text in small letters", "lower(country) = 'uk'"),
        Function("upper", ("text",), "text", "the text in capitals", "upper(country) = 'UK'"),
        Function("trim", ("text",), "text", "the text without blanks at its ends", "trim(name)"),
        Function("length", ("text",), "int", "how many characters", "length(phone) >= 7"),
        Function(
            "coalesce", ("same", "same"), None, "the first that is known", "coalesce(employees, 0)"
        ),
        Function(
            "days_between",
            ("time", "time"),
            "int",
            "calendar days (UTC) from the first to the second; negative when it comes earlier",
            "days_between(created_at, at) <= 30",
        ),
        Function(
            "points",
            ("condition", "constant"),
            "int",
            "so many points where the condition is true, else none",
            "points(employees >= 50, 3) + points(country = 'UK', 2) >= 4",
        ),
    )
}

#: Letters whose capital is not one character in Python but is one in the engines.
_CAPITALS = {"ß": "ẞ"}


def small_letters(text: str) -> str:
    """Small letters, one character for one, as the engines do (İ gives i)."""
    if text.isascii():
        return text.lower()
    return "".join(c.lower()[0] for c in text)


def capitals(text: str) -> str:
    """Capitals, one character for one, as the engines do (ß gives ẞ)."""
    if text.isascii():
        return text.upper()
    return "".join(_capital(c) for c in text)


def _capital(letter: str) -> str:
    for capital in (letter.upper(), letter.title(), _CAPITALS.get(letter, letter)):
        if len(capital) == 1:
            return capital
    return letter


#: What `trim` takes off, everywhere the same.
BLANKS = " \t\n\r\v\f"
