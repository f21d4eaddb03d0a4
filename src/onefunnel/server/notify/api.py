"""What goes out, for programs: webhooks, and whom we may write to."""

from __future__ import annotations

from ninja import Router

from onefunnel.server.notify.hooks.api import router as hooks
from onefunnel.server.notify.to_leads.api import router as to_leads

router = Router()
router.add_router("", hooks)
router.add_router("", to_leads)
