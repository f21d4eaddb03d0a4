"""What a room of the server shows the others, and in which order its own files may use each other.

A room is entered by its `commands`, `queries` and `events`; whatever else is shared is in SHARED,
with the reason. Inside a room the order is `urls > views | api > reactions | tasks > commands >
queries > models > events`; a file of another name may be used by all and passes on what it uses.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

SERVER = Path(__file__).parents[2] / "src" / "onefunnel" / "server"
ROOT = "onefunnel.server"

DOORS = {"commands", "queries", "events"}
#: `file: names` that other rooms may use besides the doors, and why.
SHARED: dict[str, tuple[set[str], str]] = {
    "people.models": ({"Person", "Team"}, "who does a deed, and the names of the teams"),
    "people.rules": ({"may", "require", "deeds_of"}, "every deed asks here who may do it"),
    "people.hiding": ({"Hiding", "hiding_from"}, "what a person may not see, asked by each page"),
    "people.sealed": ({"seal", "opened"}, "addresses that do not say whom they are about"),
    "people.ids": ({"uuid7"}, "public ids are made in one way"),
    "people.api_auth": ({"API_AUTH"}, "the site hangs the rooms' routes behind one lock"),
    "people.addresses": (
        {"client_address", "household_of"},
        "who asks without signing in is told apart in one way",
    ),
    "people.access": (
        {"who_may", "ANYBODY", "SIGNED_IN", "asks_first"},
        "each route says who may ask for it; the site has each operation of the API ask",
    ),
    "people.demo": ({"add_demo_people", "remove_demo_people"}, "the demo's people come and go"),
    "agree.disputes.deciding": (
        {"signing_for"},
        "the heads who sign the agreement sign objectives too",
    ),
    "agree.columns": ({"definition_columns"}, "which columns a definition may use"),
    "agree.signatures": ({"team_of"}, "an agreement calls teams by name; we by their value"),
    "record.templatetags.set_off": ({"set_off"}, "keys and commands in texts are set in one way"),
    "agree.basis": (
        {"Basis", "current_basis", "personal_columns_now"},
        "all pages with numbers rest on one basis",
    ),
    "agree.tasks": ({"tick"}, "the worker's clock asks what is to be looked at today"),
    "run.handovers.tasks": ({"tick"}, "the worker's clock asks what is overdue"),
    "run.nurture.tasks": ({"tick"}, "the worker's clock asks which steps are due"),
    "measure.forecast.tasks": ({"tick"}, "the worker's clock asks whether a forecast is due"),
    "notify.tasks": ({"tick", "send_out"}, "the worker's clocks ask what is due to go out"),
    "run.found": ({"find_records", "find_views"}, "the search palette finds records and views"),
    "warehouse.agreement_in_force": ({"provide"}, "a room above answers what a lower one asks"),
    "warehouse.kept": ({"Kept"}, "answers are kept as long as the data they were made from"),
    "warehouse.inbox.failures": ({"ImportFailed"}, "a command's refusal, told in words"),
    "warehouse.inbox.lock": ({"WriterBusy"}, "a command's refusal, told in words"),
    "warehouse.tasks": (
        {"refresh_copy", "go_on_with_interrupted"},
        "work that another room has done in the background, or at the start",
    ),
}

RANKS = {
    "urls": 7, "views": 6, "downloads": 6, "api": 6, "reactions": 5, "tasks": 5, "commands": 4,
    "queries": 3, "models": 2, "events": 1,
}  # fmt: skip
#: Equals that may use each other: what follows from an event may be left to a task.
ALLOWED = {("reactions", "tasks")}


def sources() -> dict[str, str]:
    """Each module of the rooms without the beginning `onefunnel.server.`, and its text."""
    return {
        ".".join(path.relative_to(SERVER).with_suffix("").parts): path.read_text(encoding="utf-8")
        for path in SERVER.rglob("*.py")
        if "migrations" not in path.parts and path.name != "__init__.py"
    }


def imports(text: str, modules: Mapping[str, str]) -> Iterator[tuple[str, str, int]]:
    """(module, name or "", line) of each import of a room's module; imports for types left out."""
    tree = ast.parse(text)
    for_types = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in for_types:
            continue
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(ROOT):
            module = str(node.module)[len(ROOT) + 1 :]
            for alias in node.names:
                whole = f"{module}.{alias.name}".lstrip(".")
                yield (whole, "", node.lineno) if whole in modules else (
                    module, alias.name, node.lineno,
                )  # fmt: skip
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.startswith(ROOT + "."):
                    yield alias.name[len(ROOT) + 1 :], "", node.lineno


def past_the_doors(modules: Mapping[str, str]) -> list[str]:
    """Imports of another room that neither its doors nor SHARED allow."""
    found = []
    for module, text in modules.items():
        for other, name, line in imports(text, modules):
            if other.split(".")[0] == module.split(".")[0] or other.split(".")[-1] in DOORS:
                continue
            names, _ = SHARED.get(other, (set(), ""))
            used = {name} if name else attributes(text, other.split(".")[-1])
            if not used or used - names:
                what = ", ".join(sorted(used - names)) or "all"
                found.append(
                    f"{module}:{line} uses {what} of {other}: enter the room "
                    f"{other.split('.')[0]} by its commands, queries or events"
                )
    return sorted(found)


def attributes(text: str, name: str) -> set[str]:
    """What a file uses of a module that it imported whole."""
    return {
        node.attr
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == name
    }


def against_the_order(modules: Mapping[str, str]) -> list[str]:
    """Files that use, themselves or through a file without a rank, one that stands above them."""
    used = {
        module: {other for other, _, _ in imports(text, modules)}
        for module, text in modules.items()
    }  # fmt: skip
    found = []
    for module in modules:
        own = module.split(".")[-1]
        if own not in RANKS:
            continue
        waiting, seen = [(other, f"{module} -> {other}") for other in used[module]], set()
        while waiting:
            other, way = waiting.pop()
            if other in seen or other.split(".")[0] != module.split(".")[0]:
                continue
            seen.add(other)
            name = other.split(".")[-1]
            if name not in RANKS:
                waiting += [(next_, f"{way} -> {next_}") for next_ in used.get(other, ())]
            elif RANKS[name] > RANKS[own] or (
                RANKS[name] == RANKS[own] and name != own and (own, name) not in ALLOWED
            ):
                found.append(f"{way}: {own} may not use {name}")
    return sorted(found)


def test_rooms_are_entered_by_their_doors() -> None:
    assert not (found := past_the_doors(sources())), "\n".join(found)


def test_inside_a_room_the_order_holds() -> None:
    assert not (found := against_the_order(sources())), "\n".join(found)


def test_what_is_shared_is_used() -> None:
    modules = sources()
    used: dict[str, set[str]] = {}
    for module, text in modules.items():
        for other, name, _ in imports(text, modules):
            if other.split(".")[0] != module.split(".")[0]:
                names = {name} if name else attributes(text, other.split(".")[-1])
                used.setdefault(other, set()).update(names)
    idle = {
        f"{module}: {name}"
        for module, (names, _) in SHARED.items()
        for name in names - used.get(module, set())
    }
    assert idle == set()


def test_an_offender_would_be_found() -> None:
    modules = {
        "run.views": "from onefunnel.server.warehouse.models import Import",
        "run.leads": "from onefunnel.server.run import views\n",
        "run.queries": "from onefunnel.server.run.leads import leads\n",
        "site.start": "from onefunnel.server.warehouse import tasks\ntasks.write_import()\n",
        "warehouse.models": "",
        "warehouse.tasks": "",
    }
    assert past_the_doors(modules) == [
        "run.views:1 uses Import of warehouse.models: "
        "enter the room warehouse by its commands, queries or events",
        "site.start:1 uses write_import of warehouse.tasks: "
        "enter the room warehouse by its commands, queries or events",
    ]
    assert against_the_order(modules) == [
        "run.queries -> run.leads -> run.views: queries may not use views"
    ]
