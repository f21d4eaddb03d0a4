"""The line below a table that adds it up: counted as a record it would be a lie."""

from __future__ import annotations

import re

from onefunnel.connectors.reading.writer import RefusedRows, TableWriter

_TOTAL = re.compile(
    r"(?:grand\s+)?(?:total|totals|sum|subtotal|summe|gesamt|gesamtsumme|totaal|totale|totaux"
    r"|suma|somme|razem|celkem|toplam|итого|всего|合計)\s*:?\Z",
    re.IGNORECASE,
)


def take_total_out(writer: TableWriter, refused: RefusedRows, *, rows: int, between: str) -> None:
    """Refuse the last of `rows` rows where its first cell says total and half of it is empty."""
    last, width = writer.last_row(), len(writer.columns)
    if last is None or width < 2 or rows < 2:
        return
    number, cells = last
    filled = [cell for cell in cells if cell]
    if _TOTAL.match((filled or [""])[0].strip()) and len(filled) * 2 <= width + 1:
        writer.drop_last_row()
        refused.add(
            number,
            "is a total line, not a record",
            "nothing to do, unless it is a record: then fill its cells",
            between.join(cell or "" for cell in cells),
        )
