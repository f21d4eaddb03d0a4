"""The deeds on leads, in one place for those who look for them; each stands beside its like."""

from __future__ import annotations

from onefunnel.server.run.tracker.arrivals import Entered, KeyUsed, forget_old_requests
from onefunnel.server.run.tracker.changing import Changed, ChangedMeanwhile, change_lead
from onefunnel.server.run.tracker.contacts import NoSuchContact, note_contact, take_back_contact
from onefunnel.server.run.tracker.deals import (
    NO_AMOUNT,
    NoSuchDeal,
    Noted,
    NotWon,
    note_deal,
    take_back_deal,
)
from onefunnel.server.run.tracker.entering import Sent, enter_leads
from onefunnel.server.run.tracker.entering_one import enter_lead
from onefunnel.server.run.tracker.fields import BadField
from onefunnel.server.run.tracker.history import MovedMeanwhile, MoveRefused, NoSuchLead
from onefunnel.server.run.tracker.moving import Moved, move_lead, move_leads, undo_bulk_move
from onefunnel.server.run.tracker.web_forms import BadForm, FormField, save_form, take_answer

__all__ = [
    "NO_AMOUNT",
    "BadField",
    "BadForm",
    "Changed",
    "ChangedMeanwhile",
    "Entered",
    "FormField",
    "KeyUsed",
    "MoveRefused",
    "Moved",
    "MovedMeanwhile",
    "NoSuchContact",
    "NoSuchDeal",
    "NoSuchLead",
    "NotWon",
    "Noted",
    "Sent",
    "change_lead",
    "enter_lead",
    "enter_leads",
    "forget_old_requests",
    "move_lead",
    "move_leads",
    "note_contact",
    "note_deal",
    "save_form",
    "take_answer",
    "take_back_contact",
    "take_back_deal",
    "undo_bulk_move",
]  # fmt: skip
