from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def chart_script() -> None:
    """The script that draws charts, where the test workspace serves it from."""
    from django.conf import settings

    from onefunnel.server.site.assets import chart_script

    chart_script(settings.WORKSPACE)


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Path]:
    """An empty workspace folder, and nothing remembered of the one before."""
    from django.conf import settings

    from onefunnel.server.warehouse.columns import reading

    before = settings.WORKSPACE
    settings.WORKSPACE = tmp_path
    yield tmp_path
    settings.WORKSPACE = before
    reading._copies.pop(tmp_path / "columns", None)
