"""What comes back for what was spent."""

from __future__ import annotations


def return_on(margin: float, cost: float) -> float | None:
    """(margin - cost) / cost: 0.44 is 44 % more than was spent; None where nothing was spent."""
    return (margin - cost) / cost if cost > 0 else None


def months_to_pay_back(cost_per_customer: float, margin_per_month: float) -> float | None:
    """Months of a customer's margin that its cost takes; None where it brings none."""
    return cost_per_customer / margin_per_month if margin_per_month > 0 else None
