"""A changed definition is marked on the charts over time, in their tables and in their words."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from onefunnel.agreement.templates.templates import load
from onefunnel.agreement.yaml_text import write_yaml
from onefunnel.server.agree import commands


def test_the_version_stands_on_the_chart_and_in_the_table(
    demo: Any, see: Any, make_person: Any
) -> None:
    assert "◆" not in see("/measure/funnel/?by=month")
    head = make_person("Hal Hart", team="marketing", role="lead")
    at = datetime(2026, 3, 10, tzinfo=UTC)
    version = commands.import_agreement(text=write_yaml(load("aida")), by=head, at=at)
    commands.adopt_agreement(version_id=version.public_id, by=head, at=at, refresh=False)
    by_month = see("/measure/funnel/?by=month")
    chart, _, table = by_month.partition("Show as table")
    assert "2026-03 \\u25c6 version 1" in chart
    assert "2026-03 ◆ version 1" in table
    assert "version 1 came into force on 10 March 2026" in chart
    over_time = see("/measure/funnel/").partition('aria-labelledby="head-awareness"')[2]
    assert '"label": "\\u25c6 version 1"' in over_time
    assert "2026-03 ◆ version 1" in over_time
    assert "◆" not in see("/measure/speed/")
