from __future__ import annotations

import pytest


@pytest.fixture(scope="session")
def chart_script() -> None:
    """The script that draws charts, where the test workspace serves it from."""
    from django.conf import settings

    from onefunnel.server.site.assets import chart_script

    chart_script(settings.WORKSPACE)
