"""The command line as people meet it: one clear line on error, the same numbers as everywhere."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROWS = "deal id,stage,created,closed,value,source\n" + "".join(
    f"{n},{'Won' if n % 3 else 'Lost'},2026-01-{n % 28 + 1:02d},2026-03-{n % 28 + 1:02d},{n}00,"
    f"{'Web' if n % 2 else 'Fair'}\n"
    for n in range(1, 61)
)


def run(*words: str) -> subprocess.CompletedProcess[str]:
    program = "from onefunnel.cli.app import main; main()"
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program, *words], capture_output=True, text=True
    )


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exports")
    (folder / "deals.csv").write_text(ROWS, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("words", "part", "code"),
    [
        (("measure", "stages"), "--from DIR", 2),
        (("measure", "stages", "--from", "nowhere"), "there is no file or folder nowhere", 2),
        (("measure", "stagess", "--from", "."), "there is no measure 'stagess'", 2),
        (("measure", "stages", "--from", ".", "--since", "yesterday"), "is not a date", 2),
        (("measure", "stages", "--from", ".", "--since", "2026-02-31"), "is not a date", 2),
        (("measure", "stages", "--from", ".", "--reading", "x"), "cohort, flow or snapshot", 2),
        (("measure", "stages", "--from", ".", "--since", "2026-03-02", "--until", "2026-03-01"),
         "--since 2026-03-02 comes after --until 2026-03-01", 2),
        (("measure", "stages", "--from", ".", "--since", "2026-03-02", "--as-of", "2026-03-01"),
         "--as-of 2026-03-01 comes before --since 2026-03-02", 2),
        (("measure", "stages", "--nonsense"), "--nonsense", 2),
        (("agree", "check", "nowhere.yaml"), "nowhere.yaml", 2),
        (("agree", "new", "--template", "x"), "there is no template 'x'", 2),
    ],
)  # fmt: skip
def test_a_mistake_gives_one_line_and_not_zero(
    words: tuple[str, ...], part: str, code: int
) -> None:
    done = run(*words)
    assert done.returncode == code
    assert done.stdout == ""
    assert part in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert "fault of onefunnel" not in done.stderr


def test_help_has_examples() -> None:
    assert "onefunnel measure stages --from exports/" in run("measure", "--help").stdout


def test_json_has_the_promised_shape(exports: Path) -> None:
    done = run("measure", "stages", "--from", str(exports), "--by", "source", "--format", "json")
    answer = json.loads(done.stdout)
    promised = {"measure", "question", "as_of", "agreement", "rows", "findings", "notes"}
    assert promised <= set(answer)
    row = answer["rows"][0]
    columns = (
        "stage entered reached open lost step_share overall_share low high median_days p80_days n "
        "note source"
    )
    assert set(columns.split()) <= set(row)
    won = {row["source"]: row["reached"] for row in answer["rows"] if row["stage"] == "Won"}
    assert won == {"Web": 20, "Fair": 20}


def test_csv_has_one_line_a_row(exports: Path) -> None:
    lines = run("measure", "value", "--from", str(exports), "--format", "csv").stdout.splitlines()
    assert len(lines) == 2


def test_a_bad_predicate_names_the_nearest_column(exports: Path) -> None:
    done = run("measure", "stages", "--from", str(exports), "--where", "sourse = 'Web'")
    assert done.returncode == 1
    assert "source" in done.stderr


def test_a_mapping_is_written_and_used(exports: Path, tmp_path: Path) -> None:
    mapping = tmp_path / "map.yaml"
    assert run("facts", "--from", str(exports), "--write-map", str(mapping)).returncode == 0
    again = run("facts", "--from", str(exports), "--map", str(mapping), "--format", "json")
    tables = {row["table"]: row["rows"] for row in json.loads(again.stdout)["tables"]}
    assert (tables["leads"], tables["deals"]) == (60, 60)


def test_an_agreement_from_a_template_is_complete_when_it_says_so(tmp_path: Path) -> None:
    file = tmp_path / "funnel.yaml"
    assert run("agree", "new", "--template", "demand_waterfall", "--to", str(file)).returncode == 0
    checked = run("agree", "check", str(file), "--format", "json")
    assert checked.returncode == (1 if json.loads(checked.stdout)["gaps"] else 0)
    assert "entered when" in run("agree", "show", str(file)).stdout


def test_until_includes_its_day_and_days_begin_in_the_zone(tmp_path: Path) -> None:
    rows = "".join(
        f"L{n},{'Won' if n % 3 else 'New'},2026-01-{1 + n % 20:02}T02:00:00Z\n" for n in range(200)
    )
    (tmp_path / "leads.csv").write_text("Lead ID,Stage,Created\n" + rows)

    def leads(*more: str) -> int:
        asked = ["measure", "stages", "--from", str(tmp_path), "--format", "json", *more]
        return json.loads(run(*asked).stdout)["totals"]["leads"]

    assert leads("--since", "2026-01-03", "--until", "2026-01-04") == 20
    west = ("--zone", "America/New_York")  # 2 o'clock in Greenwich is the evening before there
    assert leads("--since", "2026-01-03", "--until", "2026-01-03", *west) == 10
    assert leads("--until", "2026-01-01", *west) == 20
    assert "there is no time zone" in run("measure", "stages", "--from", ".", "--zone", "x").stderr


def test_a_definition_may_use_the_exports_own_columns(tmp_path: Path) -> None:
    rows = "".join(f"D{n},{'Won' if n % 2 else 'New'},2026-01-02,{n}\n" for n in range(60))
    (tmp_path / "deals.csv").write_text("Deal ID,Stage,Created,Fit Points\n" + rows)
    file = tmp_path / "funnel.yaml"
    assert run("agree", "new", "--from", str(tmp_path), "--to", str(file)).returncode == 0
    text = file.read_text().replace(
        "when: stage = 'Won'", "when: stage = 'Won' and \"Fit Points\" > 3"
    )
    assert "Fit Points" in text
    file.write_text(text)
    assert "Fit Points" in run("agree", "check", str(file)).stdout
    assert "Fit Points" not in run("agree", "check", str(file), "--from", str(tmp_path)).stdout
    shown = run("agree", "show", str(file), "--from", str(tmp_path)).stdout
    assert "is more than 3" in shown or "Fit Points" in shown


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("deals.csv", "", "deals.csv: is empty"),
        ("deals.csv", "Deal ID,Stage,Amount\n", "deals.csv: has no rows"),
        ("deals.pdf", "%PDF-1.4\n1 0 obj\n", "deals.pdf: is a PDF, not a table"),
    ],
)
def test_measuring_a_file_without_rows_says_what_is_wrong_with_it(
    tmp_path: Path, name: str, text: str, says: str
) -> None:
    (tmp_path / name).write_text(text)
    done = run("measure", "stages", "--from", str(tmp_path / name))
    assert done.returncode == 1
    assert says in done.stderr
    assert "moves" not in done.stderr


def test_a_columns_own_name_in_the_files_leads_to_its_standard_name(tmp_path: Path) -> None:
    rows = "".join(f"{n},New,2026-01-0{n % 9 + 1},Fair\n" for n in range(40))
    (tmp_path / "leads.csv").write_text("Lead ID,Stage,Created,Lead Source\n" + rows)
    done = run("measure", "stages", "--from", str(tmp_path), "--by", "lead source")
    assert done.returncode == 2
    assert "lead source was read as source: --by source" in done.stderr
    assert run("measure", "stages", "--from", str(tmp_path), "--by", "source").returncode == 0
