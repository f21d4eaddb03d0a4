"""What can happen in the warehouse, as the record keeps it."""

from __future__ import annotations

from django.dispatch import Signal

IMPORT_FINISHED = "warehouse.import-finished"
IMPORT_STOPPED = "warehouse.import-stopped"
IMPORT_FAILED = "warehouse.import-failed"
IMPORT_UNDONE = "warehouse.import-undone"
IMPORT_STARTED = "warehouse.import-started"
DEMO_LOADED = "warehouse.demo-loaded"
DEMO_REMOVED = "warehouse.demo-removed"
LEADS_MERGED = "warehouse.leads-merged"
MERGE_UNDONE = "warehouse.merge-undone"
KEPT_APART = "warehouse.leads-kept-apart"
DUPLICATES_LOOKED_FOR = "warehouse.duplicates-looked-for"
COPY_REBUILT = "warehouse.copy-rebuilt"

#: Sent after rows that people entered here were committed. No arguments: look at what is new.
rows_recorded = Signal()
