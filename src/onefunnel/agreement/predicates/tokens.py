"""Text of a predicate to a syntax tree that is not yet trusted, within fixed limits."""

from __future__ import annotations

from typing import cast

from sqlglot import exp
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.errors import ParseError, TokenError
from sqlglot.tokenizer_core import Token, TokenType

from onefunnel.agreement.predicates.errors import PredicateError

LONGEST = 10_000
MOST_TOKENS = 2_000
DEEPEST = 60

_DIALECT = DuckDB()
_OPENERS = {TokenType.L_PAREN: "(", TokenType.L_BRACKET: "[", TokenType.L_BRACE: "{"}
_CLOSERS = {TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.R_BRACE}
_PREFIXES = {TokenType.NOT, TokenType.DASH, TokenType.TILDE, TokenType.PLUS}


def syntax_of(text: str) -> exp.Expression:
    """The one condition in `text`; PredicateError where it is not one or is too large."""
    _check_letters(text)
    try:
        tokens = _DIALECT.tokenize(text)
    except TokenError as error:
        raise PredicateError(
            text, None, "a quotation mark is never closed", "put ' at both ends of each text"
        ) from error
    _check_tokens(text, tokens)
    try:
        found = _DIALECT.parser().parse_into(exp.Condition, tokens, text)
    except ParseError as error:
        raise _not_a_condition(text, tokens, error) from error
    except RecursionError:
        raise too_deep(text) from None
    if len(found) != 1 or found[0] is None:
        raise PredicateError(text, 0, "this is not one condition", "write one condition")
    return cast(exp.Expression, found[0])


def names_in(text: str) -> frozenset[str]:
    """Every name a condition mentions, as written: its columns, and what stands before their dot.

    No column that `parse` would read out of the text is missing here, whatever the tables hold.
    PredicateError where the text is not one condition.
    """
    return frozenset(name.name for name in syntax_of(text).find_all(exp.Identifier))


def too_deep(text: str) -> PredicateError:
    return PredicateError(
        text, None, f"more than {DEEPEST} levels of nesting", "split it into simpler conditions"
    )


def _check_letters(text: str) -> None:
    if len(text) > LONGEST:
        raise PredicateError(
            text, None, f"longer than {LONGEST:,} characters", "define it with fewer conditions"
        )
    for position, letter in enumerate(text):
        if (letter < " " and letter not in "\t\n\r") or "\ud800" <= letter <= "\udfff":
            raise PredicateError(
                text, position, f"an invisible control character (U+{ord(letter):04X})", "delete it"
            )


def _check_tokens(text: str, tokens: list[Token]) -> None:
    if not tokens:
        raise PredicateError(
            text, None, "there is no condition", "write one, such as stage = 'SQL'"
        )
    if len(tokens) > MOST_TOKENS:
        raise PredicateError(
            text, None, f"more than {MOST_TOKENS:,} words", "define it with fewer conditions"
        )
    depth = prefixes = 0
    for token in tokens:
        prefixes = prefixes + 1 if token.token_type in _PREFIXES else 0
        if token.token_type in _OPENERS:
            depth += 1
        elif token.token_type in _CLOSERS:
            depth -= 1
        if token.comments:
            raise PredicateError(
                text, token.end + 1, "a comment", "put comments into the YAML, after a #"
            )
        if token.token_type is TokenType.SEMICOLON:
            raise PredicateError(
                text, token.start, "a second statement", "one condition only, without ;"
            )
        if max(depth, prefixes) > DEEPEST:
            raise too_deep(text)
        if depth < 0:
            raise PredicateError(text, token.start, "a bracket closes that never opened")
    if depth:
        raise PredicateError(text, len(text), "a bracket is never closed", "add the missing )")


def _not_a_condition(text: str, tokens: list[Token], error: ParseError) -> PredicateError:
    position, near = None, ""
    for entry in error.errors:
        line, column = entry.get("line"), entry.get("col")
        token = next((t for t in tokens if (t.line, t.col) == (line, column)), None)
        if token is not None:
            position, near = token.start, text[token.start : token.end + 1]
            break
    if tokens[0].token_type is TokenType.SELECT or not near:
        what = "this is not a condition"
    else:
        what = f"not understood near {near!r}"
    return PredicateError(
        text, position, what, "write conditions such as country = 'UK' AND employees >= 50"
    )
