"""What attribution says in one sentence: credit, not cause, and whether the rules agree."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from onefunnel.measures.steps.credit_policy import title
from onefunnel.measures.steps.credited import RULES
from onefunnel.measures.steps.shares import MIN_LEADS


def sentence(result: Sequence[dict[str, Any]], by: str, agreed: str, won: int) -> str:
    """What most of the credit goes to under the agreed rule, and whether others say the same.

    `result` holds the rows of what has a touch.
    """
    plain = by.removesuffix("_id").replace("_", " ")
    if not won:
        return "Nothing was won here yet, so there is nothing to credit."
    if not result:
        return f"None of {won:,} won has a touch before it, so nothing is credited to any {plain}."
    if sum(row["linear_credit"] for row in result) < MIN_LEADS:
        return f"Credit, not cause: of {won:,} won too few have touches to tell an order."
    orders = {rule: _order(result, rule, by) for rule in RULES}
    top = orders[agreed][0]
    if len(result) == 1:
        return f"Credit, not cause: {top} is the only {plain} there is."
    row = next(row for row in result if row[by] == top)
    low, high = (f"{row[f'{end}_credit']:,.1f}" for end in ("lowest", "highest"))
    said = f"{low} to {high} of {won:,} won" if low != high else f"{low} of {won:,} won"
    others = [rule for rule in RULES if orders[rule][0] != top]
    if others:
        return (
            f"Credit, not cause, and the order flips with the rule: by {title(agreed)} {top} is "
            f"credited with most ({said} over all rules), by {title(others[0])} "
            f"{orders[others[0]][0]}."
        )
    same = all(order == orders[agreed] for order in orders.values())
    rest = (
        "and the order of all is the same whichever rule is used"
        if same
        else "but the order of the others depends on the rule"
    )
    return f"Credit, not cause: {top} is credited with most under every rule ({said}), {rest}."


def _order(result: Sequence[dict[str, Any]], rule: str, by: str) -> list[str]:
    """The groups by credit; those with the same credit by name."""
    return [row[by] for row in sorted(result, key=lambda row: (-row[f"{rule}_credit"], row[by]))]
