"""Share money out so that the parts add up to the total, to the last penny."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction


def split_money(
    total: Decimal, weights: Sequence[int | float | Decimal | Fraction], places: int = 2
) -> list[Decimal]:
    """Share `total` out in proportion to `weights`; the parts sum exactly to `total`.

    Largest remainder (Hamilton): each part is rounded down to `places` digits and the units left
    over go to the largest remainders, the earlier part first where they tie. `total` may be
    negative (a refund) but must have no more than `places` digits; weights are not negative and
    not all zero.
    """
    unit = Decimal(1).scaleb(-places)
    units = total / unit
    if units != units.to_integral_value():
        raise ValueError(f"{total} has more than {places} decimal places")
    exact = [Fraction(weight) for weight in weights]
    if any(weight < 0 for weight in exact) or sum(exact) <= 0:
        raise ValueError("weights must not be negative and at least one must be above zero")
    whole, scale = abs(int(units)), sum(exact)
    sign = -1 if units < 0 else 1
    parts = _largest_remainder([whole * weight / scale for weight in exact], whole)
    return [sign * part * unit for part in parts]


def round_to_total(
    values: Sequence[float | Fraction], total: Decimal, places: int = 2
) -> list[Decimal]:
    """Round values that come to about `total` so that they come to it exactly.

    Largest remainder as in `split_money`, for parts that are known and may be of either sign: each
    is within one unit of what it was, as far as the values do come to the total.
    """
    unit = Decimal(1).scaleb(-places)
    units = [Fraction(value) / Fraction(unit) for value in values]
    return [part * unit for part in _largest_remainder(units, int(total / unit))]


def _largest_remainder(shares: Sequence[Fraction], whole: int) -> list[int]:
    """Whole numbers that come to `whole`: each share rounded down, what is left to the largest
    remainders (taken from the smallest where too much is given), the earlier first."""
    floors = [share.numerator // share.denominator for share in shares]
    by_remainder = sorted(range(len(shares)), key=lambda i: (floors[i] - shares[i], i))
    left_over = whole - sum(floors)
    if left_over < 0:
        by_remainder.reverse()
    for turn in range(abs(left_over) if shares else 0):
        floors[by_remainder[turn % len(shares)]] += 1 if left_over > 0 else -1
    return floors
