"""Somebody of operations brings exports in and reads the funnel in twelve clicks at most."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from tests.server.warehouse.conftest import workspace  # noqa: F401, its fixture

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WON, LOST, OPEN = 24, 30, 26


@pytest.fixture
def exports(tmp_path: Path) -> list[str]:
    """Two files of a German system nobody here knows: opportunities, and their stage history."""
    chances, history = tmp_path / "Verkaufschancen.csv", tmp_path / "Statusverlauf.csv"
    with chances.open("w", newline="", encoding="cp1252") as out:
        writer = csv.writer(out, delimiter=";")
        writer.writerow(["Chancen-Nr", "Firma", "Angelegt am", "Quelle", "Status", "Betrag"])
        for n, end in enumerate(_ends()):
            writer.writerow(
                [f"C{n:04}", f"Müller {n} GmbH", f"{1 + n % 28:02}.03.2026", _source(n), end,
                 "1.250,50"]
            )  # fmt: skip
    with history.open("w", newline="", encoding="cp1252") as out:
        writer = csv.writer(out, delimiter=";")
        writer.writerow(["Chancen-Nr", "Status", "Geändert am"])
        for n, end in enumerate(_ends()):
            writer.writerow([f"C{n:04}", "Neu", f"{1 + n % 28:02}.03.2026 09:00"])
            writer.writerow([f"C{n:04}", "Angebot", f"{1 + n % 28:02}.04.2026 10:30"])
            if end != "Angebot":
                writer.writerow([f"C{n:04}", end, f"{1 + n % 28:02}.05.2026 16:00"])
    return [str(chances), str(history)]


def _ends() -> list[str]:
    return ["Gewonnen"] * WON + ["Verloren"] * LOST + ["Angebot"] * OPEN


def _source(n: int) -> str:
    return ("Messe", "Webseite", "Empfehlung")[n % 3]


def test_from_two_files_to_a_funnel(
    exports: list[str], chart_script: None, signed_in_page: Any, operations: Any
) -> None:
    page = signed_in_page(operations, "/")
    clicks = 0

    def click(what: str) -> None:
        nonlocal clicks
        clicks += 1
        page.click(what)

    click("main a:has-text('Bring in your data')")
    page.wait_for_url("**/data/")
    click("text=Import data")
    clicks += 1  # the file chooser
    page.set_input_files("input[type=file]", exports)
    page.fill("[name=source]", "Verkauf")
    click("text=Read the files")
    page.wait_for_selector("text=Import these rows")
    click("text=Import these rows")
    page.wait_for_selector("text=What became of every row")
    click("nav >> text=Measure")
    page.wait_for_selector("[data-chart][data-drawn]")
    assert clicks <= 12
    words = page.inner_text("h2.reading")
    assert f"{WON + LOST + OPEN} leads" in words
    assert f"{WON} won" in words
    assert f"{LOST} lost" in words
    assert f"{OPEN} open" in words
    page.select_option("select[name=by]", "source")
    page.wait_for_url("**by=source**")
    assert "Messe" in page.inner_text("main table")
