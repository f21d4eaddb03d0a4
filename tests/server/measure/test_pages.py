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
