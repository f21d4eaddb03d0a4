"""What is in the warehouse: the facts for the measures, and what the Data pages show."""

from __future__ import annotations

from onefunnel.facts.store import Facts
from onefunnel.server.warehouse.columns.manifest import About
from onefunnel.server.warehouse.columns.place import folder
from onefunnel.server.warehouse.columns.reading import copy_in
from onefunnel.server.warehouse.models import Import, Source

_SHOWN_FINDINGS = 200


def current_facts() -> Facts:
    """The facts of the last published version of the columnar copy.

    The same object in one thread until a new version is published, so a page may keep what it
    computed by its identity or by `copy_version`. Empty (no tables) before the first import.
    """
    return copy_in(folder()).facts()


def copy_version() -> int:
    """The number of the published version; 0 before the first import."""
    return copy_in(folder()).manifest().version


def about_the_data() -> About:
    """Findings of the last import of each source, and where the data comes from."""
    findings: list[dict[str, object]] = []
    names: list[str] = []
    notes: list[str] = []
    for source in Source.objects.order_by("pk"):
        last = (
            Import.objects.filter(
                source=source, status__in=(Import.Status.DONE, Import.Status.STOPPED)
            )
            .order_by("-finished_at", "-pk")
            .first()
        )
        if last is None:
            continue
        names.append(source.name)
        findings += last.findings
        notes += last.notes
    return About(
        findings=tuple(findings[:_SHOWN_FINDINGS]), notes=tuple(notes), origin=", ".join(names)
    )
