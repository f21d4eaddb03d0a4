"""An import that goes on writes the same delivery that it began with, or nothing.

What it wrote first stays its own; were the files other ones by then, rows that only the first ones
had would stay too, and no report would name them. So a digest of the delivery is kept before the
first row is written, and one that differs is refused in plain words.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

import duckdb

from onefunnel.connectors.reading.walk import walk
from onefunnel.server.warehouse.inbox.delivery import Delivery
from onefunnel.server.warehouse.inbox.files import BadUpload
from onefunnel.server.warehouse.inbox.staging import Staged
from onefunnel.server.warehouse.models import Import

CHANGED = (
    "The files or their mapping have changed since this import began to write, and what it wrote "
    "then would be mixed with other rows. Nothing was changed now: undo this import, then import "
    "the files again."
)


def check_the_same(imported: Import, delivery: Delivery, staged: Mapping[str, Staged]) -> None:
    """Hold the import to its delivery: keep its digest and mapping, or compare with those kept.

    Raises:
        BadUpload: the import has written rows of another delivery.
    """
    digest = _digest(delivery, staged)
    if imported.last_change is not None and imported.delivery_digest:
        if imported.delivery_digest != digest:
            raise BadUpload(CHANGED)
        return
    imported.delivery_digest = digest
    imported.mapping = imported.mapping or delivery.mapping
    imported.save(update_fields=["delivery_digest", "mapping"])


def digest_of_files(place: Path) -> str:
    """SHA-256 over the names and bytes of the files that an import of this place reads."""
    whole = hashlib.sha256()
    for found in walk(place):
        if not found.reason:
            with found.path.open("rb") as file:
                content = hashlib.file_digest(file, "sha256").hexdigest()
            whole.update(f"{found.file}\0{content}\n".encode(errors="surrogateescape"))
    return whole.hexdigest()


def _digest(delivery: Delivery, staged: Mapping[str, Staged]) -> str:
    """That of the files' bytes and the mapping's text; of the rows where there are no files."""
    whole = hashlib.sha256(delivery.mapping.encode())
    whole.update(delivery.digest.encode())
    if not delivery.digest:
        con = duckdb.connect()
        for name, one in staged.items():
            row = con.execute(
                "SELECT count(*), bit_xor(hash(_key, _digest)) FROM read_parquet(?)",
                [str(one.path)],
            ).fetchone()
            whole.update(f"{name} {row}\n".encode())
        con.close()
    return whole.hexdigest()
