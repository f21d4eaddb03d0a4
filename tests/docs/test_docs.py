"""The docs name what there is: commands, measures, tables, settings; their links lead somewhere."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest
import typer.main

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "onefunnel"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


def text_of(*parts: str) -> str:
    return ROOT.joinpath(*parts).read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!http|#)([^)#]+)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_reference_pages_are_up_to_date() -> None:
    place = ROOT / "docs" / "reference" / "generate.py"
    spec = importlib.util.spec_from_file_location("generate", place)
    assert spec is not None
    assert spec.loader is not None
    generate = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generate)
    old = {
        name for name, page in generate.PAGES.items() if text_of("docs/reference", name) != page()
    }
    assert old == set(), "run `make docs`"


def test_every_command_and_option_is_in_the_guide() -> None:
    from onefunnel.cli.app import app
    from onefunnel.server.site.cli import register

    if "serve" not in {command.name for command in app.registered_commands}:
        register(app)
    guide = text_of("docs/guide/command-line.md")
    group = typer.main.get_command(app)
    commands = getattr(group, "commands", {})
    assert {"facts", "measure", "serve", "demo", "doctor", "worker", "agree"} <= set(commands)
    assert [name for name in commands if f"onefunnel {name}" not in guide] == []
    missing = [
        option
        for name in ("facts", "measure")
        for parameter in commands[name].params
        for option in parameter.opts
        if option.startswith("--") and option not in guide
    ]
    assert missing == []


def test_every_setting_is_explained() -> None:
    names = {
        name
        for path in SOURCE.rglob("*.py")
        for name in re.findall(r"ONEFUNNEL_[A-Z_]+", path.read_text(encoding="utf-8"))
    }
    internal = {"ONEFUNNEL_IS_DEMO", "ONEFUNNEL_TEST_DB", "ONEFUNNEL_OIDC_", "ONEFUNNEL_"}
    explained = text_of("docs/guide/operate.md")
    assert sorted(name for name in names - internal if f"`{name}`" not in explained) == []
