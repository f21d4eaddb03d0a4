from onefunnel.statistics.follow_up import is_too_early


def test_three_median_lags_are_enough() -> None:
    assert is_too_early(89, 30)
    assert not is_too_early(90, 30)


def test_nothing_to_judge_by() -> None:
    assert not is_too_early(5, None)
