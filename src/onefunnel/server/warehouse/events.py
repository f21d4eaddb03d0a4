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

#: What each means, for who chooses what a webhook tells.
MEANINGS = {
    IMPORT_STARTED: "An import began",
    IMPORT_FINISHED: "An import is done",
    IMPORT_STOPPED: "An import was stopped",
    IMPORT_FAILED: "An import failed",
    IMPORT_UNDONE: "An import was taken back",
    DEMO_LOADED: "The simulated company was brought in",
    DEMO_REMOVED: "The simulated company was removed",
    LEADS_MERGED: "Leads that are one were merged",
    MERGE_UNDONE: "A merge was taken back",
    KEPT_APART: "Two leads were found to be two",
    DUPLICATES_LOOKED_FOR: "Duplicates were looked for",
    COPY_REBUILT: "The copy that is measured was made again",
}

#: Sent after rows that people entered here were committed. No arguments: look at what is new.
rows_recorded = Signal()
