"""The deeds of nurture, in one place for those who look for them; each stands beside its like."""

from __future__ import annotations

from onefunnel.server.run.nurture.editing import (
    Saved,
    change_sequence,
    make_sequence,
    switch_sequence,
)
from onefunnel.server.run.nurture.entering import Entered, enter_leads, undo_entering
from onefunnel.server.run.nurture.finding import ChangedMeanwhile, NoSuch, NurtureRefused
from onefunnel.server.run.nurture.forgetting import forget_simulated_nurture
from onefunnel.server.run.nurture.leaving import pause_lead, resume_lead, stop_lead
from onefunnel.server.run.nurture.mails import settle_mails
from onefunnel.server.run.nurture.outlived import end_outlived
from onefunnel.server.run.nurture.plan import BadPlan
from onefunnel.server.run.nurture.rules import BadRules, RulesChanged, save_rules
from onefunnel.server.run.nurture.scanning import look_at_changes
from onefunnel.server.run.nurture.simulated import begin_simulated_sequence
from onefunnel.server.run.nurture.stepping import take_steps
from onefunnel.server.run.nurture.todos import TodoEnded, call_off, do_todo, give_todo
from onefunnel.server.run.nurture.waking import wake_due

__all__ = [
    "BadPlan", "BadRules", "ChangedMeanwhile", "Entered", "NoSuch", "NurtureRefused",
    "RulesChanged", "Saved", "TodoEnded", "begin_simulated_sequence",
    "call_off", "change_sequence", "do_todo", "end_outlived",
    "enter_leads",
    "forget_simulated_nurture", "give_todo", "look_at_changes", "make_sequence", "pause_lead",
    "resume_lead", "save_rules", "settle_mails", "stop_lead", "switch_sequence", "take_steps",
    "undo_entering", "wake_due",
]  # fmt: skip
