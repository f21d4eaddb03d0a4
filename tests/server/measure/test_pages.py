from __future__ import annotations

from typing import Any

import pytest


@pytest.mark.parametrize("key", ["funnel", "speed", "channels", "value"])
def test_a_page_answers_its_question(demo: Any, see: Any, key: str) -> None:
    text = see(f"/measure/{key}/")
    assert "<h1>" in text
    assert 'data-chart="chart-' in text
    assert 'class="figure"' in text


def test_the_list_behind_a_number(demo: Any, see: Any) -> None:
    text = see("/measure/list/?measure=stages&figure=reached&row.stage=Won")
    assert "data-of-list" in text


def test_a_sum_is_told_to_machines_without_separators(demo: Any, see: Any) -> None:
    text = see("/measure/list/?measure=value&figure=won_amount&row.currency=EUR")
    exact = text.split('data-of-list="')[1].split('"')[0]
    assert float(exact) > 1000
    assert "," not in exact
