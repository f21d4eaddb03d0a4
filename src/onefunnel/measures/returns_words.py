"""What returns say in a sentence and in notes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from onefunnel.measures.steps.credit_policy import title
from onefunnel.measures.steps.earned import Earned
from onefunnel.measures.words import money, percent


def sentence(result: Sequence[dict[str, Any]], earned: Earned) -> str:
    """What brought back most for what was spent, where its interval lies above all others."""
    if earned.policy.refusal:
        return f"{earned.policy.refusal}. What was won is counted."
    told = [row for row in result if row["return_share"] is not None]
    if not told:
        return "Credit, not cause: too few wins or no spend to tell what came back for it."
    if len({row["currency"] for row in told}) > 1:
        return "Credit, not cause: money is in different currencies, the table has each."
    best = max(told, key=lambda row: row["return_share"])
    name, share = best[earned.by], best["return_share"]
    low, high = (money(best["currency"], best[f"{end}_margin"]) for end in ("lowest", "highest"))
    said = f"{percent(abs(share), 0)} {'more' if share >= 0 else 'less'} than was spent on it"
    over = f"its margin is {low} to {high} over all rules"
    if all(row is best or row["high"] < best["low"] for row in told):
        return f"Credit, not cause: {name} brought back {said}, the most; {over}."
    return (
        "Credit, not cause, and no return stands out, as their 95% intervals overlap: "
        f"{name} brought back {said}; {over}."
    )


def notes(result: Sequence[dict[str, Any]], earned: Earned) -> tuple[str, ...]:
    """By which rule and day money is credited, and what is lacking."""
    told = [*earned.policy.notes]
    if not earned.policy.refusal:
        told.append(
            f"Shares, costs and months by {title(earned.rule)}. By the day of the touch: what is "
            "still won later adds to it. What was won without a touch stands by the day of the win."
        )
        told.append("Margin as recorded with the deals; where it is missing none is assumed.")
    if len({row["currency"] for row in result}) > 1:
        told.append("Amounts in different currencies are not added together.")
    if earned.scope.where:
        told.append("Spend is not kept by lead, so it is left out while leads are filtered.")
    elif earned.spent is None:
        told.append(f"The facts have no spend by {earned.by.replace('_', ' ')}.")
    if earned.monthly is None and not earned.policy.refusal:
        told.append("No orders with a margin follow the wins, so nothing tells the months to pay.")
    return tuple(told)
