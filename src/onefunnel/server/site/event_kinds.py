"""Every kind of event there is, from the rooms that tell them: what a webhook can be told."""

from __future__ import annotations

from onefunnel.server.agree import events as agree
from onefunnel.server.measure.lift import events as lift
from onefunnel.server.notify import events as notify
from onefunnel.server.people import events as people
from onefunnel.server.plan import events as plan
from onefunnel.server.run.handovers import events as handovers
from onefunnel.server.run.nurture import events as nurture
from onefunnel.server.run.saved import events as saved
from onefunnel.server.run.tracker import events as tracker
from onefunnel.server.warehouse import events as warehouse

EVENT_KINDS = {
    kind: meaning
    for room in (people, warehouse, agree, plan, tracker, saved, handovers, nurture, lift, notify)
    for kind, meaning in room.MEANINGS.items()
}
