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
    shares = [whole * weight / scale for weight in exact]
    floors = [share.numerator // share.denominator for share in shares]
    left_over = whole - sum(floors)
    by_remainder = sorted(range(len(shares)), key=lambda i: (floors[i] - shares[i], i))
    for i in by_remainder[:left_over]:
        floors[i] += 1
    sign = -1 if units < 0 else 1
    return [sign * floor * unit for floor in floors]
