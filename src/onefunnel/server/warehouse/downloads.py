"""What can be taken away from an import: its refused rows, its mapping."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.views.decorators.http import require_GET

from onefunnel.server.people.access import who_may
from onefunnel.server.people.rules import require
from onefunnel.server.warehouse.inbox.accounting import for_spreadsheet
from onefunnel.server.warehouse.inbox.running import import_folder_of
from onefunnel.server.warehouse.queries import import_of


class _Echo:
    """Gives back what the CSV writer writes."""

    def write(self, text: str) -> str:
        return text


@require_GET
@who_may("import data")
def refused(request: HttpRequest, public_id: str) -> HttpResponse | StreamingHttpResponse:
    """The refused rows with their reasons: for a spreadsheet, or as they are with `?as=raw`."""
    require(request.user, "see personal data")
    imported = import_of(public_id)
    path = import_folder_of(imported) / "refused.csv" if imported else Path("/nonexistent")
    if not path.exists():
        return HttpResponse("This import refused no rows.", status=404, content_type="text/plain")
    is_raw = request.GET.get("as") == "raw"
    response = StreamingHttpResponse(_lines(path, is_raw), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="refused-rows.csv"'
    return response


def _lines(path: Path, is_raw: bool) -> Iterator[str]:
    writer = csv.writer(_Echo())
    with path.open(newline="", encoding="utf-8") as file:
        rows: Iterable[object] = csv.reader(file)
        if not is_raw:
            yield "\ufeff"  # Excel takes a file without it for windows-1252
            rows = for_spreadsheet(rows)  # type: ignore[arg-type]
        for row in rows:
            yield writer.writerow(row)  # type: ignore[arg-type]


@require_GET
@who_may("import data")
def mapping_yaml(request: HttpRequest, public_id: str) -> HttpResponse:
    """The mapping as a file, to be edited and brought back."""
    imported = import_of(public_id)
    if imported is None or not imported.mapping:
        return HttpResponse("No mapping yet.", status=404, content_type="text/plain")
    response = HttpResponse(imported.mapping, content_type="application/yaml; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="mapping.yaml"'
    return response
