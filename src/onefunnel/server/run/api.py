"""Running the funnel, for programs."""

from __future__ import annotations

from ninja import Router

from onefunnel.server.run.handovers.api import router as handovers
from onefunnel.server.run.nurture.api import router as nurture
from onefunnel.server.run.tracker.api import router as tracker

router = Router()
router.add_router("/handovers", handovers)
router.add_router("/nurture", nurture)
router.add_router("", tracker)
