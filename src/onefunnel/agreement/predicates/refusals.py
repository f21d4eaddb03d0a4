"""What people write that a definition may not say, and what to write instead."""

from __future__ import annotations

from sqlglot import exp

_CLOCK = (
    "a definition that moves with the calendar",
    "compare two columns: days_between(created_at, at) <= 30",
)
_CAST = ("a cast", "write the value itself: '2024-05-31' for a day, 50 for a number")
_PATTERN = ("a regular expression", "use LIKE: % is any text, _ any one character")
_QUERY = ("a query inside a condition", "use the columns of the row itself")
_PARAMETER = ("a placeholder", "write the value itself")

REFUSALS: dict[type[exp.Expression], tuple[str, str]] = {
    exp.Div: ("division", "multiply the other side: margin * 2 > amount"),
    exp.IntDiv: ("division", "multiply the other side: margin * 2 > amount"),
    exp.Mod: ("a remainder (%)", "use + - * only"),
    exp.Cast: _CAST,
    exp.TryCast: _CAST,
    exp.CurrentDate: _CLOCK,
    exp.CurrentTimestamp: _CLOCK,
    exp.CurrentTime: _CLOCK,
    exp.CurrentDatetime: _CLOCK,
    exp.Localtime: _CLOCK,
    exp.Localtimestamp: _CLOCK,
    exp.RegexpLike: _PATTERN,
    exp.RegexpFullMatch: _PATTERN,
    exp.SimilarTo: _PATTERN,
    exp.Glob: _PATTERN,
    exp.Escape: ("ESCAPE", "patterns know only % and _"),
    exp.Select: _QUERY,
    exp.Subquery: _QUERY,
    exp.Exists: _QUERY,
    exp.Union: _QUERY,
    exp.Case: ("CASE", "use AND, OR and NOT, or points(employees >= 50, 3)"),
    exp.If: ("IF", "use AND, OR and NOT"),
    exp.DPipe: ("joining text (||)", "compare each column by itself"),
    exp.Concat: ("joining text", "put OR or a comma between the texts"),
    exp.Placeholder: _PARAMETER,
    exp.Parameter: _PARAMETER,
    exp.Null: ("NULL as a value", "write IS NULL or IS NOT NULL"),
    exp.BitwiseOr: ("|", "write OR"),
    exp.BitwiseAnd: ("&", "write AND"),
    exp.NullSafeNEQ: ("IS DISTINCT FROM", "use <> and IS NULL"),
    exp.NullSafeEQ: ("IS NOT DISTINCT FROM", "use = and IS NULL"),
    exp.Interval: ("an interval", "use days_between(from, to)"),
    exp.Pow: ("powers", "use + - * only"),
    exp.RawString: ("a raw string", "put the text in single quotes"),
    exp.Star: ("*", "name the columns"),
}
