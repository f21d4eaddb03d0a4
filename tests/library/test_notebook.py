"""What `import onefunnel as of` promises works as the README shows it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

import onefunnel as of

ROWS = "deal id,stage,created,closed,value,source\n" + "".join(
    f"{n},{'Won' if n % 3 else 'Lost'},2026-01-{n % 28 + 1:02d},2026-03-{n % 28 + 1:02d},{n}00,"
    f"{'Web' if n % 2 else 'Fair'}\n"
    for n in range(1, 61)
)


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> of.Facts:
    folder = tmp_path_factory.mktemp("exports")
    (folder / "deals.csv").write_text(ROWS, encoding="utf-8")
    return of.Facts.read(folder, now=datetime(2026, 6, 1))


def test_stages_by_source_as_a_data_frame(facts: of.Facts) -> None:
    frame = of.stages(facts, by="source").to_pandas()
    won = frame[frame["stage"] == "Won"].set_index("source")["reached"]
    assert dict(won) == {"Web": 20, "Fair": 20}
    assert of.stages(facts).agreement is not None
    assert "deals" in facts


def test_an_answer_draws_itself(facts: of.Facts) -> None:
    chart = of.stages(facts).chart()
    assert chart.spec()["title"]
    assert "Won" in str(chart.spec())


def test_periods_may_be_text(facts: of.Facts) -> None:
    early = of.stages(facts, since="2026-01-01", until="2026-01-10").totals["leads"]
    assert early == sum(1 for n in range(1, 61) if n % 28 + 1 <= 10)


def test_the_promised_names_are_there(tmp_path: Path) -> None:
    assert {"Facts", "stages", "velocity", "channels", "value", "Agreement"} <= set(dir(of))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = of.nothing
