import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from onefunnel.statistics.lmdi import explain_product

positive = st.floats(0.01, 1e6)
NAMES = ("deals", "win_share", "amount", "cycle_days")


@example([1.0, 5.0, 10485.791914043104, 1.0], [5.0, 5.0, 10485.791914043104, 5.0])
@example([1.0, 99.0, 219108.7919140431, 1.0], [99.0, 99.0, 219108.7919140431, 99.0])
@given(st.lists(positive, min_size=4, max_size=4), st.lists(positive, min_size=4, max_size=4))
def test_the_parts_sum_to_the_change(before: list[float], after: list[float]) -> None:
    effects = explain_product(
        dict(zip(NAMES, before, strict=True)),
        dict(zip(NAMES, after, strict=True)),
        frozenset({"cycle_days"}),
    )
    assert effects is not None
    value = [row[0] * row[1] * row[2] / row[3] for row in (before, after)]
    rounding = 1e-12 * max(value)  # the products themselves are known no better than this
    assert sum(effects.values()) == pytest.approx(value[1] - value[0], rel=1e-6, abs=rounding)


def test_only_the_factor_that_moved_explains() -> None:
    effects = explain_product({"a": 2.0, "b": 5.0}, {"a": 4.0, "b": 5.0})
    assert effects == pytest.approx({"a": 10.0, "b": 0.0})


def test_a_zero_factor_has_no_split() -> None:
    assert explain_product({"a": 0.0}, {"a": 1.0}) is None
