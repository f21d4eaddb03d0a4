"""`onefunnel agree compare`: two files in, every difference out."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.stage import Stage
from onefunnel.agreement.yaml_text import write_yaml
from tests.library.test_command_line import run

ROWS = "Deal ID,Stage,Created,Closed,Amount,Fit Points\n" + "".join(
    f"{n},{'Won' if n % 3 else 'Lost'},2026-01-{n % 28 + 1:02d},2026-03-01,{n}.25,{n}\n"
    for n in range(1, 61)
)
WON = [n for n in range(1, 61) if n % 3]

OURS = Agreement(
    "Ours",
    stages=(
        Stage("Lost", "lost", "stage = 'Lost'"),
        Stage("Big", "open", "stage = 'Won' AND \"Fit Points\" >= 10"),
        Stage("Won", "won", "stage = 'Won'", leads=("sales",)),
    ),
)


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str, str]:
    lost, big, won = OURS.stages
    bigger = replace(big, when="stage = 'Won' AND \"Fit Points\" >= 20")
    theirs = replace(OURS, stages=(lost, bigger, replace(won, leads=("marketing",))))
    (tmp_path / "ours.yaml").write_text(write_yaml(OURS), encoding="utf-8")
    (tmp_path / "theirs.yaml").write_text(write_yaml(theirs), encoding="utf-8")
    (tmp_path / "exports").mkdir()
    (tmp_path / "exports" / "deals.csv").write_text(ROWS, encoding="utf-8")
    return str(tmp_path / "ours.yaml"), str(tmp_path / "theirs.yaml"), str(tmp_path / "exports")


def test_leads_and_money_are_counted_in_the_exports(files: tuple[str, str, str]) -> None:
    ours, theirs, exports = files
    done = run("agree", "compare", ours, theirs, "--from", exports, "--format", "csv")
    assert done.returncode == 0, done.stderr
    big, won = csv.DictReader(io.StringIO(done.stdout))
    between = [n for n in WON if 10 <= n < 20]
    assert (big["kind"], big["leads"], big["ours_only"], big["theirs_only"]) == (
        "moved boundary", str(len(between)), str(len(between)), "0",
    )  # fmt: skip
    assert Decimal(big["money"]) == sum(n + Decimal("0.25") for n in between)
    assert (won["kind"], won["leads"], won["ours_only"]) == ("other owner", str(len(WON)), "0")


def test_json_is_whole_and_the_table_says_how_to_count(files: tuple[str, str, str]) -> None:
    ours, theirs, _ = files
    answer = json.loads(run("agree", "compare", ours, theirs, "--format", "json").stdout)
    assert set(answer) == {"ours", "theirs", "matches", "discrepancies", "notes"}
    assert answer["ours"]["digest"] == OURS.digest
    assert [each["number"] for each in answer["discrepancies"]] == [1, 2]
    assert {each["by"] for each in answer["matches"]} == {"name"}
    shown = run("agree", "compare", ours, theirs).stdout
    assert "2 discrepancies." in shown
    assert "--from DIR" in shown
    assert "there is no column 'Fit Points'" in shown
    assert "0 discrepancies." in run("agree", "compare", ours, ours).stdout


def test_a_mistake_gives_one_line(files: tuple[str, str, str]) -> None:
    ours, theirs, _ = files
    for words, part in (
        ((ours,), "THEIRS.yaml"),
        ((ours, "nowhere.yaml"), "THEIRS.yaml: there is no file or folder nowhere.yaml"),
        ((ours, theirs, "--from", "nowhere"), "there is no file or folder nowhere"),
    ):
        done = run("agree", "compare", *words)
        assert (done.returncode, done.stdout) == (2, "")
        assert part in done.stderr
        assert len(done.stderr.strip().splitlines()) == 1
    assert "--from exports/" in run("agree", "compare", "--help").stdout
