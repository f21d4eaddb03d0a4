"""The page of duplicates in a real browser: axe finds nothing, nothing scrolls sideways."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.server.warehouse.test_duplicates_page import PAGE, found

__all__ = ["found"]


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(
    transactional_db: None,
    found: None,
    operations: Any,
    signed_in_page: Any,
    width: int,
    scheme: str,
) -> None:
    page = signed_in_page(operations, PAGE)
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    bad = [
        (one["id"], [node["html"] for node in one["nodes"]])
        for one in Axe().run(page).response["violations"]
        if one["impact"] in {"serious", "critical"}
    ]
    assert bad == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
